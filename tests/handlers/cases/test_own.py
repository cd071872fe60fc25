"""What residents do with their cases: see how they stand, take them back, add to them. Only their own."""

from dataclasses import replace
from typing import Any

import pytest

from storage import cases as case_rows
from storage.database import Database
from storage.records import ConversationKey
from storage.schema import attachments, case_events, cases, conversations
from tests.case_tools import now_in, staff, stepped
from tests.intake_answers import ANSWERS, BEGUN
from tests.intake_tools import Chat
from tests.storage_tools import KEY, rows

TELEGRAM = ConversationKey("telegram", "b1", "77")
PHONE = "13812345678"
NEUTRAL = "没有查到：编号或电话对不上"


def handed_in(database: Database) -> tuple[Chat, str]:
    """A resident who has handed in an application for legal aid, and its number."""
    chat = Chat(database)
    chat.fills(BEGUN, *ANSWERS["legal_aid"], "确认提交")
    return chat, rows(database, cases)[-1]["number"]


def case_of(database: Database, number: str) -> Any:
    found = database.read_now(lambda c: case_rows.by_number(c, number))
    assert found is not None
    return found


class TestProgress:
    @pytest.mark.parametrize("said", ["查进度", "我要查进度", "查一下进度嘛", "看看办理进展"])
    def test_of_the_only_one(self, database: Database, said: str) -> None:
        chat, number = handed_in(database)
        told = chat.says(said)
        assert told.title == f"法律援助申请　{number}"
        assert "待审查" in told.text
        assert "3月11日（周三）18:00" in told.text

    @pytest.mark.parametrize("how", ["查进度 {}", "{}", "{} 办到哪了", "查进度{}", "fy2026—yy—{short}"])
    def test_by_number_however_it_is_typed(self, database: Database, how: str) -> None:
        chat, number = handed_in(database)
        said = how.format(number, short=number.rsplit("-", 1)[1].lstrip("0"))
        assert chat.says(said).title.endswith(number)

    def test_of_several(self, database: Database) -> None:
        chat, first = handed_in(database)
        chat.fills("我要反映问题", *ANSWERS["appeal"][:2], *ANSWERS["appeal"][3:], "确认提交")
        told = chat.says("查进度")
        assert first in told.text
        assert "群众诉求" in told.text
        assert "发“查进度”加编号" in told.text

    def test_it_says_what_is_missing_who_works_and_how_it_ended(self, database: Database) -> None:
        chat, number = handed_in(database)
        boss = staff(database, "boss", "supervisor")
        case = stepped(chat.tools, boss, case_of(database, number), "ask_supplement")
        told = chat.says("查进度").text
        assert "还缺：身份证复印件、欠条" in told
        assert "补充材料" in told
        now_in(database, case, "in_progress", assignee_name="李律师")
        assert "承办人：李律师" in chat.says("查进度").text
        now_in(database, case, "closed", result="诉求获支持", answer="工钱已经付清")
        assert "工钱已经付清" in chat.says("查进度").text

    def test_with_none_of_ones_own(self, database: Database) -> None:
        assert "这里没有您提交的申请" in Chat(database).says("查进度").text

    def test_a_number_within_a_story_is_only_mentioned(self, database: Database) -> None:
        chat, number = handed_in(database)
        told = chat.says(f"我上次那个 {number} 之后老板又打电话威胁我说要找人来收拾我还说不给钱")
        assert not told.title.endswith(number)


