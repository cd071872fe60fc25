"""代为登记: a case that staff open for somebody in a conversation or at the window; how a case is looked at."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from handlers.cases.kinds import KINDS, BadValue, case_number, number_in
from handlers.cases.look import Looked, look
from handlers.cases.open import Opened, open_case
from handlers.desk.refused import Refused, Why
from handlers.desk.staff import Staff
from storage.database import Database
from storage.schema import audit, cases, parties
from tests.case_tools import draft, staff, submitted, tools
from tests.desk_tools import conversation
from tests.handlers.tools import ZONE
from tests.storage_tools import NOW, rows, say

FORM = {
    "once": "w1",
    "story": "老板欠他工钱，电话 13812345678",
    "township": "龙潭镇",
    "name": "张三",
    "phone": "13812345678",
    "consent": "是",
    "other_name": "李大成",
    "column.案由": "追索劳动报酬",
    "way": "窗口",
}


def opened(database: Database, who: Staff, about: int | None = None, form: Mapping[str, str] | None = None) -> Any:
    return asyncio.run(open_case(tools(database), who, about, "legal_aid", {**FORM, **(form or {})}))


class TestOpen:
    def test_for_somebody_in_a_conversation(self, database: Database) -> None:
        say(database, "1", township="麻旺镇")
        about, wang = conversation(database), staff(database, "wang")
        done = opened(database, wang, about=about.id)
        assert isinstance(done, Opened)
        case = done.case
        assert case.number == f"FY2026-YY-D{case.id:06d}"
        assert (case.conversation_id, case.state, case.details["案由"]) == (about.id, "submitted", "追索劳动报酬")
        assert "138****5678" in str(case.facts)
        assert "张三" not in str(rows(database, cases))
        assert {row["side"] for row in rows(database, parties)} == {"own", "other"}
        assert [row["action"] for row in rows(database, audit)] == ["case.open"]

    def test_a_double_click_opens_one(self, database: Database) -> None:
        wang = staff(database, "wang")
        first, second = opened(database, wang), opened(database, wang)
        assert (first.fresh, second.fresh) == (True, False)
        assert first.case == second.case
        assert len(rows(database, cases)) == 1

    @pytest.mark.parametrize(
        ("form", "words"),
        [
            ({"story": " "}, "没填“事情经过”"),
            ({"consent": ""}, "同不同意"),
            ({"phone": "12345"}, "电话不对"),
            ({"township": "火星镇"}, "没有“火星镇”"),
            ({"once": ""}, "页面过期"),
            ({"column.类别": "商事"}, "只能填"),
        ],
    )
    def test_bad_input(self, database: Database, form: dict[str, str], words: str) -> None:
        done = opened(database, staff(database, "wang"), form=form)
        assert isinstance(done, Refused)
        assert words in done.words
        assert rows(database, cases) == []

    def test_not_by_others_and_not_elsewhere(self, database: Database) -> None:
        say(database, "1", township="麻旺镇")
        about = conversation(database).id
        auditor = opened(database, staff(database, "auditor", "auditor"))
        stranger = opened(database, staff(database, "longtan", unit="龙潭镇"), about=about)
        assert isinstance(auditor, Refused)
        assert auditor.why is Why.FORBIDDEN
        assert isinstance(stranger, Refused)
        assert stranger.why is Why.NOT_FOUND


class TestLook:
    def test_people_are_opened_for_who_works_on_it_and_that_is_noted(self, database: Database) -> None:
        wang = staff(database, "wang")
        done = opened(database, wang)
        seen = asyncio.run(look(tools(database), wang, done.case.id))
        assert isinstance(seen, Looked)
        assert (seen.people.name, seen.people.phone, seen.people.other_name) == ("张三", "13812345678", "李大成")
        assert [event.action for event in seen.events] == ["open"]
        assert {move.action for move in seen.moves} >= {"accept", "reject", "transfer"}
        assert seen.limit is not None
        assert [row["action"] for row in rows(database, audit)] == ["case.open", "case.see"]

    def test_nobody_else(self, database: Database) -> None:
        case = submitted(database, draft("mediation", 1))
        for who in (staff(database, "mawang", unit="麻旺镇"), staff(database, "auditor", "auditor")):
            seen = asyncio.run(look(tools(database), who, case.id))
            assert isinstance(seen, Refused)
        assert rows(database, audit) == []

    def test_a_damaged_seal_hides_the_value_and_not_the_case(self, database: Database) -> None:
        case = submitted(database, draft(name_sealed="damaged"))
        seen = asyncio.run(look(tools(database), staff(database, "wang"), case.id))
        assert isinstance(seen, Looked)
        assert seen.people.name == ""


class TestNumbers:
    @pytest.mark.parametrize("kind", KINDS)
    def test_read_again_however_it_is_typed(self, kind: str) -> None:
        number = case_number(kind, NOW, "YY", 123, ZONE)
        for typed in (number, number.lower(), number.replace("-", ""), number.replace("-", " "), f"编号：{number}。"):
            assert number_in(typed) == number
        assert number_in(f"{number.replace('000123', '123')} 呢") == number

    @pytest.mark.parametrize("text", ["", "FY12", "ZX2026-YY-000001", "2026-YY-000001", "XFY2026-YY-000001"])
    def test_no_number(self, text: str) -> None:
        assert number_in(text) == ""

    def test_of_the_desk(self) -> None:
        assert number_in("tj2026-yy-d12") == "TJ2026-YY-D000012"
        assert number_in("TJ2026-YY1-000012") == "TJ2026-YY1-000012"


class TestColumns:
    def test_kept_and_shown(self) -> None:
        amount = KINDS["mediation"].column("协议金额元")
        assert amount is not None
        assert amount.read("三万五") == 3_500_000
        assert amount.shown(3_500_000) == "35000"
        assert amount.shown(None) == ""
        for bad in ("很多", "-1"):
            with pytest.raises(BadValue, match="金额"):
                amount.read(bad)
        major = KINDS["mediation"].column("重大")
        assert major is not None
        with pytest.raises(BadValue, match="是、否"):
            major.read("大")
        assert KINDS["mediation"].column("没有") is None
