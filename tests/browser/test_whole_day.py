"""The whole day, as residents and staff live it: three channels, a card, the console, a case, grades, the records.

A resident on the web is not answered twice and fills in an application; one in WeChat is taken by card and answered in
the WeCom client; one in Telegram is answered from the console. Everything stands in the records at the end.
"""

import csv
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from handlers.desk.staff import Role
from storage.account_records import Account
from storage.schema import cases, consultations, handovers, outbox, ratings
from tests.bot.command_tools import Folder
from tests.browser.chat import TALL_PHONE, Chat
from tests.browser.conftest import OpenDesk, Visit
from tests.browser.desk import DESKTOP, PHONE_OF_STAFF, Desk
from tests.console.client import make_account
from tests.dialogs.people import OnKf, OnTelegram, Shown
from tests.peers.telegram.peer import TelegramPeer
from tests.peers.wecom import WeComPeer
from tests.running import Apart, running_apart

pytestmark = pytest.mark.timeout(180)
MORNING = datetime(2026, 3, 4, 1, 20, tzinfo=UTC)  # a Wednesday, 9:20 in Shanghai
WANG = "wangmin"
UNANSWERED = "隔壁的狗天天半夜叫我睡不着"  # a matter that is known by name, without a reviewed answer
ASKED_ON_WECHAT = "隔壁修屋把我家出路堵了，村里喊不动"


@dataclass
class Town:
    """Everybody of the day."""

    app: Apart
    folder: Path
    telegram: TelegramPeer
    wecom: WeComPeer
    staff: dict[str, Account]

    def rows(self, table: Any) -> list[Any]:
        work = lambda c: list(c.execute(select(table).order_by(*table.primary_key)))  # noqa: E731 - the reader wants a function
        found: list[Any] = self.app.do(self.app.app.database.read(work))
        return found


@contextmanager
def town(folder: Path) -> Iterator[Town]:
    """The service on a working morning, with 王敏 on duty in the console and in WeCom, and her supervisor."""
    with TelegramPeer() as telegram, WeComPeer() as wecom:
        wecom.clock.set(MORNING.timestamp())
        wecom.state.add_members(wecom.corp, [WANG])
        wecom.state.add_servicers(wecom.corp, wecom.kf, [WANG])

        def clock() -> datetime:
            return datetime.fromtimestamp(wecom.clock.now(), UTC)

        with running_apart(folder, telegram, wecom, clock=clock) as app:
            wecom.callbacks.target = f"{app.base_url}/wecom/app"
            make: Callable[..., Account] = lambda *a, **k: app.do(make_account(app.running, *a, **k))  # noqa: E731
            staff = {
                "wang": make("wang", Role.DESK, name="王敏", wecom_userid=WANG),
                "li": make("li", Role.SUPERVISOR, name="李强"),
            }
            yield Town(app, folder, telegram, wecom, staff)
            wecom.callbacks.target = ""


def until(condition: Callable[[], Any], what: str) -> Any:
    """What the condition gives as soon as it gives something."""
    deadline = time.monotonic() + 15
    while not (value := condition()):
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.05)
    return value


def test_the_whole_day(desk: OpenDesk, visit: Visit, tmp_path: Path) -> None:
    with town(tmp_path / "data") as here:
        wang = desk(DESKTOP, here.app.base_url)
        wang.sign_in("wang")
        _on_wechat(here, wang)
        _on_telegram(here, wang)
        chat = visit(TALL_PHONE, here.app.base_url)
        case_number = _on_the_web(here, wang, chat)
        _case(here, wang, desk, case_number)
        expect(chat.last).to_contain_text(case_number)
        chat.tap("很满意")
        until(lambda: here.rows(cases)[0].state == "rated", "the grade of the case")
        _records(here, case_number)
        assert here.wecom.violations == []
        assert here.telegram.violations == []
        for page in (wang.page, chat.page):
            page.close()  # before the service: their streams would complain


