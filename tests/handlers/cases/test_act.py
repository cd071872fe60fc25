"""What follows from a step: columns, history, audit, the limit, and whether the resident hears of it."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import update

from handlers.cases.act import Acted, act
from handlers.desk.refused import Refused, Why
from handlers.desk.staff import Staff
from storage import cases
from storage.database import Database
from storage.desk_records import RatingGiven
from storage.schema import audit, case_events, conversations, outbox, ratings
from storage.schema import cases as table
from tests.case_tools import FORM, draft, now_in, read, staff, step, stepped, submitted, tools
from tests.desk_tools import conversation
from tests.intake_tools import WEDNESDAY
from tests.storage_tools import DAY, HOUR, NOW, rows, say

DELIVERED = "已经告诉当事人。"


@pytest.fixture
def boss(database: Database) -> Staff:
    return staff(database, "boss", "supervisor")


def told(database: Database) -> list[dict[str, Any]]:
    return [row for row in rows(database, outbox) if row["body"].get("title", "").startswith("法律援助")]


class TestWholeWay:
    def test_from_the_submission_to_the_archive(self, database: Database, boss: Staff) -> None:
        now = NOW
        desk = tools(database, lambda: now)
        case = submitted(database, draft(due_at=NOW + 7 * DAY))
        case = stepped(desk, boss, case, "accept")
        assert (case.accepted_at, case.decided_at) == (NOW, NOW)
        assert case.due_at is not None  # three days to assign
        case = stepped(desk, boss, case, "assign", assignee=str(boss.id))
        assert (case.assignee_name, case.assigned_at, case.due_at) == ("boss", NOW, None)
        case = stepped(desk, boss, stepped(desk, boss, case, "start"), "finish", recovered="3.5万", avoided="0")
        assert (case.recovered_fen, case.avoided_fen, case.result) == (3_500_000, 0, "诉求获支持")
        case = stepped(desk, boss, case, "close", result="", answer="")  # kept from the step before
        assert (case.state, case.closed_at, case.answer) == ("closed", NOW, "已经协调付清")
        case = stepped(desk, boss, case, "visit")
        early = step(desk, boss, case, "archive")
        assert isinstance(early, Refused)
        assert "30 天" in early.words
        now = NOW + 31 * DAY
        assert stepped(desk, boss, case, "archive").state == "archived"
        acts = [row["action"] for row in rows(database, case_events)]
        assert acts == ["submit", "accept", "assign", "start", "finish", "close", "visit", "archive"]
        assert [row["action"] for row in rows(database, audit)] == [f"case.{name}" for name in acts[1:]]
        assert all(row["object"] == f"case:{case.id}" for row in rows(database, audit))

    def test_transferred_with_a_receipt_and_followed_up(self, database: Database, boss: Staff) -> None:
        desk = tools(database)
        case = stepped(desk, boss, submitted(database, draft("appeal", 1)), "transfer")
        assert (case.state, case.recipient, case.due_at) == ("transferred", "县人社局", None)
        event = database.read_now(lambda c: cases.events(c, case.id))[-1]
        assert "回执：2026年第3号" in event.text
        closed = stepped(desk, boss, case, "close_transferred", **{"column.处置": "分类交办"})
        assert (closed.state, closed.details["处置"]) == ("closed", "分类交办")

    def test_an_appeal_says_at_once_how_it_is_treated(self, database: Database, boss: Staff) -> None:
        desk = tools(database)
        case = submitted(database, draft("appeal", 1))
        refused = step(desk, boss, case, "accept")
        assert isinstance(refused, Refused)
        assert "处置" in refused.words
        taken = stepped(desk, boss, case, "accept", **{"column.处置": "现场答复", "recipient": ""})
        assert taken.recipient is None

    def test_a_case_is_not_closed_without_what_the_ledger_counts(self, database: Database, boss: Staff) -> None:
        case = now_in(database, submitted(database, draft("mediation", 1)), "pending_review")
        refused = step(tools(database), boss, case, "close", result="成功")
        assert isinstance(refused, Refused)
        assert "纠纷类型" in refused.words
        form = {"column.纠纷类型": "邻里", "column.协议金额元": "两万"}
        closed = stepped(tools(database), boss, case, "close", result="成功", **form)
        assert closed.details == {"纠纷类型": "邻里", "协议金额元": 2_000_000}

    @pytest.mark.parametrize(
        ("form", "words"),
        [
            ({"result": "很好"}, "“结果”只能填"),
            ({"recovered": "很多"}, "要写金额"),
            ({"column.类别": "商事"}, "只能填：民事、刑事、行政"),
            ({"column.乱写": "x"}, "没有“乱写”这一栏"),
            ({"answer": "长" * 2001}, "太长了"),
        ],
    )
    def test_bad_input_is_told_and_nothing_changes(
        self, database: Database, boss: Staff, form: dict[str, str], words: str
    ) -> None:
        case = now_in(database, submitted(database), "in_progress", assignee_id=boss.id)
        refused = step(tools(database), boss, case, "finish", **form)
        assert isinstance(refused, Refused)
        assert refused.why is Why.INPUT
        assert words in refused.words
        assert read(database, case) == case

    def test_telephones_and_identity_numbers_do_not_get_into_the_history(self, database: Database, boss: Staff) -> None:
        case = submitted(database)
        text = "联系 13812345678，身份证 500242199001011234"
        stepped(tools(database), boss, case, "ask_supplement", missing=text)
        kept = str(rows(database, case_events)) + str(rows(database, audit))
        assert "13812345678" not in kept
        assert "500242199001011234" not in kept


class TestOnce:
    def test_a_double_click_is_one_step(self, database: Database, boss: Staff) -> None:
        desk, case = tools(database), submitted(database)
        first, second = step(desk, boss, case, "accept", once="w1"), step(desk, boss, case, "accept", once="w1")
        assert isinstance(first, Acted)
        assert isinstance(second, Acted)
        assert "没有重复" in second.words
        assert len(told(database)) == 1

    def test_two_clerks_at_one_case(self, database: Database, boss: Staff) -> None:
        desk, case = tools(database), submitted(database)
        stepped(desk, boss, case, "accept")
        late = step(desk, staff(database, "late"), case, "reject")
        assert isinstance(late, Refused)
        assert late.why is Why.STALE
        assert "刷新" in late.words

    def test_racing_clerks(self, database: Database, boss: Staff) -> None:
        desk, case = tools(database), submitted(database)
        other = staff(database, "other", "supervisor")

        async def both() -> list[Acted | Refused]:
            one = act(desk, boss, case.id, case.version, "accept", FORM)
            two = act(desk, other, case.id, case.version, "reject", FORM)
            return list(await asyncio.gather(one, two))

        done = asyncio.run(both())
        assert sorted(type(one).__name__ for one in done) == ["Acted", "Refused"]
        assert read(database, case).version == 2


class TestClock:
    def test_papers_stop_it_and_it_goes_on(self, database: Database, boss: Staff) -> None:
        now = WEDNESDAY
        desk = tools(database, lambda: now)
        case = submitted(database, draft(due_at=WEDNESDAY + 7 * DAY), now=WEDNESDAY)
        database.write_now(lambda c: c.execute(update(table).values(sla_level=50)))
        now = WEDNESDAY + 2 * DAY
        case = stepped(desk, boss, read(database, case), "ask_supplement")
        assert (case.due_at, case.clock_stopped_at) == (None, now)
        now = WEDNESDAY + 21 * DAY
        case = stepped(desk, boss, case, "supplement")
        assert case.due_at is not None
        assert (case.due_at - now).days == 5
        assert case.sla_level == 50  # the same limit: nobody is reminded twice
        case = stepped(desk, boss, case, "accept")
        assert case.sla_level == 0


class TestReopen:
    @pytest.fixture
    def closed(self, database: Database) -> Any:
        return now_in(database, submitted(database), "closed", closed_at=NOW)

    @pytest.mark.parametrize(
        ("trigger", "words"), [("bad_visit", "回访"), ("bad_rating", "评价"), ("supplement", "补充")]
    )
    def test_only_with_what_gave_rise_to_it(
        self, database: Database, boss: Staff, closed: Any, trigger: str, words: str
    ) -> None:
        refused = step(tools(database), boss, closed, "reopen", trigger=trigger)
        assert isinstance(refused, Refused)
        assert words in refused.words

    def test_after_a_bad_visit(self, database: Database, boss: Staff, closed: Any) -> None:
        desk = tools(database)
        visited = stepped(desk, boss, closed, "visit", opinion="不满意")
        case = stepped(desk, boss, visited, "reopen", trigger="bad_visit")
        assert (case.state, case.closed_at) == ("reopened", None)

    def test_after_a_bad_grade(self, database: Database, boss: Staff, closed: Any) -> None:
        asked = {"object_kind": "case", "object_id": closed.id, "conversation_id": closed.conversation_id}
        asked |= {"case_id": closed.id, "channel": "wecom_kf", "asked_at": NOW, "follow_up": "none"}
        database.write_now(lambda c: c.execute(ratings.insert().values(**asked)))
        say(database, "bad", rating=RatingGiven("case", closed.id, 1))
        case = stepped(tools(database), boss, read(database, closed), "reopen", trigger="bad_rating")
        assert case.state == "reopened"

    def test_not_after_thirty_days(self, database: Database, boss: Staff, closed: Any) -> None:
        desk = tools(database, lambda: NOW + 30 * DAY + HOUR)
        added = stepped(desk, boss, closed, "add")
        refused = step(desk, boss, added, "reopen")
        assert isinstance(refused, Refused)
        assert "30 天" in refused.words


class TestMerge:
    def test_into_another_of_its_kind(self, database: Database, boss: Staff) -> None:
        target, case = submitted(database, draft(serial=1)), submitted(database, draft(serial=2))
        merged = stepped(tools(database), boss, case, "merge", target=target.number)
        assert (merged.state, merged.merged_into) == ("merged", target.id)
        assert database.read_now(lambda c: cases.events(c, target.id))[-1].action == "merge_in"

    @pytest.mark.parametrize("wrong", ["itself", "another kind", "an ended one", "none"])
    def test_nowhere_else(self, database: Database, boss: Staff, wrong: str) -> None:
        case = submitted(database, draft(serial=1))
        other = submitted(database, draft("visit", 2))
        ended = now_in(database, submitted(database, draft(serial=3)), "closed")
        numbers = {"itself": case.number, "another kind": other.number, "an ended one": ended.number, "none": "FY1"}
        refused = step(tools(database), boss, case, "merge", target=numbers[wrong])
        assert isinstance(refused, Refused)
        assert read(database, case).state == "submitted"


class TestTold:
    """The resident hears of it by the outbox, or the member of staff hears why not."""

    def accepted(self, database: Database, boss: Staff, case: Any) -> Acted:
        done = step(tools(database), boss, case, "accept")
        assert isinstance(done, Acted)
        return done

    def change(self, database: Database, **values: Any) -> None:
        database.write_now(lambda c: c.execute(update(conversations).values(**values)))

    def test_in_plain_words(self, database: Database, boss: Staff) -> None:
        case = submitted(database)
        assert self.accepted(database, boss, case).words == DELIVERED
        (row,) = told(database)
        assert (row["purpose"], row["state"]) == ("answer", "due")
        assert row["body"]["title"] == f"法律援助申请　{case.number}"
        assert "批准" in row["body"]["text"]
        assert f"查进度 {case.number}" in row["body"]["text"]

    @pytest.mark.parametrize(
        ("action", "state", "words"),
        [
            ("ask_supplement", "submitted", ("还缺", "身份证复印件、欠条", "不算在期限里", "补充材料")),
            ("reject", "submitted", ("没能受理", "材料不符合", "可以向县司法局提出异议")),
            ("transfer", "accepted", ("县人社局", "继续跟着")),
            ("suspend", "in_progress", ("停一下", "材料不符合")),
            ("close", "pending_review", ("办结了", "已经协调付清", "30 天内")),
        ],
    )
    def test_of_what_matters(
        self, database: Database, boss: Staff, action: str, state: str, words: tuple[str, ...]
    ) -> None:
        case = now_in(database, submitted(database), state, assignee_id=boss.id)
        done = step(tools(database), boss, case, action)
        assert isinstance(done, Acted)
        (row,) = told(database)
        for word in words:
            assert word in row["body"]["text"]

    @pytest.mark.parametrize("action", ["start", "send_back", "edit"])
    def test_not_of_what_happens_inside(self, database: Database, boss: Staff, action: str) -> None:
        state = {"start": "assigned", "send_back": "pending_review", "edit": "accepted"}[action]
        case = now_in(database, submitted(database), state, assignee_id=boss.id)
        assert isinstance(step(tools(database), boss, case, action, title="新标题"), Acted)
        assert told(database) == []

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"safe_mode": True}, "安全模式"),
            ({"unreachable": "blocked"}, "离开或屏蔽"),
            ({"holder": "person", "holder_name": "李四"}, "李四 正在接待"),
            ({"window_until": NOW - HOUR, "window_left": 5}, "平台不让"),
            ({"window_until": NOW + HOUR, "window_left": 0}, "平台不让"),
        ],
    )
    def test_not_where_it_may_not_be_said(
        self, database: Database, boss: Staff, values: dict[str, Any], words: str
    ) -> None:
        case = submitted(database)
        self.change(database, **values)
        assert words in self.accepted(database, boss, case).words
        assert told(database) == []
        assert read(database, case).state == "accepted"  # the step stands all the same

    def test_in_the_name_of_who_holds_the_conversation(self, database: Database, boss: Staff) -> None:
        case = submitted(database)
        self.change(database, holder="person", holder_id=boss.id, holder_name="boss", holder_via="console")
        self.accepted(database, boss, case)
        (row,) = told(database)
        assert (row["purpose"], row["body"]["author"]) == ("staff", "boss")

    def test_not_without_a_conversation(self, database: Database, boss: Staff) -> None:
        case = submitted(database)
        case = now_in(database, case, "submitted", conversation_id=None)
        assert "打电话" in self.accepted(database, boss, case).words

    def test_at_the_end_the_question_how_it_was(self, database: Database, boss: Staff) -> None:
        case = now_in(database, submitted(database), "pending_review")
        stepped(tools(database), boss, case, "close")
        (row,) = told(database)
        assert row["body"]["buttons"][0]["label"] == "很满意"
        assert len(conversation(database).dialog["options"]) == 5
        assert len(rows(database, ratings)) == 1

    def test_a_form_that_is_being_filled_in_keeps_its_numbers(self, database: Database, boss: Staff) -> None:
        form = {"kind": "legal_aid", "id": 1, "at": NOW.isoformat(), "answers": {}}
        case = now_in(database, submitted(database, dialog={"form": form}), "pending_review")
        stepped(tools(database), boss, case, "close")
        assert conversation(database).dialog == {"form": form}
