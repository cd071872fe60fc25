"""The desk while it happens: two browsers and one resident, live rows and lines, double clicks."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from bot.console import watch
from storage.schema import handovers
from tests.browser.conftest import OpenDesk
from tests.browser.desk import PHONE_OF_STAFF
from tests.browser.desk_people import claimed
from tests.browser.office import Office, open_office, page_of, send, through


@pytest.fixture
def office(tmp_path: Path, desk: OpenDesk) -> Iterator[Office]:
    with open_office(tmp_path, desk) as found:
        yield found


def test_who_comes_and_who_is_taken_shows_in_the_queue_without_a_reload(office: Office) -> None:
    ran = office.desk("ran", "/queue")
    expect(ran.page.get_by_text("没有人在等，歇一口气。")).to_be_visible()
    ran.page.evaluate("window.stays = true")
    first = office.waits()
    expect(ran.page.get_by_role("button", name="接待")).to_have_count(1)
    expect(ran.page).to_have_title(re.compile(r"^\(1\) 等候"))
    expect(ran.page.locator(".side .count")).to_have_text("1")
    office.app.do(claimed(office.app.running, first, office.wang))
    expect(ran.page.get_by_text("王敏 已接待")).to_be_visible()
    expect(ran.page.get_by_role("button", name="接待")).to_have_count(0)
    expect(ran.page).to_have_title(re.compile(r"^等候"))
    office.waits()
    expect(ran.page.get_by_role("button", name="接待")).to_have_count(1)
    assert ran.page.evaluate("window.stays") is True


def test_of_two_browsers_that_race_one_has_it_and_the_other_hears_who(office: Office) -> None:
    talk = office.waits()
    wang, ran = office.desk("wang", "/queue"), office.desk("ran", "/queue", PHONE_OF_STAFF)
    # Their pages hear nothing of each other, as two clicks within the same moment do not.
    for at in (wang, ran):
        at.page.evaluate("window.stop()")
    wang.page.get_by_role("button", name="接待").click()
    expect(wang.page.get_by_label("写给来访人")).to_be_visible()
    ran.page.get_by_role("button", name="接待").click()
    expect(ran.page.get_by_role("status").first).to_contain_text("王敏 正在接待，不用重复接")
    ran.go(page_of(talk))
    expect(ran.page.locator("#standing")).to_contain_text("王敏 正在接待（在工作台）")
    expect(ran.page.get_by_label("写给来访人")).to_have_count(0)
    assert ran.blemishes() == []


def test_a_double_click_claims_once_and_says_once(office: Office) -> None:
    talk = office.waits()
    wang = office.desk("wang", "/queue")
    wang.page.get_by_role("button", name="接待").dblclick()
    wang.page.get_by_label("写给来访人").fill("您好，我看一下。")
    wang.page.get_by_role("button", name="发送").dblclick()
    expect(wang.page.locator("#talk").get_by_text("您好，我看一下。")).to_have_count(1)
    through(wang)
    send(wang, "第二句。")
    expect(wang.page.locator("#talk").get_by_text("第二句。")).to_be_visible()
    assert office.said_by_staff(talk) == ["您好，我看一下。", "第二句。"]
    claims = office.write(lambda c: list(c.execute(select(handovers.c.claimed_by))))
    assert [row.claimed_by for row in claims] == [office.wang.id]


def test_enter_sends_and_shift_enter_begins_a_line(office: Office) -> None:
    talk = office.held()
    wang = office.desk("wang", page_of(talk))
    words = wang.page.get_by_label("写给来访人")
    words.fill("第一行")
    words.press("Shift+Enter")
    words.type("第二行")
    words.press("Enter")
    words.fill("再说一句")  # at once, while the first is on its way
    words.press("Control+Enter")
    expect(wang.page.locator("#talk").get_by_text("再说一句")).to_be_visible()
    through(wang)
    assert office.said_by_staff(talk) == ["第一行\n第二行", "再说一句"]


def test_without_streams_the_pages_ask_now_and_then(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "MOST", 0)
    talk = office.held()
    wang, ran = office.desk("wang", page_of(talk)), office.desk("ran", "/queue")
    # The refusal of a stream is told on the browser's console, and is what this test is about.
    expect(ran.page.get_by_text("没有人在等，歇一口气。")).to_be_visible()
    office.resident_says(talk, "问了没有流也要到")
    office.waits()
    expect(wang.page.locator("#talk > li.theirs").last).to_contain_text("问了没有流也要到")
    expect(ran.page.get_by_role("button", name="接待")).to_have_count(1)
    for at in (wang, ran):
        assert all("503" in fault for fault in at.faults()), at.faults()
        at.faults().clear()


def test_handed_on_by_the_supervisor_the_colleague_has_it(office: Office) -> None:
    talk = office.held()
    li = office.desk("li", page_of(talk), PHONE_OF_STAFF)
    li.page.get_by_label("转给").select_option(label="冉小兰（县中心）")
    li.page.get_by_role("button", name="转过去").click()
    expect(li.page.get_by_role("status").first).to_contain_text("转给 冉小兰 了")
    ran = office.desk("ran", "/")
    ran.page.get_by_role("link", name=re.compile("RG")).click()
    expect(ran.page.get_by_label("写给来访人")).to_be_visible()


def test_a_note_is_written_without_leaving_the_page_and_safe_mode_is_switched(office: Office) -> None:
    talk = office.held()
    wang = office.desk("wang", page_of(talk), PHONE_OF_STAFF)
    wang.page.locator("summary.button", has_text="备注").tap()
    wang.page.get_by_label("写给同事看的，居民看不到").fill("像是要走仲裁")
    wang.page.get_by_role("button", name="写备注").tap()
    expect(wang.page.locator("#talk > li.note")).to_contain_text("像是要走仲裁")
    expect(wang.page.locator("details.tool[open]")).to_have_count(0)
    wang.page.get_by_role("button", name="打开安全模式").click()
    expect(wang.page.get_by_role("status").first).to_contain_text("安全模式开了")
    expect(wang.page.get_by_text("这位用安全模式")).to_be_visible()
    assert office.talk(talk).safe_mode
    assert wang.blemishes() == []


def test_new_words_of_the_resident_come_by_themselves_and_the_box_keeps_what_is_typed(office: Office) -> None:
    talk = office.held()
    wang = office.desk("wang", page_of(talk), PHONE_OF_STAFF)
    wang.page.get_by_label("写给来访人").fill("我正在写")
    office.resident_says(talk, "我还有一张欠条")
    line = wang.page.locator("#talk > li.theirs").last
    expect(line).to_contain_text("我还有一张欠条")
    expect(wang.page.locator("#heard")).to_have_text("来访人说了新的话（第 1 句）")
    expect(line).to_be_in_viewport()
    expect(wang.page.get_by_label("写给来访人")).to_have_value("我正在写")
    wang.page.evaluate("window.scrollTo(0, 0)")
    for n in range(6):
        office.resident_says(talk, f"还有第 {n} 件事，说来话长，" + "经过是这样的。" * 12)
    expect(wang.page.get_by_role("button", name="有新的话，点这里看")).to_be_visible()
    wang.page.get_by_role("button", name="有新的话，点这里看").click()
    expect(wang.page.locator("#talk > li.theirs").last).to_be_in_viewport()
    expect(wang.page.get_by_role("button", name="有新的话，点这里看")).to_be_hidden()
