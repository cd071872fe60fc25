"""差评整改: who is told of a bad grade, and who may close its follow-up, with what."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from handlers.desk.bad_grade import close_follow_up, supervisors_told
from handlers.desk.refused import Refused, Why
from handlers.desk.staff import Staff
from handlers.desk.tools import Tools
from handlers.turn import StaffNotice
from storage import accounts
from storage.database import Database
from storage.rating_records import AskedRating
from storage.schema import audit, handovers
from tests.case_tools import staff, tools
from tests.desk_tools import account
from tests.handlers.tools import turn
from tests.rating_tools import asked, grade, rating
from tests.storage_tools import NOW, rows

TOWN = "龙潭镇"


def bad(database: Database, township: str | None = None) -> AskedRating:
    """A rating with a bad grade, of a matter of this township."""
    handover = asked(database)
    grade(database, handover, 1)
    database.write_now(lambda c: c.execute(update(handovers).values(township=township)))
    return rating(database, handover)


def closes(desk: Tools, who: Staff, one: AskedRating, result: str = "已经道歉，重新答复") -> AskedRating | Refused:
    return asyncio.run(close_follow_up(desk, who, one.id, result))


class Wire:
    """A channel on which staff are reached."""

    rate = object()

    def fit(self, reply: Any) -> Any:
        return reply


def told(database: Database, one: AskedRating, **changes: Any) -> tuple[StaffNotice, ...]:
    desk = tools(database, wires={"telegram": Wire()}, staff_accounts={"telegram": "bot"}, **changes)
    asking = turn("x")
    return asyncio.run(supervisors_told(replace(asking, office=replace(asking.office, tools=desk)), one, grade=1))


class TestWhoIsTold:
    def test_the_supervisors_in_charge_where_they_can_be_reached(self, database: Database) -> None:
        one = bad(database, TOWN)
        account(database, "county", "supervisor", telegram_id="1")
        account(database, "town", "supervisor", unit=TOWN, telegram_id="2")
        account(database, "other", "supervisor", unit="麻旺镇", telegram_id="3")
        account(database, "desk", "desk", unit=TOWN, telegram_id="4")
        account(database, "unreachable", "supervisor", unit=TOWN)
        gone = account(database, "gone", "supervisor", unit=TOWN, telegram_id="5")
        database.write_now(lambda c: accounts.disable(c, gone.id, NOW, None, "test"))
        assert [notice.key.chat for notice in told(database, one)] == ["2"]

    def test_of_a_matter_of_no_township_the_countys(self, database: Database) -> None:
        one = bad(database)
        account(database, "county", "supervisor", telegram_id="1")
        account(database, "town", "supervisor", unit=TOWN, telegram_id="2")
        (notice,) = told(database, one, public_url="https://x.cn")
        assert (notice.key.chat, notice.reply.purpose) == ("1", "alert")
        assert "RG-1" in notice.reply.text
        assert "很不满意" in notice.reply.text
        assert notice.reply.link == "https://x.cn/console/ratings?follow_up=open"


class TestClosing:
    def test_a_supervisor_in_scope_closes_it_with_a_result_once(self, database: Database) -> None:
        one = bad(database, TOWN)
        desk, boss = tools(database), staff(database, "boss", "supervisor", unit=TOWN)
        done = closes(desk, boss, one)
        assert isinstance(done, AskedRating)
        assert done.follow_up == "closed"
        (line,) = rows(database, audit)
        assert (line["action"], line["object"], line["actor"]) == ("rating.follow_up", f"rating:{one.id}", "boss")
        again = closes(desk, boss, one)
        assert isinstance(again, Refused)
        assert again.why is Why.STATE
        assert len(rows(database, audit)) == 1

    @pytest.mark.parametrize(
        ("role", "unit", "result", "why"),
        [
            ("desk", TOWN, "x", Why.FORBIDDEN),
            ("auditor", "", "x", Why.FORBIDDEN),
            ("supervisor", "麻旺镇", "x", Why.NOT_FOUND),
            ("supervisor", "", "  ", Why.INPUT),
            ("supervisor", "", "字" * 2001, Why.INPUT),
        ],
    )
    def test_others_do_not(self, database: Database, role: str, unit: str, result: str, why: Why) -> None:
        one = bad(database, TOWN)
        refused = closes(tools(database), staff(database, "somebody", role, unit=unit), one, result)
        assert isinstance(refused, Refused)
        assert refused.why is why
        assert rating(database, one.object_id).follow_up == "open"

    def test_one_that_is_not_there(self, database: Database) -> None:
        one = bad(database)
        refused = closes(tools(database), staff(database, "boss", "supervisor"), replace(one, id=99))
        assert isinstance(refused, Refused)
        assert refused.why is Why.NOT_FOUND
