"""Property: of any mixture of good and failing writes, exactly the good ones are kept."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete

from storage.database import Database
from storage.errors import Lost
from storage.job_runs import claim_slot
from storage.schema import job_runs
from tests.storage_tools import NOW, rows

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class Refused(Exception):
    """The fault of a piece of work."""


def work(name: str, kind: str) -> Callable[[Connection], str]:
    def run(connection: Connection) -> str:
        if kind == "fails before":
            raise Lost(name)
        claim_slot(connection, name, EPOCH, "w", NOW)
        if kind == "fails after":
            raise Refused(name)
        if kind == "breaks":
            connection.execute(job_runs.insert().values(job=name, slot=EPOCH))
        return name

    return run


KINDS = st.sampled_from(["good", "good", "fails before", "fails after", "breaks"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kinds=st.lists(KINDS, max_size=30))
def test_exactly_the_good_writes_are_kept(database: Database, kinds: list[str]) -> None:
    async def main() -> list[object]:
        works = [database.write(work(f"{number:02}", kind)) for number, kind in enumerate(kinds)]
        return await asyncio.gather(*works, return_exceptions=True)

    database.write_now(lambda connection: connection.execute(delete(job_runs)))
    told = asyncio.run(main())
    good = [f"{number:02}" for number, kind in enumerate(kinds) if kind == "good"]
    assert [result for result in told if not isinstance(result, Exception)] == good
    assert [row["job"] for row in rows(database, job_runs)] == good
