"""快速退出: one tap and the page is gone, with nothing on the screen, in the way back, or kept in safe mode."""

import re

import pytest
from playwright.sync_api import Route, expect

from storage.conversations import read_conversation
from storage.records import ConversationKey
from storage.safety import set_safe_mode
from tests.browser.chat import DESKTOP, TALL_PHONE, WAGES, Chat
from tests.browser.conftest import Visit
from tests.running import Apart

ELSEWHERE = "https://www.baidu.com/"
HURT = "我被家暴了，怎么申请人身安全保护令"
TALK = "fawen.talk.1"
PLAIN_TITLE = "便民服务"
BOTH = pytest.mark.parametrize("size", [TALL_PHONE, DESKTOP], ids=str)


def expect_to_leave(chat: Chat) -> None:
    """Let the other page be there, and tell what the screen shows until it comes."""
    chat.leads_to = ELSEWHERE
    chat.page.route(ELSEWHERE, lambda route: route.fulfill(body="<!doctype html><title>elsewhere</title>"))


def leave(chat: Chat) -> None:
    expect_to_leave(chat)
    chat.page.get_by_role("link", name="快速退出").click()
    chat.page.wait_for_url(ELSEWHERE)


@BOTH
def test_the_way_out_is_there_at_once_and_while_one_reads(visit: Visit, size: tuple[int, int]) -> None:
    chat = visit(size)
    way_out = chat.page.get_by_role("link", name="快速退出")
    expect(way_out).to_be_in_viewport(ratio=1)
    chat.say(WAGES)
    chat.tap("更多")
    chat.page.evaluate("document.getElementById('scroller').scrollTop = 1e6")
    expect(way_out).to_be_in_viewport(ratio=1)
    assert chat.blemishes() == []


def test_it_stays_where_the_header_scrolls_away(visit: Visit) -> None:
    chat = visit((568, 320))
    card = chat.say(WAGES)
    way_out = chat.page.get_by_role("link", name="快速退出")
    expect(way_out).to_be_in_viewport(ratio=1)
    box, title = way_out.bounding_box(), card.locator("h2.title").bounding_box()
    assert box is not None
    assert title is not None
    assert title["y"] >= box["y"] + box["height"], "it hides the title of the answer"
    chat.page.evaluate("document.getElementById('scroller').scrollTop = 0")
    other = chat.page.get_by_role("button", name="清除记录").bounding_box()
    assert other is not None
    assert other["x"] + other["width"] <= box["x"]


@BOTH
def test_in_safe_mode_nothing_is_left(visit: Visit, size: tuple[int, int]) -> None:
    chat = visit(size)
    told = chat.say(HURT)
    expect(told).to_contain_text("快速退出")
    expect(chat.page).to_have_title(PLAIN_TITLE)
    assert chat.kept(TALK)["safe"] is True
    leave(chat)
    assert chat.page.evaluate("history.length") <= 2, "the page is still in the way back"
    chat.open()
    expect(chat.items).to_have_count(1)
    expect(chat.page).to_have_title(re.compile("公共法律服务"))
    kept = chat.kept(TALK) or {}
    assert (kept.get("conversation"), kept.get("items", [])) == (None, [])


def test_the_screen_is_empty_before_the_other_page_comes(visit: Visit) -> None:
    look = "[document.title, getComputedStyle(document.getElementById('scroller')).visibility]"
    keep = f"localStorage.setItem('seen', JSON.stringify({look}))"
    note = f"if (location.protocol === 'http:') addEventListener('beforeunload', () => {keep})"
    chat = visit(TALL_PHONE, prepare=note)
    chat.say(HURT)
    leave(chat)
    chat.open()
    assert chat.kept("seen") == [PLAIN_TITLE, "hidden"]