class TestFromElsewhere:
    """Another channel, another telephone: only with number and the telephone that was given."""

    def test_with_both(self, database: Database) -> None:
        _, number = handed_in(database)
        other = Chat(database, TELEGRAM)
        assert "电话号码" in other.says(f"查进度 {number}").text
        told = other.says("一三八 1234 5678")
        assert told.title == f"法律援助申请　{number}"
        assert "张三" not in told.text

    def test_the_same_words_for_not_theirs_and_not_there(self, database: Database) -> None:
        _, number = handed_in(database)
        other = Chat(database, TELEGRAM)
        told = []
        for asked, phone in [(number, "13900000000"), ("FY2026-YY-999999", PHONE)]:
            told.append((other.says(f"查进度 {asked}").text, other.says(phone).text[: len(NEUTRAL)]))
        assert told[0] == told[1]
        assert told[0][1] == NEUTRAL

    def test_three_tries_a_day(self, database: Database) -> None:
        _, number = handed_in(database)
        other = Chat(database, TELEGRAM)
        other.says(f"查进度 {number}")
        left = [other.says("13900000000").text for _ in range(3)]
        assert ["还能试 2 次" in left[0], "还能试 1 次" in left[1], "今天不能再试" in left[2]] == [True] * 3
        assert "今天查得够多了" in other.says(PHONE).text
        assert "今天查得够多了" in other.says(f"查进度 {number}").text
        other.says("清除我的记录")
        other.says("确认清除")  # is no way to more tries
        assert "今天查得够多了" in other.says(f"查进度 {number}").text
        other.later(days=1)
        other.says(f"查进度 {number}")
        assert other.says(PHONE).title.endswith(number)

    def test_never_what_is_in_safe_mode(self, database: Database) -> None:
        _, number = handed_in(database)
        database.write_now(lambda c: c.execute(cases.update().values(safe_mode=True)))
        other = Chat(database, TELEGRAM)
        other.says(f"查进度 {number}")
        assert other.says(PHONE).text.startswith(NEUTRAL)

    def test_nor_what_was_handed_in_without_a_name(self, database: Database) -> None:
        chat = Chat(database)
        chat.fills("我要反映问题", *ANSWERS["appeal"][:-3], "不同意", "确认提交")
        number = rows(database, cases)[0]["number"]
        other = Chat(database, TELEGRAM)
        other.says(f"查进度 {number}")
        assert other.says(PHONE).text.startswith(NEUTRAL)
        assert chat.says("查进度").title.endswith(number)

    def test_another_person_on_the_same_channel_is_elsewhere_too(self, database: Database) -> None:
        _, number = handed_in(database)
        other = Chat(database, replace(KEY, chat="somebody else"))
        assert "电话号码" in other.says(f"查进度 {number}").text


class TestWithdraw:
    def test_at_the_second_word(self, database: Database) -> None:
        chat, number = handed_in(database)
        asked = chat.says("撤回申请")
        assert number in asked.text
        assert [button.label for button in asked.buttons] == ["确认撤回", "不撤回"]
        assert "照常办" in chat.says("不撤回").text
        assert case_of(database, number).state == "submitted"
        chat.says(f"我要撤回申请 {number}")
        assert "已经撤回" in chat.says("确认撤回").text
        case = case_of(database, number)
        assert (case.state, case.due_at, case.closed_at) == ("withdrawn", None, chat.at)
        event = database.read_now(lambda c: case_rows.events(c, case.id))[-1]
        assert (event.action, event.actor, event.account_id) == ("withdraw", "当事人", None)

    def test_a_double_tap(self, database: Database) -> None:
        chat, number = handed_in(database)
        tap = chat.says("撤回申请").buttons[0].payload
        chat.taps(tap)
        assert "不用撤回了" in chat.taps(tap).text
        assert [row["action"] for row in rows(database, case_events)] == ["submit", "withdraw"]
        assert "没有您正在办的申请" in chat.says("撤回申请").text
        assert number

    def test_not_somebody_elses(self, database: Database) -> None:
        chat, number = handed_in(database)
        tap = chat.says("撤回申请").buttons[0].payload
        other = Chat(database, TELEGRAM)
        assert "没有查到您的这个编号" in other.says(f"撤回申请 {number}").text
        assert "没有查到您的这个编号" in other.taps(tap).text
        assert case_of(database, number).state == "submitted"

    @pytest.mark.parametrize("payload", ["case:withdraw:", "case:withdraw:x:yes", f"case:withdraw:{'9' * 40}:yes"])
    def test_a_made_up_tap(self, database: Database, payload: str) -> None:
        assert "没有查到" in Chat(database).taps(payload).text

    def test_which_of_several(self, database: Database) -> None:
        chat, first = handed_in(database)
        chat.fills("我要反映问题", *ANSWERS["appeal"][:2], *ANSWERS["appeal"][3:], "确认提交")
        told = chat.says("撤回申请")
        assert first in told.text
        assert "加编号" in told.text
        assert "要撤回吗" in chat.says(f"撤回申请 {first}").text

    def test_what_ended_needs_none(self, database: Database) -> None:
        chat, number = handed_in(database)
        now_in(database, case_of(database, number), "closed")
        assert "现在不用这样办了" in chat.says(f"撤回申请 {number}").text


