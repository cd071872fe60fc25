"""The HTTP surface around the channels: health, headers, description, strangers; and `fawen run` itself."""

import asyncio
import re
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, make_url, text

from tests.postgres import Cluster
from tests.processes import fawen_run
from tests.running import Running, question, running
from tests.schema import resolved

PATHS = ["/", "/healthz", "/readyz", "/metrics", "/api/openapi.json", "/page/chat.js", "/nowhere", "/api/v1/messages"]
MONITORED = ["fawen_inbox_waiting", "fawen_inbox_failed", "fawen_outbox_due", "fawen_outbox_dead"]


def metrics(page: str) -> dict[str, int]:
    return {name: int(value) for name, value in re.findall(r"^(\w+) (\d+)$", page, re.MULTILINE)}


@contextmanager
def database_gone(url: str) -> Iterator[None]:
    """The database cannot be used for a while: its tables are away, or its server turns everybody out."""
    if url.startswith("sqlite"):
        with sqlite_without_tables(Path(str(make_url(url).database))):
            yield
        return
    name = make_url(url).database
    admin = create_engine(make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"))  # noqa: S608 - our own name
        yield
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    admin.dispose()


@contextmanager
def sqlite_without_tables(path: Path) -> Iterator[None]:
    connection = sqlite3.connect(path, isolation_level=None, timeout=15)
    try:
        for table in ("inbox", "outbox"):
            connection.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
        yield
        for table in ("inbox", "outbox"):
            connection.execute(f"ALTER TABLE {table}_away RENAME TO {table}")
    finally:
        connection.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database of this test alone."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'fawen.db'}"
    cluster: Cluster = request.getfixturevalue("postgres")
    return cluster.create_database()


def test_monitors_see_a_service_that_is_alive_and_ready(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            assert (await app.client.get("/healthz")).text == "alive\n"
            ready = await app.client.get("/readyz")
            assert (ready.status_code, ready.text) == (200, f"ready, knowledge {app.app.matcher.knowledge.version}\n")
            before = metrics((await app.client.get("/metrics")).text)
            assert set(MONITORED) < before.keys()
            assert set(before.values()) == {0}
            await app.say(question())
            page = await app.client.get("/metrics")
            assert page.headers["content-type"].startswith("text/plain; version=0.0.4")
            assert metrics(page.text) == before | {"fawen_consultations": 1}

    asyncio.run(main())


def test_the_service_says_that_it_is_not_ready_and_goes_on_when_the_database_is_back(
    tmp_path: Path, address: str
) -> None:
    async def main() -> None:
        async with running(tmp_path, settings={"database": {"url": address}}) as app:
            conversation = (await app.say("你好"))["conversation"]
            with database_gone(address):
                await looks_unready(app)
                await asyncio.sleep(2.5)  # longer than the sweep and the outbox wait: both meet the fault
            await app.until(lambda: ready(app), "readiness")
            told = await app.say(question(), conversation=conversation)
            assert told["replies"][0]["topic"]
            names = {task.get_name() for task in asyncio.all_tasks()}
            assert {"inbox-sweep", "outbox"} <= names, "what works in the background must outlive the fault"

    async def ready(app: Running) -> bool:
        return (await app.client.get("/readyz")).status_code == 200

    async def looks_unready(app: Running) -> None:
        assert (await app.client.get("/healthz")).status_code == 200
        answers = [await app.client.get("/readyz"), await app.client.get("/metrics"), await app.post(text="你好")]
        for answer in answers:
            assert answer.status_code == 503
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert not re.search("Traceback|sqlalchemy|psycopg|SELECT|INSERT", answer.text)

    asyncio.run(main())


def test_every_answer_carries_the_security_headers(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            for path in PATHS:
                answer = await app.client.get(path)
                policy = answer.headers["content-security-policy"]
                assert "default-src 'none'" in policy, path
                assert "frame-ancestors 'none'" in policy, path
                assert "unsafe" not in policy, path
                assert answer.headers["x-content-type-options"] == "nosniff"
                assert answer.headers["referrer-policy"] == "no-referrer"

    asyncio.run(main())


def test_the_page_says_who_speaks_and_loads_only_what_is_served(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            page = await app.client.get("/")
            assert page.headers["content-type"].startswith("text/html")
            assert "不是律师" in page.text
            linked = set(re.findall(r'(?:src|href)="(/[^"]*)"', page.text))
            assert linked
            for path in linked:
                assert (await app.client.get(path)).status_code == 200, path

    asyncio.run(main())


def test_without_the_web_channel_only_the_health_is_served(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path, settings={"web": {"enabled": False}}) as app:
            assert (await app.client.get("/healthz")).status_code == 200
            for path in ("/", "/page/chat.js", "/api/v1/messages"):
                assert (await app.client.get(path)).status_code == 404, path

    asyncio.run(main())


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/page/",
        "/page/nowhere.js",
        "/page/%00",
        "/page/..%2f..%2fconfig.py",
        "/page/%2e%2e/%2e%2e/config.py",
        "/page/" + "a" * 5000,
        "/%ff%fe",
        "/api/v1/messages/1",
        "/.git/config",
    ],
)
def test_an_unknown_address_is_not_found(tmp_path: Path, path: str) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            answer = await app.client.get(path)
            assert answer.status_code == 404, answer.text
            assert answer.text == "没有这个页面。\n"

    asyncio.run(main())


def test_unknown_methods_are_refused_and_head_is_answered(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
                answer = await app.client.request(method, "/api/v1/messages")
                assert (answer.status_code, answer.text) == (405, "不能这样访问。\n"), method
            assert (await app.client.post("/healthz")).status_code == 405
            assert (await app.client.head("/")).status_code == 200

    asyncio.run(main())


def test_the_description_is_sound_and_names_what_is_served(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            document = (await app.client.get("/api/openapi.json")).json()
            assert document["openapi"].startswith("3.1")
            assert document["info"]["version"]
            for path, operations in document["paths"].items():
                for method, operation in operations.items():
                    assert (await app.client.request(method, path)).status_code != 405
                    for status, answer in operation["responses"].items():
                        assert 200 <= int(status) < 600
                        assert answer["description"]
                        schema = answer["content"]["application/json"]["schema"]
                        assert resolved(schema, document)["type"] == "object"
            posted = document["paths"]["/api/v1/messages"]["post"]["requestBody"]["content"]["application/json"]
            names = set(resolved(posted["schema"], document)["properties"])
            assert names == {"conversation", "id", "text", "payload"}

    asyncio.run(main())


def test_fawen_run_serves_until_it_is_told_to_stop_and_ends_open_streams(tmp_path: Path) -> None:
    with fawen_run(tmp_path) as process:
        assert process.stdout is not None
        address = next(line.split()[-1] for line in process.stdout if "http://" in line)
        conversation = httpx.post(f"{address}api/v1/messages", json={"text": question()}).json()["conversation"]
        stream = f"{address}api/v1/messages?conversation={conversation}"
        with httpx.stream("GET", stream, headers={"accept": "text/event-stream"}, timeout=20) as response:
            process.send_signal(signal.SIGTERM)
            seen = response.read().decode()
        assert "event: reply" in seen
        _, errors = process.communicate(timeout=20)
        assert process.returncode == 0
        assert "Traceback" not in errors