def test_an_answer_on_its_way_does_not_bring_the_talk_back(visit: Visit) -> None:
    chat = visit(TALL_PHONE)
    chat.say(HURT)
    answered: list[bool] = []

    def answer_late(route: Route) -> None:
        answer = route.fetch()
        chat.page.evaluate("document.getElementById('exit').click()")
        route.fulfill(response=answer)
        answered.append(True)

    def be_slow(route: Route) -> None:
        while not answered:
            chat.page.wait_for_timeout(50)
        chat.page.wait_for_timeout(300)
        route.fulfill(body="<!doctype html><title>elsewhere</title>")

    chat.leads_to = ELSEWHERE
    chat.page.route(ELSEWHERE, be_slow)
    chat.page.route("**/api/v1/messages", answer_late, times=1)
    chat.words.fill("还有一件事")
    chat.send.click()
    chat.page.wait_for_url(ELSEWHERE)
    chat.open()
    expect(chat.items).to_have_count(1)
    assert HURT not in str(chat.kept(TALK))


@BOTH
def test_escape_twice_leaves_and_once_does_not(visit: Visit, size: tuple[int, int]) -> None:
    chat = visit(size)
    chat.say(HURT)
    expect_to_leave(chat)
    chat.words.click()
    chat.page.keyboard.press("Escape")
    chat.page.wait_for_timeout(1200)
    chat.page.keyboard.press("Escape")
    expect(chat.words).to_be_visible()
    chat.page.keyboard.press("Escape")
    chat.page.wait_for_url(ELSEWHERE)


def test_elsewhere_the_talk_is_put_away_until_one_goes_on(visit: Visit) -> None:
    chat = visit(TALL_PHONE)
    chat.say(WAGES)
    conversation = chat.kept(TALK)["conversation"]
    leave(chat)
    chat.open()
    expect(chat.replies).to_be_hidden()
    assert WAGES not in chat.page.locator("main").inner_text()
    assert chat.blemishes() == []
    chat.page.get_by_role("button", name="接着上次说").click()
    expect(chat.replies).to_be_visible()
    expect(chat.say("要什么材料")).to_contain_text("身份证")
    assert chat.kept(TALK)["conversation"] == conversation
    chat.page.reload(wait_until="domcontentloaded")
    expect(chat.replies).to_have_count(2)


def test_what_was_put_away_can_be_cleared(visit: Visit) -> None:
    chat = visit(TALL_PHONE)
    chat.say(WAGES)
    leave(chat)
    chat.open()
    chat.page.get_by_role("button", name="从这里清掉，重新开始").click()
    expect(chat.items).to_have_count(1)
    assert WAGES not in str(chat.kept(TALK))
    expect(chat.say("要什么材料")).not_to_contain_text("身份证")  # a new conversation knows nothing of the old one


def test_in_safe_mode_one_word_clears_the_talk_on_the_screen_too(visit: Visit) -> None:
    chat = visit(TALL_PHONE)
    chat.say(HURT)
    chat.words.fill("清除")
    chat.send.click()
    expect(chat.last).to_contain_text("已经清除")
    expect(chat.items).to_have_count(2)
    assert "家暴" not in str(chat.kept(TALK))
    expect(chat.page).to_have_title(PLAIN_TITLE)


def test_staff_set_safe_mode_while_the_page_is_open(visit: Visit, service: Apart) -> None:
    chat = visit(TALL_PHONE)
    with chat.page.expect_response(lambda answer: answer.request.resource_type == "eventsource"):
        chat.say(WAGES)
    expect(chat.page).to_have_title(re.compile("公共法律服务"))
    key = ConversationKey("web", "web", chat.kept(TALK)["conversation"])
    for on, title in ((True, re.compile(PLAIN_TITLE)), (False, re.compile("公共法律服务"))):
        _set_safe_mode(service, key, on)
        expect(chat.page).to_have_title(title)


def _set_safe_mode(service: Apart, key: ConversationKey, on: bool) -> None:
    async def write() -> None:
        database = service.app.database
        found = await database.read(lambda c: read_conversation(c, key))
        assert found is not None
        await database.write(lambda c: set_safe_mode(c, found.id, on, service.app.tools.clock()))
        service.app.tools.said(key)

    service.do(write())


def test_without_javascript_the_way_out_is_a_link(visit: Visit) -> None:
    chat = visit(TALL_PHONE, java_script_enabled=False)
    expect(chat.page.get_by_role("link", name="快速退出")).to_have_attribute("href", ELSEWHERE)
