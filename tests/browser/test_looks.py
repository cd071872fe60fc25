"""How the page looks and weighs: old phones, old eyes, slow networks."""

import httpx
from playwright.sync_api import expect

from tests.browser.chat import DESKTOP, PHONE, TALL_PHONE, WAGES, Chat
from tests.browser.conftest import Visit
from tests.browser.test_conversation import DANGER, UNCLEAR
from tests.browser.test_later import staff_says
from tests.running import Apart

SMALLEST_PHONE = (320, 568)
HEAVIEST = 60 * 1024


def everything_that_is_wrong(chat: Chat) -> dict[str, list[str]]:
    """The blemishes on each screen, by day and by night, in both sizes of type."""
    found = {}
    for width, height in (SMALLEST_PHONE, PHONE, TALL_PHONE, DESKTOP):
        chat.page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            chat.page.emulate_media(color_scheme=scheme)
            for _ in range(2):
                large = chat.page.get_by_role("button", name="大字")
                found[f"{width}x{height} {scheme}, large {large.get_attribute('aria-pressed')}"] = chat.blemishes()
                large.click()
    return {where: blemishes for where, blemishes in found.items() if blemishes}


def test_a_full_talk_fits_every_screen_in_both_types_by_day_and_night(visit: Visit, service: Apart) -> None:
    chat = visit(PHONE)
    chat.say(WAGES)
    chat.tap("有用")
    chat.say(UNCLEAR)
    chat.say(DANGER)
    chat.say("字" * 400 + "a" * 200 + " https://example.org/" + "b" * 200)
    chat.words.fill("长" * 1900)
    expect(chat.page.locator("#room")).to_have_text("还可以写 100 个字")
    chat.page.evaluate("document.getElementById('scroller').scrollTop = 0")
    staff_says(service, chat)
    expect(chat.page.locator("#newer")).to_be_visible()
    assert everything_that_is_wrong(chat) == {}


def test_a_message_that_failed_and_the_question_before_clearing_look_right(visit: Visit) -> None:
    chat = visit(PHONE)
    chat.network_may_fail = True
    chat.page.context.set_offline(offline=True)
    chat.words.fill(WAGES)
    chat.send.click()
    expect(chat.page.get_by_role("button", name="未送达，点这里重发")).to_be_visible()
    chat.page.get_by_role("button", name="清除记录").click()
    expect(chat.page.get_by_role("alertdialog")).to_be_visible()
    assert everything_that_is_wrong(chat) == {}


def test_large_type_is_remembered(visit: Visit) -> None:
    chat = visit(PHONE)
    text = chat.log.locator("p.text").first
    usual = text.evaluate("node => parseFloat(getComputedStyle(node).fontSize)")
    chat.page.get_by_role("button", name="大字").click()
    chat.page.reload(wait_until="domcontentloaded")
    expect(chat.page.get_by_role("button", name="大字")).to_have_attribute("aria-pressed", "true")
    assert text.evaluate("node => parseFloat(getComputedStyle(node).fontSize)") >= 1.3 * usual
    assert chat.kept("fawen.large") is True
    chat.page.get_by_role("button", name="大字").click()
    chat.page.reload(wait_until="domcontentloaded")
    assert text.evaluate("node => parseFloat(getComputedStyle(node).fontSize)") == usual


def test_the_whole_page_weighs_less_than_60_kilobytes(visit: Visit) -> None:
    chat = visit(PHONE)
    asked: set[str] = set()
    chat.page.on("request", lambda request: asked.add(request.url))
    chat.page.reload(wait_until="load")
    weights = {url.removeprefix(chat.base_url).partition("?")[0]: len(httpx.get(url).content) for url in asked}
    assert {"/", "/page/chat.css", "/page/chat.js", "/page/icon.svg"} <= set(weights)
    assert all(weights.values()), weights
    assert sum(weights.values()) < HEAVIEST, weights


def test_the_page_runs_no_script_but_its_own(visit: Visit) -> None:
    chat = visit(PHONE)
    chat.page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: '1'}))")
    (violation,) = chat.faults()
    assert "Content Security Policy" in violation
    chat.faults().clear()
