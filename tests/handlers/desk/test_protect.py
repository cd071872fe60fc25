"""Staff set safe mode and end it: within their scope, on record, and pages hear of it."""

import asyncio

from handlers.desk.protect import protect
from handlers.desk.refused import Refused, Why
from storage.database import Database
from storage.records import ConversationKey
from storage.schema import audit
from tests.case_tools import staff, tools
from tests.desk_tools import asks_for_a_person, conversation
from tests.storage_tools import KEY, rows


def test_on_and_off_each_with_a_line_in_the_audit(database: Database) -> None:
    about = asks_for_a_person(database)
    said: list[ConversationKey] = []
    desk, who = tools(database, said=said.append), staff(database, "zhang", "desk")
    for on in (True, True, False):
        assert asyncio.run(protect(desk, who, about.id, on)) is None
        assert conversation(database).safe_mode is on
    assert [row["action"] for row in rows(database, audit)] == [
        "conversation.safe_mode_on",
        "conversation.safe_mode_off",
    ]
    assert said == [KEY, KEY]


def test_not_out_of_scope(database: Database) -> None:
    about = asks_for_a_person(database)
    for who in (staff(database, "town", "desk", unit="龙潭镇"), staff(database, "auditor", "auditor")):
        refused = asyncio.run(protect(tools(database), who, about.id, on=True))
        assert isinstance(refused, Refused)
        assert refused.why is Why.NOT_FOUND
    assert conversation(database).safe_mode is False
    assert rows(database, audit) == []
