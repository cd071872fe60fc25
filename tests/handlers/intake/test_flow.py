"""A form through all that comes between: steps back, odd input, danger, people, days. One database is enough."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from handlers.intake.draft import Draft
from handlers.intake.forms import FORMS
from handlers.intake.start import payload_of, wanted
from handlers.message import Kind, Media
from storage import cases as case_rows
from storage.database import Database
from storage.schema import attachments, cases, conversations
from tests.desk_tools import conversation, set_holder
from tests.handlers.tools import office, respond, turn
from tests.intake_answers import ANSWERS, BEGUN, REACHED, STORY
from tests.intake_tools import Chat
from tests.storage_tools import KEY, rows


@pytest.fixture
def database(tmp_path: Path, sqlite_template: Path, opened: Callable[[str], Database]) -> Database:
    """SQLite alone: both databases are asked in `test_to_the_case`."""
    shutil.copyfile(sqlite_template, tmp_path / "fawen.db")
    return opened(f"sqlite:///{tmp_path / 'fawen.db'}")


class TestLegalAid:
    def test_it_screens_without_promising_and_says_what_to_bring(self, database: Database) -> None:
        chat = Chat(database)
        chat.says(BEGUN)
        assert "第31条第5项" in chat.says("讨工钱、确认劳动关系").text
        chat.says(STORY)
        assert "第38条" in chat.says("外地").text
        assert "第42条第3项" in chat.says("农民工").text
        chat.fills("跳过", "龙潭镇", *REACHED)
        told = chat.says("确认提交")
        for words in ("第43条", "3月11日（周三）18:00", "身份证", "诚信承诺", "拍照"):
            assert words in told.text
        assert "一定" not in told.text
        (row,) = rows(database, cases)
        assert row["details"] == {"类别": "民事", "案由": "劳动报酬、劳动关系", "受援人类别": "农民工"}
        assert row["client_types"] == ["农民工"]
        assert row["due_at"].astimezone(chat.at.tzinfo).isoformat() == "2026-03-11T18:00:00+08:00"

    def test_under_14_a_guardian_agrees_and_is_asked_for(self, database: Database) -> None:
        chat = Chat(database)
        chat.fills(BEGUN, "赡养费、抚养费、扶养费", "孩子爸爸一直不给抚养费，打电话也不接", "本县")
        assert chat.says("未成年人").title.endswith("第 5 步，共 10 步")
        chat.fills("没满", "跳过")
        consent = chat.says("龙潭镇")
        assert "第31条" in consent.text
        assert [button.label for button in consent.buttons][:2] == ["我是监护人，同意", "不同意"]
        assert "监护人叫什么名字" in chat.says("我是监护人，同意").text
        assert "监护人的电话" in chat.says("王五").text
        chat.says("13812345678")
        assert "户口簿" in chat.says("确认提交").text
        (row,) = rows(database, cases)
        assert row["minor"] == 1

    def test_violence_is_safe_mode_and_asks_whether_to_call(self, database: Database) -> None:
        chat = Chat(database)
        chat.says(BEGUN)
        assert "不看经济条件" in chat.says("家暴、虐待、遗弃").text
        assert conversation(database).safe_mode
        chat.fills("他经常动手，孩子也怕他，我想离婚", "本县", "都不是", "跳过", "龙潭镇", *REACHED)
        assert "安全吗" in chat.outcome.replies[0].text  # type: ignore[union-attr]
        assert "什么时候打安全" in chat.says("只能在我说的时间打").text
        chat.says("工作日上午，就说村里通知开会")
        told = chat.says("确认提交")
        assert "不会主动给您发消息" in told.text
        (row,) = rows(database, cases)
        assert row["safe_mode"] == 1
        facts = {fact["label"]: fact["value"] for fact in row["facts"]}
        assert facts["能不能打电话"] == "只能在我说的时间打"
        assert facts["什么时候、怎么打"] == "工作日上午，就说村里通知开会"


class TestConsent:
    def test_without_it_no_name_is_asked_and_legal_aid_cannot_go_on(self, database: Database) -> None:
        chat = Chat(database)
        chat.says(BEGUN)
        consent = chat.fills(*ANSWERS["legal_aid"][:-3])
        for words in ("姓名和电话", "只用来办这件事", "年限", "敏感"):
            assert words in consent.text
        refused = chat.says("不同意")
        assert "12348" in refused.text
        assert [button.label for button in refused.buttons] == ["同意", "不填了"]
        assert "叫什么名字" in chat.says("同意").text

    @pytest.mark.parametrize("kind", [kind for kind, form in FORMS.items() if form.anonymous])
    def test_an_appeal_or_a_complaint_may_be_unnamed(self, database: Database, kind: str) -> None:
        chat = Chat(database)
        chat.taps(payload_of(kind))
        summary = chat.fills(*ANSWERS[kind][:-3], "不同意")
        assert "不留姓名电话" in summary.text
        told = chat.says("确认提交")
        assert "您发编号来查" in told.text
        (row,) = rows(database, cases)
        assert (row["name_sealed"], row["phone_sealed"], row["phone_hash"], row["consent_at"]) == (None,) * 4


class TestMoving:
    def test_back_change_skip(self, database: Database) -> None:
        chat = Chat(database)
        chat.fills(BEGUN, "1", STORY)
        assert "第 2 步" in chat.says("上一步").title
        assert "第 1 步" in chat.says("上一步").title
        assert "第一步" in chat.says("上一步").text
        assert "第 3 步" in chat.says("刑事案件").title  # the answers in between stand
        assert "跳不过去" in chat.says("跳过").text
        assert "还没填到" in chat.says("改第5项").text
        assert "没有第 12 项" in chat.says("改12").text
        assert "第 2 步" in chat.says("改 2").title
        chat.fills("换一种说法：公司一直拖着不给工钱", "本县", "都不是")
        assert "第 6 步" in chat.says("跳过").title
        chat.fills("龙潭镇", *REACHED)
        assert "第 2 步" in chat.says("改第二项").title
        summary = chat.says("最后改成：厂里关门了，工钱没着落")
        assert "厂里关门了" in summary.text
        assert "对方：（没有填）" in summary.text

    def test_a_button_of_an_earlier_step_is_no_answer_to_this_one(self, database: Database) -> None:
        chat = Chat(database)
        chat.fills(BEGUN, "1")
        told = chat.taps("form:matter:5")
        assert "前面一步" in told.text
        assert "第 2 步" in told.title
        chat.says(STORY)
        assert Draft.of(chat.outcome.dialog).answers["matter"] == "0"  # type: ignore[union-attr]

    def test_cancelled_only_at_the_second_word(self, database: Database) -> None:
        chat = Chat(database)
        chat.fills(BEGUN, "1")
        asked = chat.says("取消")
        assert [button.label for button in asked.buttons] == ["确定不填了", "接着填"]
        assert "第 2 步" in chat.says("接着填").title
        chat.says("取消")
        assert "都删了" in chat.says("确定不填了").text
        assert conversation(database).dialog.get("form") is None
        assert "已经不能用了" in chat.taps("form:matter:1").text

    def test_not_the_summary_but_what_is_wrong(self, database: Database) -> None:
        chat = Chat(database)
        chat.fills(BEGUN, *ANSWERS["legal_aid"])
        assert "改第2项" in chat.says("不对").text
        assert "还没有提交" in chat.says("我看看").text
        assert chat.says("好的").title.startswith("已提交")

    def test_a_number_means_a_choice_and_an_amount_is_none(self, database: Database) -> None:
        chat = Chat(database)
        chat.fills("我要申请调解", "2", STORY, "李四")
        assert "第 5 步" in chat.says("35000").title
        draft = Draft.of(chat.outcome.dialog)  # type: ignore[union-attr]
        assert draft is not None
        assert (draft.answers["dispute"], draft.answers["amount"]) == ("1", "3500000")


class TestNotUnderstood:
    def test_asked_again_with_an_example_and_nothing_is_lost(self, database: Database) -> None:
        chat = Chat(database)
        chat.fills(BEGUN, *ANSWERS["legal_aid"][:-1])
        told = chat.says("138 1234 567")
        assert "10 位" in told.text
        assert "13800000000" in told.text
        again = chat.says("等我翻一下")
        assert "转人工" in again.text
        assert chat.says("一三八一二三四五六七八").title.endswith("请核对")

    def test_a_question_is_shown_the_way(self, database: Database) -> None:
        chat = Chat(database)
        chat.fills(BEGUN, "1")
        told = chat.says("要带什么材料")
        assert "发“暂停”" in told.text
        assert "第 2 步" in told.title

    @pytest.mark.parametrize(
        "text", ["", "　", "😀😀😀", "\u200b", "a" * 3000, "<script>alert(1)</script>", "'; DROP TABLE"]
    )
    def test_odd_input_keeps_the_form(self, database: Database, text: str) -> None:
        chat = Chat(database)
        chat.fills(BEGUN, "1", STORY)
        chat.says(text)
        draft = Draft.of(chat.outcome.dialog)  # type: ignore[union-attr]
        assert draft is not None
        assert set(draft.answers) >= {"matter", "story"}

    def test_a_place_on_the_map_is_no_answer(self, database: Database) -> None:
        chat = Chat(database)
        chat.fills(BEGUN, "1", STORY)
        (reply,) = chat.hears(Kind.LOCATION, "")
        assert "请用文字写" in reply.text
        assert "第 3 步" in reply.title


class TestComesBetween:
    def test_paused_for_another_question_and_taken_up_again(self, database: Database) -> None:
        chat = Chat(database)
        chat.fills(BEGUN, "1", STORY)
        assert "发“继续”" in chat.says("暂停").text
        answered = chat.says(matcher_question())
        assert answered.topic == "labor.unpaid-wages-general"
        assert "先放着" not in answered.text  # said once
        assert "第 3 步" in chat.says("继续").title

    def test_danger_wins_and_the_words_are_not_lost(self, database: Database) -> None:
        chat = Chat(database)
        chat.fills("我要申请调解", "邻里")
        danger = "隔壁占了我家的路，他拿刀追着砍我"
        card = chat.says(danger)
        assert card.purpose == "urgent"
        assert "先放着" not in card.text
        told = chat.says("继续")
        assert "就当这一步的答案" in told.text
        draft = Draft.of(chat.outcome.dialog)  # type: ignore[union-attr]
        assert draft is not None
        assert draft.answers["story"] == danger

    def test_a_person_is_asked_for_in_the_middle(self, database: Database) -> None:
        chat = Chat(database)
        chat.fills(BEGUN, "1")
        told = chat.says("转人工")
        assert told.title.startswith("已登记转人工")
        assert "“法律援助申请”先放着（填到第 2 步），发“继续”接着填" in told.text
        assert "第 2 步" in chat.says("继续").title

    def test_silent_while_a_person_holds_the_conversation_and_there_afterwards(self, database: Database) -> None:
        chat = Chat(database)
        chat.fills(BEGUN, "1", STORY)
        database.write_now(lambda c: set_holder(c, KEY, "person", "王五"))
        assert chat.hears(Kind.TEXT, "本县") == ()
        assert chat.hears(Kind.MEDIA, "", media=None) == ()
        database.write_now(lambda c: set_holder(c, KEY, "bot", None))
        assert "第 3 步" in chat.says("继续").title

    def test_days_later_after_a_dead_telephone(self, database: Database) -> None:
        chat = Chat(database)
        chat.fills(BEGUN, "1")
        chat.later(days=3)
        asked = chat.says(STORY)
        assert "填到第 2 步（共 9 步）" in asked.text
        assert [button.label for button in asked.buttons] == ["接着填", "先问别的", "不填了"]
        assert "第 3 步" in chat.says("接着填").title  # what was written then counts
        chat.later(days=3)
        assert "第 4 步" in chat.says("本县").title  # a choice of the step that waits can mean nothing else

    def test_days_later_with_another_question(self, database: Database) -> None:
        chat = Chat(database)
        chat.fills(BEGUN, "1", STORY)
        chat.later(days=3)
        chat.says(matcher_question())
        answered = chat.says("先问别的")
        assert answered.topic == "labor.unpaid-wages-general"
        assert "第 3 步" in chat.says("继续").title

    def test_opened_again_after_days(self, database: Database) -> None:
        chat = Chat(database)
        chat.fills(BEGUN, "1", STORY)
        assert chat.hears(Kind.ENTER, "") == ()  # just now: nothing to ask
        chat.later(days=3)
        (asked,) = chat.hears(Kind.ENTER, "")
        assert "接着填吗" in asked.text
        assert chat.hears(Kind.ENTER, "") == ()  # asked once
        assert "第 3 步" in chat.says("好").title

    def test_a_second_form_is_not_begun_over_the_first(self, database: Database) -> None:
        chat = Chat(database)
        chat.fills(BEGUN, "1")
        asked = chat.says("我要申请调解")
        assert "还没填完" in asked.text
        assert "第 2 步" in chat.says("接着填").title
        chat.says("我要申请调解")
        assert chat.says("不要了，填人民调解申请").title.startswith("人民调解申请　第 1 步")

    def test_forgetting_takes_the_form(self, database: Database) -> None:
        chat = Chat(database)
        chat.fills(BEGUN, "1", STORY)
        assert "表也会删掉" in chat.says("清除我的记录").text
        chat.says("确认清除")
        assert "工钱" not in str(rows(database, conversations))
        assert rows(database, cases) == []


class TestFiles:
    def test_what_was_sent_while_filling_in_belongs_to_the_case(self, database: Database) -> None:
        chat = Chat(database)
        chat.says(BEGUN)
        assert "放在一起" in chat.sends("photo-1").text
        chat.fills(*ANSWERS["legal_aid"], "确认提交")
        (case,) = rows(database, cases)
        (file,) = rows(database, attachments)
        assert (file["case_id"], file["source"], file["state"]) == (case["id"], "photo-1", "wanted")

    def test_later_ones_go_with_the_open_case(self, database: Database) -> None:
        chat = Chat(database)
        chat.fills(BEGUN, *ANSWERS["legal_aid"], "确认提交")
        (case,) = rows(database, cases)
        assert case["number"] in chat.sends("photo-2").text
        assert rows(database, attachments)[0]["case_id"] == case["id"]

    def test_with_nothing_that_waits_for_it_the_truth_is_told(self, database: Database) -> None:
        chat = Chat(database)
        assert "还看不了" in chat.sends().text
        assert rows(database, attachments) == []

    def test_for_the_person_who_is_waited_for(self, database: Database) -> None:
        chat = Chat(database)
        number = chat.says("转人工").title.split("　")[1]
        assert number in chat.sends("photo").text
        assert rows(database, attachments)[0]["case_id"] is None

    def test_for_the_person_who_holds_the_conversation(self, database: Database) -> None:
        chat = Chat(database)
        chat.says("你好")
        database.write_now(lambda c: set_holder(c, KEY, "person", "王五"))
        assert chat.hears(Kind.MEDIA, "", media=Media("file", "contract")) == ()
        assert rows(database, attachments)[0]["source"] == "contract"


class TestStart:
    @pytest.mark.parametrize(
        ("said", "kind"),
        [
            ("我要申请法律援助", "legal_aid"),
            ("我想申请法援", "legal_aid"),
            ("帮我申请一下法律援助嘛", "legal_aid"),
            ("我想申请调解", "mediation"),
            ("我要请人调解一下纠纷", "mediation"),
            ("我要反映问题", "appeal"),
            ("我要申请行政复议", "reconsideration"),
            ("我想预约公证", "notarization"),
            ("我要投诉执法人员", "complaint_enforcement"),
            ("我要投诉律师", "complaint_lawyer"),
            ("我要申请上门服务", "visit"),
        ],
    )
    def test_in_the_first_person(self, said: str, kind: str) -> None:
        assert wanted(turn(said).message) == kind

    @pytest.mark.parametrize(
        "said",
        [
            "怎么申请法律援助",
            "我要申请法律援助要什么材料",
            "我能不能申请法律援助",
            "我想申请法律援助可以不",
            "申请法律援助的条件",
            "法律援助",
            "我要申请法律援助多久能批",
            "我想问法律援助的事",
            "我要离婚",
            "老板要我去公证",
            "我要反映村里修路占了我家田",
            "调解不成怎么办",
        ],
    )
    def test_a_question_stays_a_question(self, said: str) -> None:
        assert wanted(turn(said).message) == ""

    @pytest.mark.parametrize("kind", FORMS)
    def test_payloads_go_through_the_web(self, kind: str) -> None:
        assert re.fullmatch(r"[0-9a-z:.-]{1,64}", payload_of(kind))

    def test_under_a_fitting_answer_stands_the_button(self, database: Database) -> None:
        chat = Chat(database)
        entry = office().knowledge.entries["service.legalaid-conditions"]
        card = chat.says(entry.question)
        assert [button.label for button in card.buttons][:2] == ["更多", "在线登记"]
        assert chat.says("在线登记").title.startswith("法律援助申请　第 1 步")

    def test_the_township_that_is_known_is_not_asked_for(self, database: Database) -> None:
        chat = Chat(database)
        chat.says("龙潭镇")
        assert chat.says(BEGUN).title.endswith("共 9 步")
        summary = chat.fills(*(text for text in ANSWERS["legal_aid"] if text != "龙潭镇"))
        assert "6 乡镇街道：龙潭镇" in summary.text

    def test_without_a_desk_there_are_no_forms(self) -> None:
        assert respond(turn(BEGUN)).dialog.form == {}


def test_pressing_reconsideration(database: Database) -> None:
    chat = Chat(database)
    chat.taps(payload_of("reconsideration"))
    chat.fills("某某县公安局", "行政处罚")
    assert "时间很紧" in chat.says("2026年1月8日").text
    chat.fills(STORY, *REACHED, "确认提交")
    (row,) = rows(database, cases)
    assert row["urgent"] == 1
    assert row["details"] == {"被申请人": "某某县公安局", "领域": "行政处罚"}
    case = database.read_now(lambda c: case_rows.read(c, row["id"]))
    assert case is not None
    assert case.due_at is not None


def matcher_question() -> str:
    """A question that is answered at once."""
    return office().knowledge.entries["labor.unpaid-wages-general"].question
