"""What goes wrong at the desk: a lost session, a broken network, a closed window, a colleague who was first."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect
from sqlalchemy import Connection, select

from storage import outbox
from storage.schema import outbox as outbox_table
from tests.browser.conftest import OpenDesk
from tests.browser.desk import PHONE_OF_STAFF
from tests.browser.desk_people import claimed, on_wechat
from tests.browser.office import Office, open_office, page_of, send, through


@pytest.fixture
def office(tmp_path: Path, desk: OpenDesk) -> Iterator[Office]:
    with open_office(tmp_path, desk) as found:
        yield found


def test_words_typed_when_the_session_ends_are_there_after_signing_in_again(office: Office) -> None:
    talk = office.held()
    wang = office.desk("wang", page_of(talk), PHONE_OF_STAFF)
    text = "法律援助要带的：身份证、欠条。\n明天上午来。"
    wang.page.get_by_label("写给来访人").fill(text)
    office.sign_out(office.wang)
    wang.page.get_by_role("button", name="发送").click()
    expect(wang.page.locator("#say .fault")).to_contain_text("登录过期了，这句话没有发出去")
    expect(wang.page.get_by_label("写给来访人")).to_have_value(text)
    wang.page.get_by_role("link", name="去登录").click()
    wang.sign_in("wang")
    expect(wang.page).to_have_url(re.compile(f"/conversations/{talk}$"))
    expect(wang.page.get_by_label("写给来访人")).to_have_value(text)
    assert office.said_by_staff(talk) == []
    wang.page.get_by_role("button", name="发送").click()
    through(wang)
    wang.page.reload(wait_until="domcontentloaded")
    expect(wang.page.get_by_label("写给来访人")).to_have_value("")
    assert office.said_by_staff(talk) == [text]


def test_what_is_typed_survives_whatever_else_is_done_on_the_page(office: Office) -> None:
    talk = office.held()
    wang = office.desk("wang", page_of(talk))
    send(wang, "第一句。")
    wang.page.get_by_label("写给来访人").fill("写到一半")
    wang.page.get_by_role("button", name="打开安全模式").click()
    expect(wang.page.get_by_role("status").first).to_contain_text("安全模式开了")
    expect(wang.page.get_by_label("写给来访人")).to_have_value("写到一半")
    wang.page.locator("summary.button", has_text="备注").click()
    wang.page.get_by_label("写给同事看的，居民看不到").fill("备注一句")
    wang.page.get_by_role("button", name="写备注").click()
    expect(wang.page.locator("#talk > li.note")).to_contain_text("备注一句")
    wang.page.reload(wait_until="domcontentloaded")
    expect(wang.page.get_by_label("写给来访人")).to_have_value("写到一半")


def test_what_is_written_while_a_sentence_is_on_its_way_stays_behind_it(office: Office) -> None:
    talk = office.held()
    wang = office.desk("wang", page_of(talk))
    words = wang.page.get_by_label("写给来访人")
    held: list[Route] = []
    wang.page.route("**/say", lambda route: held.append(route))  # noqa: PLW0108 - Playwright looks at its arguments
    send(wang, "第一句")
    words.fill("第二句")
    held[0].continue_()
    expect(wang.page.locator("#talk").get_by_text("第一句")).to_be_visible()
    expect(words).to_have_value("第二句")
    wang.page.reload(wait_until="domcontentloaded")
    expect(words).to_have_value("第二句")
    send(wang, "第三句")
    words.fill("第四句")
    held[1].abort("connectionreset")
    expect(words).to_have_value("第三句\n第四句")
    expect(wang.page.locator("#say .fault")).to_contain_text("看看上面的对话，再发没有的")
    assert office.said_by_staff(talk) == ["第一句"]
    assert all("ERR_CONNECTION_RESET" in fault for fault in wang.faults())
    wang.faults().clear()


def test_what_one_typed_is_not_shown_to_the_next_who_signs_in(office: Office) -> None:
    talk = office.held()
    wang = office.desk("wang", page_of(talk))
    wang.page.get_by_label("写给来访人").fill("写到一半")
    wang.page.get_by_role("button", name="退出").click()
    expect(wang.page).to_have_url(re.compile("/console/sign-in"))
    assert wang.page.evaluate("sessionStorage.length") == 0


def test_an_open_page_hears_by_itself_that_its_session_is_over(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.console.streams.PING_SECONDS", 0.5)
    wang = office.desk("wang", "/queue")
    office.sign_out(office.wang)
    expect(wang.page.get_by_role("alert")).to_contain_text("登录已经过期")
    assert wang.blemishes() == []


def test_an_outcome_half_filled_in_is_not_lost_with_the_session(office: Office) -> None:
    talk = office.held()
    wang = office.desk("wang", page_of(talk))
    wang.page.locator("#close > summary").click()
    wang.page.get_by_label("处置结果").select_option("引导法援")
    wang.page.get_by_label("答复要点").fill("讲了怎么申请法律援助")
    office.sign_out(office.wang)
    wang.page.locator("#close").get_by_role("button", name="办结").click()
    wang.page.get_by_role("link", name="去登录").click()
    wang.sign_in("wang")
    wang.go(page_of(talk))
    wang.page.locator("#close > summary").click()
    expect(wang.page.get_by_label("处置结果")).to_have_value("引导法援")
    expect(wang.page.get_by_label("答复要点")).to_have_value("讲了怎么申请法律援助")
    wang.page.locator("#close").get_by_role("button", name="办结").click()
    expect(wang.page.get_by_role("status")).to_contain_text("办结了，咨询编号 ZX2026-YY-")


def test_taken_back_meanwhile_the_words_stay_and_it_is_told_who_did_it(office: Office) -> None:
    talk = office.held()
    wang, li = office.desk("wang", page_of(talk)), office.desk("li", page_of(talk))
    wang.page.get_by_label("写给来访人").fill("我马上回您")
    li.page.get_by_text("收回，放进队列").click()
    assert li.blemishes() == []
    li.page.get_by_role("button", name="确定收回").click()
    expect(li.page.get_by_role("status").first).to_contain_text("收回来了")
    expect(wang.page.get_by_role("alert").first).to_contain_text("在等人接待")
    expect(wang.page.get_by_role("alert").first).to_contain_text("您写的话还在这里，没有发出去")
    expect(wang.page.get_by_role("button", name="发送")).to_be_disabled()
    expect(wang.page.get_by_label("写给来访人")).to_have_value("我马上回您")
    assert office.said_by_staff(talk) == []
    # Taken again, the words are there to be sent.
    wang.page.get_by_role("button", name="接待", exact=True).first.click()
    expect(wang.page.get_by_label("写给来访人")).to_have_value("我马上回您")
    wang.page.get_by_role("button", name="发送").click()
    through(wang)
    assert office.said_by_staff(talk) == ["我马上回您"]


def test_a_window_that_is_used_up_is_told_and_nothing_is_lost(office: Office) -> None:
    talk = office.app.do(on_wechat(office.app.running, "kf-1", ("征地补偿款没到账",), "land", None))
    office.app.do(claimed(office.app.running, talk, office.wang))
    wang = office.desk("wang", page_of(talk), PHONE_OF_STAFF)
    expect(wang.page.locator("#budget")).to_have_text("还可发 4 条，剩 47 小时")
    for left in (3, 2, 1):
        send(wang, f"说一句，还剩 {left}")
        expect(wang.page.locator("#budget")).to_have_text(re.compile(f"还可发 {left} 条"))
    send(wang, "最后一句")
    expect(wang.page.locator("#budget")).to_contain_text("微信不让再发了，等对方发来下一条才能答复；急事请打电话。")
    send(wang, "说不出去的一句")
    expect(wang.page.locator("#say .fault")).to_contain_text("微信不让再发了")
    expect(wang.page.get_by_label("写给来访人")).to_have_value("说不出去的一句")
    assert wang.blemishes() == []


def test_what_the_platform_did_not_take_is_told_in_chinese_as_soon_as_it_is_known(office: Office) -> None:
    talk = office.app.do(on_wechat(office.app.running, "kf-2", ("征地补偿款没到账",), "land", None))
    office.app.do(claimed(office.app.running, talk, office.wang))
    wang = office.desk("wang", page_of(talk))
    send(wang, "这是账号：某某某")
    line = wang.page.locator("#talk > li").last
    expect(line).to_contain_text("正在发")

    def refuse(connection: Connection) -> None:
        row = connection.scalar(select(outbox_table.c.id).order_by(outbox_table.c.id.desc()).limit(1))
        assert row is not None
        now = office.app.app.tools.clock()
        outbox.settle(connection, row, "dead", now, error="WeCom 40201: contains illegal content")

    office.write(refuse)
    expect(line).to_contain_text("没发出去：平台检查内容以后没有放行，请换个说法")
    assert "illegal" not in (wang.page.locator("body").text_content() or "")
    assert wang.blemishes() == []


def test_a_broken_network_keeps_the_words_and_a_second_try_says_them_once(office: Office) -> None:
    talk = office.held()
    wang = office.desk("wang", page_of(talk))

    def lose(route: Route) -> None:
        assert route.fetch().ok  # it arrived; the answer does not
        route.abort("connectionreset")

    wang.page.route("**/say", lose, times=1)
    send(wang, "明天上午来")
    expect(wang.page.get_by_label("写给来访人")).to_have_value("明天上午来")
    expect(wang.page.locator("#say .fault")).to_contain_text("再点一次就行，不会发两遍")
    expect(wang.page.get_by_label("写给来访人")).to_have_value("明天上午来")
    wang.page.get_by_role("button", name="发送").click()
    through(wang)
    assert office.said_by_staff(talk) == ["明天上午来"]
    assert all("ERR_CONNECTION_RESET" in fault for fault in wang.faults())
    wang.faults().clear()