def _on_wechat(here: Town, wang: Desk) -> None:
    """Taken by the card in the WeCom app; 王敏 answers in the WeCom client; graded in WeChat."""
    resident = OnKf(here.wecom)
    resident.says(ASKED_ON_WECHAT)
    until(lambda: len(resident.seen()) == 1, "the first answer")
    resident.says("转人工")
    card = until(lambda: _card(here), "the card of the handover")
    here.wecom.callbacks.click_button(WANG, card["msgid"], card["template_card"]["button_list"][0]["key"])
    until(lambda: here.wecom.kf.sessions[resident.chat].servicer == WANG, "the session is 王敏's")
    until(lambda: any("王敏" in one.said for one in resident.seen()), "the resident hears who helps")
    until(lambda: _card(here)["card"]["replaced"], "the card says that it is taken")
    said = len(resident.seen())
    here.wecom.callbacks.servicer_says(WANG, resident.chat, "您拍张照片来，我联系村里。")
    resident.says("要得，谢谢")
    wang.go("/")
    wang.page.get_by_role("link", name=re.compile("来访|RG")).first.click()
    expect(wang.page.get_by_text("您拍张照片来，我联系村里。")).to_be_visible()
    expect(wang.page.get_by_text("要得，谢谢")).to_be_visible()
    assert len(resident.seen()) == said, "the bot is silent while 王敏 is there"
    here.wecom.callbacks.servicer_ends(WANG, resident.chat)
    graded = _asked_for_a_grade(resident)
    resident.taps(len(resident.seen()) - 1, "满意", graded)
    until(lambda: [row.grade for row in here.rows(ratings)] == [4], "the grade")
    wang.go("/")
    wang.page.get_by_role("link", name=re.compile("^RG")).click()
    wang.page.get_by_label("处置结果").select_option("引导调解")
    wang.page.locator("form", has=wang.page.get_by_label("处置结果")).get_by_role("button").last.click()
    until(lambda: here.rows(handovers)[0].outcome == "引导调解", "the outcome of the reception in the client")


def _on_telegram(here: Town, wang: Desk) -> None:
    """Claimed and answered in the console, relayed by the bot."""
    resident = OnTelegram(here.telegram)
    resident.says("转人工")
    until(resident.seen, "the number of the handover")
    wang.go("/queue")
    wang.page.get_by_role("button", name=re.compile("^接待 RG")).click()
    expect(wang.page.get_by_label("写给来访人")).to_be_visible()
    wang.page.get_by_label("写给来访人").fill("您好，您的事我看到了，明天上午带合同来工作站。")
    wang.page.get_by_role("button", name="发送").click()
    until(lambda: any("带合同来工作站" in one.said for one in resident.seen()), "the answer in Telegram")
    resident.says("好嘞")
    expect(wang.page.get_by_text("好嘞")).to_be_visible()
    _close(wang, "当场答复")
    asked = _asked_for_a_grade(resident)
    resident.taps(len(resident.seen()) - 1, "很满意", asked)
    until(lambda: [row.grade for row in here.rows(ratings)] == [4, 5], "the second grade")


def _on_the_web(here: Town, wang: Desk, chat: Chat) -> str:
    """Twice without an answer, so that a person comes; then an application for legal aid, in the chat."""
    expect(chat.say(UNANSWERED)).to_contain_text("不敢乱说")
    expect(chat.say(UNANSWERED)).to_contain_text("RG")
    wang.go("/queue")
    wang.page.get_by_role("button", name=re.compile("^接待 RG")).click()
    wang.page.get_by_label("写给来访人").fill("您是要讨工钱吧？点下面登记法律援助，我来帮您办。")
    wang.page.get_by_role("button", name="发送").click()
    expect(chat.last).to_contain_text("我来帮您办")
    _close(wang, "引导法援")
    expect(chat.choice("满意")).to_be_visible()
    chat.say("我要申请法律援助")
    chat.tap("讨工钱、确认劳动关系")
    chat.say("在龙潭镇工地干了三个月，包工头欠我一万二千元")
    chat.tap("本县")
    chat.tap("在外打工的农民工")
    chat.say("包工头田某")
    chat.say("龙潭镇")
    _consent(chat)
    summary = chat.last
    expect(summary).to_contain_text("138****5678")
    done = chat.tap("确认提交")
    found = re.search(r"FY2026-YY-\d+", done.inner_text())
    assert found is not None
    until(lambda: len(here.rows(cases)) == 1, "the case")
    assert here.rows(cases)[0].phone_sealed.startswith("gAAAA"), "the telephone number is sealed"
    return found[0]


