"""What lists, cards and alerts show of a matter in safe mode: its number, and that it is in the county."""

from dataclasses import replace

from handlers.desk.neutral import PROTECTED, QUIET_TITLE, place_of, quiet, summary_of, title_of, visit
from handlers.message import Button, Reply

TITLED = Reply(
    "请周一来。", title="离婚和家暴", buttons=(Button("好", "ok"),), topic="dv.shelter", cites=("《反家庭暴力法》",)
)


def test_outside_safe_mode_all_is_shown() -> None:
    assert title_of("离婚", safe_mode=False, conversation_id=123) == "离婚"
    assert place_of("龙潭镇", safe_mode=False) == "龙潭镇"
    assert place_of(None, safe_mode=False) == ""
    assert summary_of("老公打我", safe_mode=False) == "老公打我"


def test_in_safe_mode_nothing_tells_what_it_is_or_where() -> None:
    assert visit(123) == "来访 C000123"
    assert title_of("离婚", safe_mode=True, conversation_id=123) == "来访 C000123"
    assert title_of("法律援助：家暴", safe_mode=True, number="FY2026-YY-7") == "工单 FY2026-YY-7"
    assert place_of("龙潭镇", safe_mode=True) == "县内"
    assert place_of(None, safe_mode=True) == "县内"
    assert summary_of("老公打我", safe_mode=True) == PROTECTED


def test_a_reply_that_is_no_answer_bears_a_title_that_tells_nothing() -> None:
    for purpose in ("staff", "notice", "closing"):
        shown = quiet(replace(TITLED, purpose=purpose))
        assert (shown.title, shown.topic, shown.cites) == (QUIET_TITLE, "", ())
        assert (shown.text, shown.buttons) == (TITLED.text, TITLED.buttons)


def test_answers_and_plain_words_stay_as_they_are() -> None:
    for purpose in ("answer", "urgent", "welcome", "handover"):
        reply = replace(TITLED, purpose=purpose)
        assert quiet(reply) == reply
    plain = Reply("我是张莉。", author="张莉", purpose="staff")
    assert quiet(plain) == plain
