"""A resident's talk on the page: asking, choosing, danger, forgetting."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.browser.chat import DESKTOP, PHONE, TALL_PHONE, WAGES
from tests.browser.conftest import Visit

DANGER = "他正在打我快救我"
UNCLEAR = "工资"
TALK = "fawen.talk.1"


def labels(reply: Locator) -> list[str]:
    return reply.locator("button.choice").all_inner_texts()


@pytest.mark.parametrize("size", [PHONE, TALL_PHONE, DESKTOP], ids=str)
def test_the_page_says_who_speaks_and_what_one_can_ask(visit: Visit, size: tuple[int, int]) -> None:
    chat = visit(size)
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("法问")
    greeting = chat.log.locator("[data-key=greeting]")
    expect(greeting).to_contain_text("不是律师")
    expect(greeting).to_contain_text("清除我的记录")
    assert "转人工" in labels(greeting)
    expect(chat.words).to_be_in_viewport(ratio=1)
    expect(chat.send).to_be_in_viewport(ratio=1)
    answered = chat.tap("被拖欠工资", within=greeting)
    expect(answered.locator("h2.title")).to_be_in_viewport(ratio=1)


def test_a_question_gets_a_cited_card_and_its_follow_ups_are_understood(visit: Visit) -> None:
    chat = visit(PHONE)
    card = chat.say(WAGES)
    expect(chat.mine.last).to_contain_text(WAGES)
    title = card.locator("h2.title")
    expect(title).to_contain_text("工资")
    expect(title).to_be_in_viewport(ratio=1)
    expect(card.locator("p.text")).to_have_text(re.compile("①.+②", re.DOTALL))
    cites = card.locator(".cites li").all_inner_texts()
    assert cites
    assert all(cite.startswith("《") for cite in cites)
    assert labels(card) == ["更多", "有用", "没用", "不是我的情况", "转人工"]

    expect(chat.tap("更多").locator("p.text")).to_contain_text("【要带的】")

    materials = chat.say("要什么材料")
    expect(materials.locator("h2.title")).to_have_text(title.inner_text())
    expect(materials.locator("p.text")).to_contain_text("身份证")


def test_an_unclear_question_is_settled_by_a_tap(visit: Visit) -> None:
    chat = visit(PHONE)
    asked_back = chat.say(UNCLEAR)
    *questions, none, human = labels(asked_back)
    assert 2 <= len(questions) <= 3
    assert (none, human) == ("都不是", "转人工")
    answer = chat.tap(questions[1])
    expect(chat.mine.last).to_contain_text(questions[1])
    expect(answer.locator("h2.title")).to_have_text(questions[1])
    expect(chat.choice(questions[1], asked_back)).to_have_attribute("aria-pressed", "true")


def test_a_shaking_hand_chooses_once(visit: Visit) -> None:
    chat = visit(PHONE)
    card = chat.say(WAGES)
    now = datetime.now(UTC)
    chat.page.clock.set_fixed_time(now)
    more = chat.choice("更多", card)

    def tap_again_while_it_is_underway(route: Route) -> None:
        chat.page.clock.set_fixed_time(now + timedelta(seconds=5))
        more.evaluate("button => button.click()")
        chat.page.clock.set_fixed_time(now)
        route.continue_()

    chat.page.route("**/api/v1/messages", tap_again_while_it_is_underway, times=1)
    more.click()
    expect(chat.replies).to_have_count(2)
    more.click()  # at once, though the answer came between the two
    chat.say("谢谢")
    expect(chat.mine).to_have_count(3)
    chat.page.clock.set_fixed_time(now + timedelta(seconds=10))
    more.click()  # and this is meant
    expect(chat.replies).to_have_count(4)


def test_a_judgement_is_given_once_and_stays(visit: Visit) -> None:
    chat = visit(TALL_PHONE)
    card = chat.say(WAGES)
    chat.tap("有用")
    chat.page.reload(wait_until="domcontentloaded")
    card = chat.replies.first
    expect(chat.choice("有用", card)).to_be_disabled()
    expect(chat.choice("有用", card)).to_have_attribute("aria-pressed", "true")
    expect(chat.choice("没用", card)).to_be_disabled()
    expect(chat.choice("更多", card)).to_be_enabled()


def test_danger_brings_a_red_card_with_calls_that_is_spoken_and_focused(visit: Visit) -> None:
    chat = visit(PHONE)
    card = chat.say(DANGER)
    expect(card).to_have_class(re.compile(r"\burgent\b"))
    red, green, blue = map(
        int, re.findall(r"\d+", card.locator(".bubble").evaluate("b => getComputedStyle(b).borderLeftColor"))
    )
    assert red > 2 * max(green, blue)
    calls = card.locator(".calls a.call")
    expect(calls.first).to_have_attribute("href", "tel:110")
    expect(calls.first).to_be_in_viewport(ratio=1)
    expect(calls.first).to_contain_text("拨打 110")
    expect(chat.page.get_by_role("alert")).to_contain_text("拨打 110")
    expect(card.locator(".bubble")).to_be_focused()
    chat.page.keyboard.press("Tab")
    expect(calls.first).to_be_focused()


def test_a_reload_keeps_the_talk(visit: Visit) -> None:
    chat = visit(PHONE)
    chat.say(WAGES)
    chat.tap("更多")
    before = chat.items.all_inner_texts()
    assert len(before) == 5
    chat.page.reload(wait_until="domcontentloaded")
    expect(chat.items).to_have_count(5)
    assert chat.items.all_inner_texts() == before
    # The conversation goes on where it was: a follow-up is about the answer before the reload.
    expect(chat.say("要什么材料")).to_contain_text("身份证")


def test_a_whole_talk_by_keyboard(visit: Visit) -> None:
    chat = visit(DESKTOP)
    keyboard = chat.page.keyboard
    keyboard.press("Tab")
    skip = chat.page.get_by_role("link", name="跳到输入框")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    keyboard.press("Enter")
    expect(chat.words).to_be_focused()
    keyboard.type(WAGES)
    keyboard.press("Shift+Enter")
    keyboard.type("急")
    expect(chat.words).to_have_value(f"{WAGES}\n急")
    keyboard.press("Enter")
    expect(chat.replies).to_have_count(1)
    expect(chat.words).to_be_focused()
    for label in ["转人工", "不是我的情况", "没用", "有用", "更多"]:
        keyboard.press("Shift+Tab")
        expect(chat.choice(label)).to_be_focused()
    keyboard.press("Enter")
    expect(chat.replies).to_have_count(2)
    expect(chat.last).to_contain_text("【要带的】")


def test_clearing_asks_first_and_then_leaves_nothing_behind(visit: Visit) -> None:
    chat = visit(PHONE)
    chat.say(WAGES)
    chat.page.get_by_role("button", name="清除记录").click()
    question = chat.page.get_by_role("alertdialog")
    expect(question.get_by_role("button", name="清除记录")).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    expect(chat.replies).to_have_count(1)

    chat.page.get_by_role("button", name="清除记录").click()
    question.get_by_role("button", name="清除记录").click()
    expect(chat.replies).to_have_count(2)
    chat.choice("确认清除").click()
    expect(chat.last).to_contain_text("已经清除")
    expect(chat.items).to_have_count(2)  # the greeting and the confirmation
    assert WAGES not in str(chat.kept(TALK))
    chat.page.reload(wait_until="domcontentloaded")
    expect(chat.say("谢谢")).to_be_visible()
    expect(chat.replies).to_have_count(2)


def test_what_a_resident_writes_is_shown_and_never_run(visit: Visit) -> None:
    chat = visit(PHONE)
    written = "<img src=x onerror=alert(1)><b>工资</b> & </p>"
    chat.say(written)
    expect(chat.mine.last.locator("p.text")).to_have_text(written)
    assert chat.log.locator("img, b").count() == 0


def test_without_javascript_the_page_gives_the_hotline(visit: Visit) -> None:
    chat = visit(PHONE, java_script_enabled=False)
    expect(chat.page.locator(".no-script a.tel").first).to_have_attribute("href", "tel:12348")
    expect(chat.page.locator(".no-script")).to_be_visible()
    expect(chat.send).to_be_hidden()
