"""What residents are told of a workstation: directory before settings, the truth where neither knows."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from handlers.county import County, OfficeFacts
from handlers.stations import is_stale, known_stations, told
from knowledge.entry import Township
from storage.workstations import StationFacts, Workstation

NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
TODAY = date(2026, 3, 4)
LONGTAN = Township(name="龙潭镇")
COUNTY = County(
    "酉阳县",
    "法问",
    "YY",
    {"legal-service-centre": OfficeFacts("桃花源大道1号", "023-1")},
    {"龙潭镇": OfficeFacts("旧街2号", "023-2")},
)
NAME = "龙潭镇公共法律服务工作站"


def row(kind: str = "station", *, age: int = 1, **facts: Any) -> Workstation:
    known = {"name": NAME, "kind": kind, "township": "龙潭镇", **facts}
    return Workstation(1, StationFacts(**known), NOW - timedelta(days=age))


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([], f"{NAME}：旧街2号，电话 023-2"),
        ([row()], f"{NAME}：旧街2号，电话 023-2"),
        ([row(address="新街1号")], f"{NAME}：新街1号"),
        (
            [row(address="新街1号", phone="023-9", hours="工作日 9:00–17:00", lawyer_days="每周三上午")],
            f"{NAME}：新街1号，电话 023-9，工作日 9:00–17:00，律师值班 每周三上午",
        ),
        ([row(name="龙潭新站", address="新街1号")], "龙潭新站：新街1号"),
        (
            [row(address="新街1号"), row("village", name="渤海村联络点", phone="023-8"), row("village", name="空点")],
            f"{NAME}：新街1号\n渤海村联络点：电话 023-8",
        ),
        ([row(address="新街1号", closed_on=TODAY), row("village", name="渤海村", phone="1")], "渤海村：电话 1"),
        ([row(address="新街1号", closed_on=TODAY + timedelta(days=1))], f"{NAME}：新街1号"),
    ],
)  # fmt: skip
def test_rows_go_before_the_settings(rows: list[Workstation], text: str) -> None:
    assert told(COUNTY, LONGTAN, rows, TODAY) == text


@pytest.mark.parametrize("facts", [{"closed_on": TODAY}, {"opened_on": TODAY + timedelta(days=1)}])
def test_a_workstation_that_is_not_open_is_not_recommended(facts: dict[str, Any]) -> None:
    text = told(COUNTY, LONGTAN, [row(address="新街1号", **facts)], TODAY)
    assert "现在不开放" in text
    assert "12348" in text
    assert "街" not in text


def test_where_nobody_knows_the_address_that_is_said() -> None:
    assert "还没有登记" in told(COUNTY, Township(name="花田乡"), [], TODAY)


def test_a_long_list_is_cut_for_the_phone() -> None:
    rows = [row("village", name=f"点{number}", phone="1") for number in range(9)]
    assert len(told(COUNTY, LONGTAN, rows, TODAY).splitlines()) == 4


@pytest.mark.parametrize(
    ("known", "stale"),
    [
        (row(address="新街1号", phone="023-9", age=90), False),
        (row(address="新街1号", phone="023-9", age=91), True),
        (row(address="新街1号"), True),
        (row(phone="023-9"), True),
    ],
)
def test_what_was_long_not_confirmed_or_is_incomplete_is_flagged(known: Workstation, stale: bool) -> None:
    assert is_stale(known, NOW) is stale


def test_the_first_directory_is_what_the_settings_know() -> None:
    centre, longtan, huatian = known_stations(COUNTY, [LONGTAN, Township(name="花田乡")])
    assert centre == StationFacts("酉阳县公共法律服务中心", "county", "", "桃花源大道1号", "023-1")
    assert longtan == StationFacts(NAME, "station", "龙潭镇", "旧街2号", "023-2")
    assert huatian == StationFacts("花田乡公共法律服务工作站", "station", "花田乡")