class TestAdd:
    def test_words_and_files_until_it_is_all(self, database: Database) -> None:
        chat, number = handed_in(database)
        boss = staff(database, "boss", "supervisor")
        waiting = stepped(chat.tools, boss, case_of(database, number), "ask_supplement")
        assert waiting.due_at is None
        chat.later(days=2)
        assert "发“补完了”" in chat.says("补充材料").text
        assert number in chat.says("欠条是 2025 年 10 月写的，电话 13812345678").text
        assert number in chat.sends("iou").text
        told = chat.says("补完了")
        assert "接着审查" in told.text
        case = case_of(database, number)
        assert case.state == "submitted"
        assert case.due_at is not None
        assert case.due_at > chat.at
        texts = [event.text for event in database.read_now(lambda c: case_rows.events(c, case.id))]
        assert "欠条是 2025 年 10 月写的，电话 138****5678" in texts
        assert rows(database, attachments)[0]["case_id"] == case.id

    def test_what_nobody_asked_for_is_kept_too(self, database: Database) -> None:
        chat, number = handed_in(database)
        chat.says(f"补充材料 {number}")
        chat.says("忘了说，工友小李可以作证")
        assert "都放进" in chat.says("补完了").text
        assert case_of(database, number).state == "submitted"
        assert [row["action"] for row in rows(database, case_events)] == ["submit", "add"]

    def test_danger_and_the_wish_for_a_person_go_before(self, database: Database) -> None:
        chat, _ = handed_in(database)
        chat.says("补充材料")
        assert chat.says("他拿刀追着砍我").purpose == "urgent"
        chat.says("补充材料")
        assert chat.says("转人工").title.startswith("已登记转人工")

    def test_hours_later_a_question_is_a_question_again(self, database: Database) -> None:
        chat, _ = handed_in(database)
        chat.says("补充材料")
        chat.later(hours=5)
        assert chat.says("老板拖欠工资三个月不给，怎么办").topic.startswith("labor.")

    def test_staff_went_on_meanwhile(self, database: Database) -> None:
        chat, number = handed_in(database)
        chat.says("补充材料")
        now_in(database, case_of(database, number), "withdrawn")
        assert "不能再补" in chat.says("还有一张照片").text

    def test_not_to_somebody_elses(self, database: Database) -> None:
        _, number = handed_in(database)
        assert "没有查到您的这个编号" in Chat(database, TELEGRAM).says(f"补充材料 {number}").text


class TestForgotten:
    def test_a_case_that_was_handed_in_stays_and_they_are_told(self, database: Database) -> None:
        chat, number = handed_in(database)
        chat.sends("photo")
        before = case_of(database, number)
        asked = chat.says("清除我的记录")
        assert number in asked.text
        assert "不在清除范围" in asked.text
        assert "照办" in chat.says("确认清除").text
        assert case_of(database, number) == before
        assert rows(database, attachments)[0]["state"] == "wanted"
        assert chat.says("查进度").title.endswith(number)

    def test_files_for_nobody_go(self, database: Database) -> None:
        chat = Chat(database)
        chat.says("转人工")
        chat.sends("photo")
        chat.fills("清除我的记录", "确认清除")
        (file,) = rows(database, attachments)
        assert (file["state"], file["name"]) == ("removed", "")

    def test_in_safe_mode_no_number_is_named(self, database: Database) -> None:
        chat, number = handed_in(database)
        database.write_now(lambda c: c.execute(conversations.update().values(safe_mode=True)))
        told = chat.says("清除")
        assert number not in told.text
        assert "照办" in told.text
