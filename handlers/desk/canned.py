"""常用语: canned answers with variables, which are filled in before staff see them."""

import re
from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection

from handlers.county import County
from handlers.desk.staff import Staff
from storage import workstations

# What may stand in braces, with what it becomes.
VARIABLES: Mapping[str, str] = {
    "我的姓名": "接待人的姓名",
    "工作站": "接待人所在的工作站或县中心",
    "工作站电话": "工作站的电话，没登记就是 12348",
    "编号": "转人工的编号",
    "县": "县名",
}
LONGEST_TITLE = 30
LONGEST = 1000
_VARIABLE = re.compile(r"\{([^{}]*)\}")


def phone_of(connection: Connection, unit: str, today: date) -> str:
    """The telephone of a workstation, or of the county centre, by the directory; "" where it has none."""
    rows = workstations.of_township(connection, unit)
    phones = (row.facts.phone for row in rows if row.is_open(today) and row.facts.kind != "village")
    return next((phone for phone in phones if phone), "")


def fill(body: str, county: County, staff: Staff, number: str, phone: str = "") -> str:
    """The text as it goes to the resident; staff may still change it. `phone` is the directory's (see `phone_of`)."""
    facts = county.stations.get(staff.unit)
    values = {
        "我的姓名": staff.name,
        "工作站": f"{staff.unit}公共法律服务工作站" if staff.unit else f"{county.name}公共法律服务中心",
        "工作站电话": phone or (facts.phone if facts else "") or "12348",
        "编号": number or "（您的登记编号）",
        "县": county.name,
    }
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), body)


def faults(title: str, body: str) -> list[str]:
    """What is wrong with a canned answer, one line each; empty where it can be kept."""
    found = []
    if not 0 < len(title) <= LONGEST_TITLE:
        found.append(f"标题要写 1 到 {LONGEST_TITLE} 个字。")
    if not 0 < len(body) <= LONGEST:
        found.append(f"内容要写 1 到 {LONGEST} 个字。")
    unknown = [name for name in _VARIABLE.findall(body) if name not in VARIABLES]
    if unknown:
        known = "、".join(f"{{{name}}}" for name in VARIABLES)
        found.append(f"不认识 {{{unknown[0]}}}；可以用的有 {known}。")
    return found
