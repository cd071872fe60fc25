"""The desk while it happens: two browsers and one resident, live rows and lines, and everything that goes wrong."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import pytest
from playwright.sync_api import Route, expect
from sqlalchemy import Connection, select

from bot.console import watch
from handlers.desk.staff import Role
from storage import conversations, outbox, sessions
from storage.account_records import Account
from storage.records import Conversation
from storage.schema import handovers
from storage.schema import outbox as outbox_table
from tests.browser.conftest import OpenDesk
from tests.browser.desk import DESKTOP, PHONE_OF_STAFF, Desk
from tests.browser.desk_people import Day, claimed, on_the_web, on_wechat
from tests.console.client import make_account
from tests.running import Apart, running_apart

T = TypeVar("T")
ASKED = "老板拖欠工资三个月不给，怎么办"


@dataclass
class Office:
    """A service with 王敏, 冉小兰 and their supervisor 李强, all of the county centre."""

    app: Apart
    open: OpenDesk
    wang: Account
    ran: Account
    li: Account
    opened: list[Desk] = field(default_factory=list)

    def desk(self, login: str, path: str, size: tuple[int, int] = DESKTOP) -> Desk:
        """A browser in which somebody looks at a page, whose colours do not fade."""
        found = self.open(size, base_url=self.app.base_url, reduced_motion="reduce")
        self.opened.append(found)
        found.sign_in(login)
        found.go(path)
        return found

    def waits(self) -> int:
        """Somebody on the web asks for a person."""
        return self.app.do(on_the_web(self.app.running, ASKED, "", "转人工"))

    def held(self) -> int:
        """A conversation of hers on the web."""
        talk = self.waits()
        self.app.do(claimed(self.app.running, talk, self.wang))
        return talk

    def write(self, work: Callable[[Connection], T]) -> T:
        return self.app.do(self.app.app.database.write(work))

    def talk(self, number: int) -> Conversation:
        found = self.write(lambda c: conversations.read_by_id(c, number))
        assert found is not None
        return found

    def resident_says(self, number: int, text: str) -> None:
        self.app.do(self.app.running.say(text, conversation=self.talk(number).key.chat))

    def said_by_staff(self, number: int) -> list[str]:
        """What went to the resident from the desk, but the greeting."""
        mine = select(outbox_table.c.body).where(outbox_table.c.conversation_id == number)
        rows = self.write(lambda c: list(c.execute(mine.where(outbox_table.c.purpose == "staff"))))
        return [row.body["text"] for row in rows if "我来接着办" not in row.body["text"]]

    def sign_out(self, account: Account) -> None:
        """Their session ends, as it does when they have been away for too long."""
        self.write(lambda c: sessions.close_all(c, account.id))


@pytest.fixture
def office(tmp_path_factory: pytest.TempPathFactory, desk: OpenDesk) -> Iterator[Office]:
    day = Day()
    day.at(10)
    with running_apart(tmp_path_factory.mktemp("office"), clock=day) as app:
        wang = app.do(make_account(app.running, "wang", Role.DESK, name="王敏"))
        ran = app.do(make_account(app.running, "ran", Role.DESK, name="冉小兰"))
        li = app.do(make_account(app.running, "li", Role.SUPERVISOR, name="李强"))
        office = Office(app, desk, wang, ran, li)
        yield office
        # Before the service goes: an open stream would be asked for again, in vain and aloud.
        for one in office.opened:
            one.page.context.close()


def page_of(number: int) -> str:
    return f"/conversations/{number}"


def send(at: Desk, text: str) -> None:
    at.page.get_by_label("写给来访人").fill(text)
    at.page.get_by_role("button", name="发送").click()


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
    expect(wang.page.get_by_label("写给来访人")).to_have_value("")
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
    expect(words).to_have_value("")
    words.fill("再说一句")
    words.press("Control+Enter")
    expect(words).to_have_value("")
    assert office.said_by_staff(talk) == ["第一行\n第二行", "再说一句"]


def test_new_words_of_the_resident_come_by_themselves_and_the_box_keeps_what_is_typed(office: Office) -> None:
    talk = office.held()
    wang = office.desk("wang", page_of(talk), PHONE_OF_STAFF)
    wang.page.get_by_label("写给来访人").fill("我正在写")
    office.resident_says(talk, "我还有一张欠条")
    line = wang.page.locator("#talk > li.theirs").last
    expect(line).to_contain_text("我还有一张欠条")
    expect(line).to_be_in_viewport()
    expect(wang.page.get_by_label("写给来访人")).to_have_value("我正在写")
    wang.page.evaluate("window.scrollTo(0, 0)")
    for n in range(6):
        office.resident_says(talk, f"还有第 {n} 件事，说来话长，" + "经过是这样的。" * 12)
    expect(wang.page.get_by_role("button", name="有新的话，点这里看")).to_be_visible()
    wang.page.get_by_role("button", name="有新的话，点这里看").click()
    expect(wang.page.locator("#talk > li.theirs").last).to_be_in_viewport()
    expect(wang.page.get_by_role("button", name="有新的话，点这里看")).to_be_hidden()


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
    expect(wang.page.get_by_label("写给来访人")).to_have_value("")
    wang.page.reload(wait_until="domcontentloaded")
    expect(wang.page.get_by_label("写给来访人")).to_have_value("")
    assert office.said_by_staff(talk) == [text]


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
    expect(wang.page.get_by_label("写给来访人")).to_have_value("")
    assert office.said_by_staff(talk) == ["我马上回您"]


def test_handed_on_by_the_supervisor_the_colleague_has_it(office: Office) -> None:
    talk = office.held()
    li = office.desk("li", page_of(talk), PHONE_OF_STAFF)
    li.page.get_by_label("转给").select_option(label="冉小兰（县中心）")
    li.page.get_by_role("button", name="转过去").click()
    expect(li.page.get_by_role("status").first).to_contain_text("转给 冉小兰 了")
    ran = office.desk("ran", "/")
    ran.page.get_by_role("link", name=re.compile("RG")).click()
    expect(ran.page.get_by_label("写给来访人")).to_be_visible()


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
    expect(wang.page.locator("#say .fault")).to_contain_text("再点一次就行，不会发两遍")
    expect(wang.page.get_by_label("写给来访人")).to_have_value("明天上午来")
    wang.page.get_by_role("button", name="发送").click()
    expect(wang.page.get_by_label("写给来访人")).to_have_value("")
    assert office.said_by_staff(talk) == ["明天上午来"]
    assert all("ERR_CONNECTION_RESET" in fault for fault in wang.faults())
    wang.faults().clear()


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