def _consent(chat: Chat) -> None:
    """Whatever the form still wants: the consent first, then name and telephone."""
    for label, answer in (("同意", ""), ("", "田大山"), ("", "13812345678")):
        if label:
            chat.tap(label)
        else:
            chat.say(answer)


def _case(here: Town, wang: Desk, desk: OpenDesk, number: str) -> None:
    """Approved, assigned, worked on, checked by the supervisor on her phone, closed with what was recovered, graded."""
    wang.go("/cases")
    wang.page.get_by_role("link", name=number).first.click()
    _step(wang, "accept")
    _step(wang, "assign", assignee=str(here.staff["wang"].id))
    _step(wang, "start")
    wanted = {"column.类别": "民事", "column.案由": "追索劳动报酬", "recovered": "12000", "avoided": "0"}
    _step(wang, "finish", result=None, answer="仲裁裁决支付工资一万二千元，已经到账。", **wanted)
    li = desk(PHONE_OF_STAFF, here.app.base_url)
    li.sign_in("li")
    li.go(wang.page.url.split("/console")[1])
    _step(li, "close", **wanted)
    until(lambda: here.rows(cases)[0].state == "closed", "the case is closed")


def _step(at: Desk, action: str, **values: str | None) -> None:
    """Take a step of the case page; a value of None takes the first choice."""
    at.page.locator(f"#step-{action} > summary").click()
    form = at.page.locator(f"#step-{action} form")
    for name, value in values.items():
        control = form.locator(f'[name="{name}"]')
        if control.count() == 0:
            continue
        if control.evaluate("e => e.tagName") == "SELECT":
            if value is None:
                control.select_option(index=1)
            else:
                control.select_option(value)
        else:
            control.fill(value or "")
    form.get_by_role("button").last.click()
    expect(at.page.locator(f"#step-{action}")).to_have_count(0)


def _records(here: Town, number: str) -> None:
    """Every consultation once, with who answered and what came of it; the case with its amount; the grades."""
    records = [row for row in here.rows(consultations) if row.people > 0]
    assert [(row.channel, row.responder) for row in records if row.responder != "机器人"] == [
        ("wecom_kf", "王敏"),
        ("telegram", "王敏"),
        ("web", "王敏"),
    ]
    assert {row.disposition for row in records} >= {"引导调解", "当场答复", "引导法援"}
    assert [row.satisfaction for row in records][:2] == ["满意", "很满意"]
    (case,) = here.rows(cases)
    assert (case.number, case.recovered_fen, case.avoided_fen) == (number, 1_200_000, 0)
    assert [row.grade for row in here.rows(ratings) if row.object_kind == "case"] == [5]
    assert {row.state for row in here.rows(handovers)} == {"closed"}
    assert [row.error for row in here.rows(outbox) if row.state == "dead"] == []
    file = here.folder.parent / "legal_aid.csv"
    Folder(here.folder.parent).fawen("records", "export", file.name, "--kind", "legal_aid")
    (line,) = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
    assert (line["编号"], line["状态"], line["挽回损失元"]) == (number, "办结", "12000")


def _close(wang: Desk, outcome: str) -> None:
    wang.page.locator("#close > summary").click()
    wang.page.locator("#close").get_by_label("处置结果").select_option(outcome)
    wang.page.locator("#close").get_by_role("button", name="办结").click()
    expect(wang.page.locator("#close")).to_have_count(0)


def _card(here: Town) -> Any:
    cards = [one for one in here.wecom.app_sent_to(WANG) if one["msgtype"] == "template_card"]
    return cards[-1] if cards else None


def _asked_for_a_grade(resident: OnKf | OnTelegram) -> Shown:
    """The closing words with five grades under them, when they are there."""

    def look() -> Shown | None:
        newest = resident.seen()[-1]
        return newest if "很满意" in dict(newest.buttons) else None

    found: Shown = until(look, "the question of the grade")
    return found
