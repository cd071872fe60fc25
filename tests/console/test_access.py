"""Every address of the console, asked for by every role of the county centre and of a workstation, and by nobody.

Each has a line in `access_table.TABLE`: a new one without a line fails the test. In each place lies one of everything,
with marks; no answer may hold a mark that is not for those who asked.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.console.guard import Guarded
from bot.console.pages import page_routes
from handlers.desk.staff import COUNTY, Role
from tests.console.access_table import Line, address, form, table
from tests.console.casework import LONGTAN, MAWANG
from tests.console.client import Client, make_account, sign_in
from tests.console.places import (
    CANNED,
    DUTY,
    FILE,
    NAME,
    NOTE,
    PHONE,
    PLACES,
    REASON,
    STORY,
    TALK,
    Place,
    furnish,
    renew,
    stands,
)
from tests.running import Running, running

EVERYTHING = {TALK, STORY, NAME, PHONE, NOTE, FILE, REASON, CANNED, DUTY}
# What a role may read of places in its scope. Names of colleagues, and what everybody says in the same words, are no
# secrets of the county centre.
MAY_READ = {
    Role.DESK: EVERYTHING,
    Role.SUPERVISOR: EVERYTHING,
    Role.ADMINISTRATOR: {DUTY},
    Role.AUDITOR: {DUTY, REASON},
    Role.EDITOR: {DUTY, CANNED},
}
OF_THE_COUNTY = {DUTY, CANNED}


@dataclass
class Member:
    """Somebody who is signed in."""

    role: Role
    unit: str
    client: Client


def routes_of(app: Running) -> dict[tuple[str, str], Guarded]:
    """All routes of the console by method and address."""
    found = {}
    for route in page_routes(app.app.console):
        assert isinstance(route, Guarded), f"{route} has no guard"
        for method in (route.methods or set()) - {"HEAD"}:
            found[method, route.path] = route
    return found


async def ask(client: Client, line: Line, place: Place) -> tuple[int, str]:
    """The status and the text of an answer; of a stream its beginning."""
    at = f"/console{address(line.path, place)}"
    if line.method == "POST":
        data = {"csrf": client.mark, **form(line.path, place)}
        headers = {"Origin": client.base_url}
        answer = await client.http.post(at, data=data, headers=headers, follow_redirects=False)
        return answer.status_code, answer.text
    async with client.http.stream("GET", at, follow_redirects=False) as stream:
        if stream.headers.get("content-type", "").startswith("text/event-stream"):
            async for event in stream.aiter_text():
                if "data:" in event:
                    return stream.status_code, event
        return stream.status_code, (await stream.aread()).decode("utf-8", "replace")


def leaked(member: Member, text: str, places: list[Place]) -> list[str]:
    """The marks in a text that are not for this member."""
    found = []
    for place in places:
        may = MAY_READ[member.role] if member.unit in (COUNTY, place.unit) else set()
        may = may | OF_THE_COUNTY if place.unit == COUNTY else may
        found += [mark for kind, mark in place.marks.items() if kind not in may and mark in text]
    return found


@asynccontextmanager
async def everybody(app: Running) -> AsyncIterator[list[Member]]:
    """A member of each role, of the workstation and of the county centre, each in a browser of their own."""
    async with AsyncExitStack() as stack:
        members = []
        for unit in (LONGTAN, COUNTY):
            for role in Role:
                login = f"{role.value}-{'t' if unit else 'c'}"
                await make_account(app, login, role, unit=unit)
                client = await stack.enter_async_context(await sign_in(app, login))
                members.append(Member(role, unit, client))
        yield members


def places_for(line: Line, places: list[Place]) -> list[Place]:
    """The places whose record is asked for: one where it makes no difference."""
    if line.only == "county":
        return [place for place in places if place.unit == COUNTY]
    if line.only == "towns":
        return [place for place in places if place.unit != COUNTY]
    return places if line.beyond is not None or "{" in line.path else places[:1]


async def wrong_of(
    app: Running, member: Member, line: Line, place: Place, places: list[Place], seen: set[str]
) -> list[str]:
    """What is wrong with an answer, in a sentence each; `seen` gathers the marks that were shown."""
    if line.path.startswith("/canned/"):
        await renew(app, place)  # what was taken out of use is not there for the next
    status, text = await ask(member.client, line, place)
    who = f"{member.role.value} of {member.unit or 'the county'}: {line.method} {line.path} of {place.word}"
    found = []
    expected = line.expects(member.role, member.unit, place)
    if status not in expected:
        found.append(f"{who} got {status}, not {sorted(expected)}")
    found += [f"{who} shows {mark}" for mark in leaked(member, text, places)]
    seen.update(mark for each in places for mark in each.marks.values() if mark in text)
    return found


def test_every_address_has_its_line(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            routes, lines = routes_of(app), table()
            assert set(routes) - set(lines) == set(), "write a line for the new address into TABLE"
            assert set(lines) - set(routes) == set(), "there is no such address any more"
            for key, route in routes.items():
                assert route.guests == lines[key].guests, key

    asyncio.run(main())


@pytest.mark.timeout(600)
def test_every_address_for_every_role_of_every_unit(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            du = await make_account(app, "du", Role.DESK)
            places = [await furnish(app, number, unit, du) for number, unit in enumerate(PLACES, 1)]
            others = [place for place in places if place.unit != LONGTAN]
            lines = [line for line in table().values() if not line.guests]
            wrong: list[str] = []
            async with everybody(app) as members:
                before = await stands(app, others)
                for method in ("GET", "POST"):
                    for member in members:
                        seen: set[str] = set()
                        for line in (one for one in lines if one.method == method):
                            for place in places_for(line, places):
                                wrong += await wrong_of(app, member, line, place, places, seen)
                        wrong += lacking(member, method, seen, places)
                        if method == "POST" and member.unit == LONGTAN:
                            assert await stands(app, others) == before, f"{member.role} changed another place's records"
            assert wrong == []

    asyncio.run(main())


def lacking(member: Member, method: str, seen: set[str], places: list[Place]) -> list[str]:
    """Marks that those who work there have to have seen: a page that shows nothing to anybody would hide a leak."""
    if method == "POST" or member.role is not Role.SUPERVISOR:
        return []
    own = [place for place in places if member.unit in (COUNTY, place.unit)]
    shown = EVERYTHING - {NAME, PHONE}  # these stand behind a click
    return [f"{member.unit} did not see {place.marks[kind]}" for place in own for kind in shown
            if place.marks[kind] not in seen]  # fmt: skip


def test_nobody_gets_anything_without_signing_in(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            du = await make_account(app, "du", Role.DESK)
            place = await furnish(app, 1, MAWANG, du)
            async with Client(app.base_url) as nobody:
                await nobody.get("/sign-in")
                for line in table().values():
                    status, text = await ask(nobody, line, place)
                    assert [mark for mark in place.marks.values() if mark in text] == [], line
                    if not line.guests:
                        assert status == {"GET": 303, "POST": 401}[line.method], line
                for path in ("/queue/events", "/conversations/1/events", "/mine/now"):
                    headers = {"Accept": "text/event-stream"}
                    assert (await nobody.get(path, headers=headers)).status == 401

    asyncio.run(main())


def test_a_workstations_administrator_makes_nobody_who_sees_more(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            root = await make_account(app, "root", Role.ADMINISTRATOR, name="陈县里")
            own = await make_account(app, "own", Role.ADMINISTRATOR, unit=LONGTAN, name="龙管理")
            new = {"login": "neu", "name": "新人", "roles": ["desk"]}
            async with await sign_in(app, "own") as client:
                page = await client.get("/accounts")
                assert ("龙管理" in page.text, "陈县里" in page.text) == (True, False)
                await client.get("/accounts/new")
                for unit in (COUNTY, MAWANG):
                    page = await client.post("/accounts/new", {**new, "unit": unit})
                    assert (page.status, "只能管本单位的账号" in page.text) == (422, True)
                page = await client.post(
                    f"/accounts/{own.id}", {"name": "龙管理", "roles": ["administrator"], "unit": ""}
                )
                assert (page.status, "只能管本单位的账号" in page.text) == (422, True)
                assert (await client.post(f"/accounts/{root.id}/reset-password")).status == 404
                assert (await client.post("/accounts/new", {**new, "unit": LONGTAN})).status == 200
                page = await client.get("/audit")
                assert ("新建账号" in page.text, "陈县里" in page.text) == (True, False)
            async with await sign_in(app, "root") as client:
                page = await client.get("/audit")
                assert ("龙管理" in page.text, "陈县里" in page.text) == (True, True)

    asyncio.run(main())
