"""Cases for tests, short to write: drafts, submissions, staff, and the tools with which staff work on them."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import update

from bot.privacy import BureauSeal, PersonKeys
from handlers.cases.act import Acted, act
from handlers.cases.kinds import KINDS, case_number
from handlers.county import County
from handlers.desk.accounts import staff_of
from handlers.desk.refused import Refused
from handlers.desk.staff import Staff
from handlers.desk.tools import Tools
from handlers.hours import OfficeHours
from storage import cases
from storage.case_records import CaseRow
from storage.database import Database
from storage.desk_records import CaseDraft
from storage.file_store import FileStore
from storage.records import ConversationKey
from storage.schema import cases as table
from tests.desk_tools import account
from tests.handlers.tools import SPANS, ZONE
from tests.running import matcher
from tests.storage_tools import KEY, NOW, say

KEY_BYTES = b"tests"
HOURS = OfficeHours(ZONE, SPANS)
# What every step that can be taken by hand wants, so that a test names only what it is about.
FORM = {
    "reason": "材料不符合",
    "remedy": "可以向县司法局提出异议",
    "missing": "身份证复印件、欠条",
    "recipient": "县人社局",
    "receipt": "2026年第3号",
    "answer": "已经协调付清",
    "text": "打过电话",
    "opinion": "满意",
    "trigger": "supplement",
    "recovered": "0",
    "avoided": "0",
}


def draft(kind: str = "legal_aid", serial: int = 1, **changes: Any) -> CaseDraft:
    """A case about wages in Longtan."""
    known = CaseDraft(
        number=case_number(kind, NOW, "YY", serial, ZONE),
        origin=f"form:{serial}",
        kind=kind,
        title=f"{KINDS[kind].name}：老板欠工钱",
        unit="龙潭镇" if KINDS[kind].at_station else "",
        township="龙潭镇",
        facts=({"key": "story", "label": "经过", "value": "老板欠工钱"},),
        details={"类别": "民事", "案由": "追索劳动报酬"} if kind == "legal_aid" else {},
        guided=KINDS[kind].guided,
    )
    return replace(known, **changes)


def submitted(database: Database, wanted: CaseDraft | None = None, key: ConversationKey = KEY, **turn: Any) -> CaseRow:
    """A resident submitted a case."""
    made = wanted or draft()
    say(database, f"submits {made.number}", key, case=made, **turn)
    found = database.read_now(lambda c: cases.by_number(c, made.number))
    assert found is not None
    return found


def now_in(database: Database, case: CaseRow, state: str, **values: Any) -> CaseRow:
    """The case, put into a state straight away."""
    database.write_now(lambda c: c.execute(update(table).where(table.c.id == case.id).values(state=state, **values)))
    return read(database, case)


def read(database: Database, case: CaseRow) -> CaseRow:
    """The case as it stands."""
    found = database.read_now(lambda c: cases.read(c, case.id))
    assert found is not None
    return found


def staff(database: Database, login: str, *roles: str, unit: str = "") -> Staff:
    """A member of staff with an account."""
    return staff_of(account(database, login, *roles, unit=unit))


def tools(database: Database, clock: Callable[[], datetime] = lambda: NOW, **changes: Any) -> Tools:
    """What the desk works with, without any channel."""
    keys = PersonKeys(KEY_BYTES)
    known = Tools(
        database=database,
        clock=clock,
        county=County("酉阳县", "法问", "YY"),
        knowledge=matcher().knowledge,
        seal=BureauSeal(KEY_BYTES),
        files=FileStore(Path("unused")),
        person=keys.person,
        key=keys.derived,
        said=lambda _: None,
        changed=lambda: None,
        wires={},
        hours=lambda: HOURS,
        staff_accounts={},
    )
    return replace(known, **changes)


def step(desk: Tools, who: Staff, case: CaseRow, action: str, **form: str) -> Acted | Refused:
    """Take a step in the case as it stands in `case`."""
    typed = {**FORM, "result": KINDS[case.kind].results[0], **form}
    return asyncio.run(act(desk, who, case.id, case.version, action, typed))


def stepped(desk: Tools, who: Staff, case: CaseRow, action: str, **form: str) -> CaseRow:
    """Take a step that goes well; the case after it."""
    done = step(desk, who, case, action, **form)
    assert isinstance(done, Acted), done
    return done.case
