"""The ledgers of cases and ratings: LEDGER.md's own columns, and every case where it belongs."""

from datetime import UTC, datetime
from typing import Any

import pytest

from handlers.case_ledger import LEDGERS, RATING, STATE, rating_row
from handlers.cases.kinds import KINDS
from storage.case_ledger import GivenRating, RatedCase, of_kind, ratings_given
from storage.database import Database
from storage.desk_records import RatingGiven
from storage.schema import ratings
from storage.schema.cases import STATES
from tests.case_tools import draft, now_in, submitted
from tests.handlers.tools import ZONE
from tests.storage_tools import DAY, NOW, rows, say

# LEDGER.md, as it stands there.
COLUMNS = {
    "legal_aid": "编号, 受理日期, 决定日期, 指派日期, 结案日期, 类别, 案由, 受援人类别, 状态, 挽回损失元, "
    "避免损失元, 满意度",
    "mediation": "编号, 受理日期, 办结日期, 纠纷类型, 乡镇, 结果, 协议金额元, 联动, 重大, 项目",
    "appeal": "编号, 受理日期, 处置, 交办单位, 办结日期, 提请研究, 方面, 结果",
    "reconsideration": "编号, 收件日期, 被申请人, 领域, 结案日期, 结案方式",
    "notarization": "编号, 预约日期, 事项, 办结日期, 一次办结",
}
ALLOWED = {
    "legal_aid": {"状态": {"申请", "批准", "不予", "办理", "办结"}, "类别": {"民事", "刑事", "行政", ""}},
    "mediation": {"结果": {"成功", "不成", "终止", "办理中"}, "联动": {"一庭两所", "6+X", "无"}, "重大": {"是", "否"}},
    "appeal": {"处置": {"现场答复", "分类交办"}, "提请研究": {"是", "否"}},
    "reconsideration": {
        "结案方式": {
            "不予受理", "终止", "维持", "撤销并责令重作", "变更", "确认违法", "确认无效", "责令履行", "驳回申请",
            "驳回请求", "调解", "未结",
        }
    },
    "notarization": {"一次办结": {"是", "否", ""}},
}  # fmt: skip


@pytest.mark.parametrize("kind", COLUMNS)
def test_columns_are_those_of_the_ledger(kind: str) -> None:
    assert ", ".join(LEDGERS[kind].columns) == f"{COLUMNS[kind]}, {STATE}"


def test_every_kind_has_a_ledger() -> None:
    assert set(LEDGERS) == set(KINDS)
    assert ", ".join(RATING) == "编号, 评价日期, 对象, 对象编号, 等级, 渠道, 意见"


@pytest.mark.parametrize("kind", KINDS)
def test_every_state_is_countable_in_words_of_the_ledger(database: Database, kind: str) -> None:
    for number, state in enumerate(STATES):
        case = submitted(database, draft(kind, number + 1))
        accepted = NOW if state not in ("submitted", "need_supplement", "rejected", "withdrawn") else None
        decided = NOW + DAY if state == "rejected" else accepted
        closed = NOW + DAY if state in ("closed", "visited", "rated", "archived", "withdrawn") else None
        result = KINDS[kind].results[0] if closed else None
        now_in(database, case, state, accepted_at=accepted, decided_at=decided, closed_at=closed, result=result)
    found = database.read_now(lambda c: [LEDGERS[kind].row(rated, ZONE) for rated in of_kind(c, kind, None, None)])
    told = [row for row in found if row is not None]
    left_out = {"merged"} | ({"submitted", "need_supplement", "rejected", "withdrawn"} if kind == "appeal" else set())
    assert len(told) == len(STATES) - len(left_out)
    for row in told:
        assert set(row) == set(LEDGERS[kind].columns)
        for column, words in ALLOWED.get(kind, {}).items():
            assert row[column] in words


class TestLegalAid:
    @pytest.mark.parametrize(
        ("state", "accepted", "status"),
        [
            ("submitted", False, "申请"),
            ("need_supplement", False, "申请"),
            ("accepted", True, "批准"),
            ("rejected", False, "不予"),
            ("assigned", True, "办理"),
            ("suspended", True, "办理"),
            ("transferred", False, "申请"),
            ("transferred", True, "办理"),
            ("withdrawn", False, "申请"),
            ("withdrawn", True, "办结"),
            ("rated", True, "办结"),
            ("archived", True, "办结"),
        ],
    )
    def test_status(self, database: Database, state: str, accepted: bool, status: str) -> None:
        case = now_in(database, submitted(database), state, accepted_at=NOW if accepted else None)
        row = LEDGERS["legal_aid"].row(RatedCase(case, None), ZONE)
        assert row is not None
        assert row["状态"] == status

    def test_a_closed_one_with_its_amounts_and_grade(self, database: Database) -> None:
        case = submitted(database)
        values: dict[str, Any] = {"recovered_fen": 866_630_050, "avoided_fen": 0, "closed_at": NOW + DAY}
        now_in(database, case, "closed", accepted_at=NOW, decided_at=NOW, assigned_at=NOW, **values)
        asked = {"object_kind": "case", "object_id": case.id, "conversation_id": case.conversation_id}
        asked |= {"case_id": case.id, "channel": "wecom_kf", "asked_at": NOW, "follow_up": "none"}
        database.write_now(lambda c: c.execute(ratings.insert().values(**asked)))
        say(database, "grade", rating=RatingGiven("case", case.id, 5))
        (rated,) = database.read_now(lambda c: list(of_kind(c, "legal_aid", None, None)))
        row = LEDGERS["legal_aid"].row(rated, ZONE)
        assert row is not None
        assert row == {
            "编号": case.number,
            "受理日期": "2026-09-01",
            "决定日期": "2026-09-01",
            "指派日期": "2026-09-01",
            "结案日期": "2026-09-02",
            "类别": "民事",
            "案由": "追索劳动报酬",
            "受援人类别": "",
            "状态": "办结",
            "挽回损失元": 8666300.5,
            "避免损失元": 0,
            "满意度": "很满意",
            STATE: "已评价",
        }
        (given,) = database.read_now(lambda c: list(ratings_given(c, None, None)))
        told = rating_row(given, ZONE)
        assert told["对象"] == "法律援助"
        assert told["对象编号"] == case.number
        assert (told["等级"], told["渠道"], told["评价日期"]) == ("很满意", "微信客服", "2026-09-01")


def test_the_period_counts_the_day_it_came_in(database: Database) -> None:
    for number, at in enumerate([NOW - DAY, NOW, NOW + DAY], 1):
        submitted(database, draft(serial=number), now=at)
    found = database.read_now(lambda c: list(of_kind(c, "legal_aid", NOW, NOW + DAY)))
    assert [rated.case.number for rated in found] == ["FY2026-YY-000002"]


def test_a_reason_names_nobody() -> None:
    at = datetime(2026, 12, 31, 20, tzinfo=UTC)
    row = rating_row(GivenRating(7, at, "visit", "SM2026-YY-000001", 1, "web", "打 13812345678 没人接"), ZONE)
    assert row["编号"] == "PJ2027-000007"  # already the new year in Youyang
    assert row["对象"] == "其他"
    assert row["意见"] == "打 138****5678 没人接"


def test_nobody_asked_has_no_grade(database: Database) -> None:
    submitted(database)
    assert database.read_now(lambda c: list(ratings_given(c, None, None))) == []
    assert rows(database, ratings) == []
