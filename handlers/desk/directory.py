"""The directory of workstations as it is kept: what may be entered, by whom, with its line in the audit log."""

import re
from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from handlers.desk.refused import NOT_FOUND, Refused, Why
from handlers.desk.staff import COUNTY, Permission, Staff
from handlers.desk.tools import Tools
from handlers.desk.trace import noted
from storage import workstations
from storage.workstations import StationFacts, Workstation

KINDS: Mapping[str, str] = {"county": "县中心", "station": "乡镇街道工作站", "village": "村（社区）联络点"}
FIELDS: Mapping[str, str] = {
    "name": "名称",
    "kind": "类型",
    "township": "乡镇街道",
    "address": "地址",
    "phone": "电话",
    "hours": "开放时间",
    "lawyer_days": "律师值班",
    "opened_on": "启用日期",
    "closed_on": "停用日期",
    "standard_on": "规范化达标日期",
}
_DAYS = ("opened_on", "closed_on", "standard_on")
_LONGEST = {"name": 40, "address": 100, "phone": 64, "hours": 60, "lawyer_days": 60}
_BETWEEN_PHONES = re.compile(r"[、,，;；/ ]+|或")
_EXTENSION = r"(?:(?:转|-)\d{1,6})?"
# A mobile, a landline with or without its area, a service number, a short hotline.
_PHONE = re.compile(rf"1[3-9]\d{{9}}|(?:0\d{{2,3}}-?)?[2-8]\d{{6,7}}{_EXTENSION}|[48]00-?\d{{3}}-?\d{{4}}|1\d{{2,5}}")


def may_edit(staff: Staff, township: str) -> bool:
    """Whether somebody keeps the entries of this township; "" is the county centre."""
    return staff.may(Permission.DIRECTORY) and staff.covers(township)


def read(form: Mapping[str, str], townships: Collection[str]) -> tuple[StationFacts, dict[str, str]]:
    """What was typed, with what is wrong with it, in words, by field; days that are none are left out."""
    faults: dict[str, str] = {}
    texts = {name: " ".join(form.get(name, "").split()) for name in ("kind", "township", *_LONGEST)}
    if texts["kind"] == "county":
        texts["township"] = COUNTY
    days: Mapping[str, Any] = {name: _day(form, name, faults) for name in _DAYS}
    facts = StationFacts(**{**texts, **days})
    faults |= {name: f"太长了，最多 {most} 个字。" for name, most in _LONGEST.items() if len(texts[name]) > most}
    if not facts.name:
        faults["name"] = "要写名称，居民看得到。"
    if facts.kind not in KINDS:
        faults["kind"] = "选一种类型。"
    if facts.kind != "county" and facts.township not in townships:
        faults["township"] = "选一个乡镇街道。"
    if wrong := wrong_phone(facts.phone):
        faults["phone"] = f"“{wrong}”不像电话：手机 11 位，座机写成 023-75551234，几个之间用顿号。"
    if facts.opened_on and facts.closed_on and facts.closed_on < facts.opened_on:
        faults["closed_on"] = "停用不能早于启用。"
    return facts, faults


def wrong_phone(text: str) -> str:
    """The first of the numbers in `text` that is no telephone number; "" where all are, or there is none."""
    numbers = [part for part in _BETWEEN_PHONES.split(text) if part]
    return next((part for part in numbers if not _PHONE.fullmatch(part)), "")


async def add(tools: Tools, staff: Staff, facts: StationFacts) -> int | Refused:
    """A new entry; its number. `facts` are without faults."""
    if not may_edit(staff, facts.township):
        return _not_theirs(facts.township)

    def work(connection: Connection) -> int | None:
        number = workstations.add(connection, facts, tools.clock())
        if number is not None:
            noted(connection, tools, staff, "directory.add", f"workstation:{number}", name=facts.name)
        return number

    number = await tools.database.write(work)
    return _taken(facts.name) if number is None else number


async def edit(
    tools: Tools, staff: Staff, number: int, facts: StationFacts, seen_at: datetime
) -> Workstation | Refused:
    """Put `facts` in place of what was shown as of `seen_at`; unchanged facts are confirmed by it."""

    def work(connection: Connection) -> Workstation | Refused:
        before = workstations.by_id(connection, number)
        if before is None:
            return NOT_FOUND
        if not (may_edit(staff, before.facts.township) and may_edit(staff, facts.township)):
            return _not_theirs(before.facts.township)
        other = workstations.named(connection, facts.name)
        if other is not None and other.id != number:
            return _taken(facts.name)
        now = tools.clock()
        if not workstations.edit(connection, number, facts, seen_at, now):
            return Refused(Why.STALE, "您填的时候，有同事改过这一条，还没有保存。")
        changed = differences(before.facts, facts)
        action = "directory.edit" if changed else "directory.confirm"
        was = {FIELDS[name]: shown(name, getattr(before.facts, name)) for name in changed}
        noted(connection, tools, staff, action, f"workstation:{number}", was=was)
        return Workstation(number, facts, now)

    return await tools.database.write(work)


def differences(before: StationFacts, after: StationFacts) -> list[str]:
    """The fields in which two versions differ, in the order of the page."""
    names = [field.name for field in fields(StationFacts)]
    return [name for name in names if getattr(before, name) != getattr(after, name)]


def shown(name: str, value: object) -> str:
    """A field's value as people read it; "" where it is empty."""
    if name == "kind":
        return KINDS.get(str(value), str(value))
    return value.isoformat() if isinstance(value, date) else str(value or "")


def _day(form: Mapping[str, str], name: str, faults: dict[str, str]) -> date | None:
    given = form.get(name, "").strip()
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        faults[name] = "写成 2026-03-05 这样的日期。"
        return None


def _not_theirs(township: str) -> Refused:
    return Refused(Why.FORBIDDEN, f"{township or '县中心'}的登记由那里的主管或县里的管理员改。")


def _taken(name: str) -> Refused:
    return Refused(Why.INPUT, f"已经有叫“{name}”的了，换一个名称。")
