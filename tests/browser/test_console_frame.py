"""The console's frame in a real browser, on a phone and on a desk: signing in, getting about, how it looks."""

import re

import pytest
from playwright.sync_api import expect

from handlers.desk.staff import Role
from tests.browser.conftest import OpenDesk
from tests.browser.desk import DESKTOP, PHONE_OF_STAFF, SIZES
from tests.console.client import make_account
from tests.running import Apart

# Pages of the frame; who builds others looks at them in tests of their own.
PAGES = ("/", "/accounts", "/accounts/new", "/audit", "/me", "/me/password", "/me/totp", "/no-such-page")


@pytest.fixture(scope="module", autouse=True)
def staff(service: Apart) -> None:
    """Somebody with every role, and somebody without any but the desk's."""
    service.do(make_account(service.running, "frame.boss", *Role, name="欧阳建国"))
    service.do(make_account(service.running, "frame.wang", Role.DESK, name="王敏", unit="龙潭镇", must_change=True))


@pytest.mark.parametrize("size", SIZES)
def test_every_page_of_the_frame_looks_right(desk: OpenDesk, size: tuple[int, int]) -> None:
    at = desk(size)
    at.go("/sign-in")
    wrong = {"/sign-in": at.blemishes()}
    at.sign_in("frame.boss")
    for path in PAGES:
        at.go(path)
        wrong[path] = at.blemishes()
    at.go("/accounts")
    at.page.get_by_role("link", name="王敏").first.click()
    at.page.get_by_text("停用", exact=True).last.click()
    wrong["an account"] = at.blemishes()
    at.go("/accounts/new")
    at.page.get_by_label("登录名").fill("frame.boss")
    at.page.get_by_label("姓名").fill("王敏")
    at.page.get_by_label("审计员").check()
    at.page.get_by_role("button", name="新建").click()
    expect(at.page.get_by_text("这个登录名已经有人用了")).to_be_visible()
    wrong["a form with a fault"] = at.blemishes()
    assert {where: found for where, found in wrong.items() if found} == {}


@pytest.mark.parametrize("size", SIZES)
def test_a_wrong_password_is_told_and_the_right_one_leads_on(desk: OpenDesk, size: tuple[int, int]) -> None:
    at = desk(size)
    at.go("/audit")
    at.page.get_by_label("登录名").fill("frame.boss")
    at.page.get_by_label("密码").fill("wrong")
    at.page.get_by_role("button", name="登录", exact=True).click()
    expect(at.page.get_by_role("alert")).to_contain_text("登录名或密码不对")
    assert at.blemishes() == []
    expect(at.page.get_by_label("登录名")).to_have_value("frame.boss")
    at.sign_in("frame.boss")
    expect(at.page.get_by_role("heading", name="审计")).to_be_visible()
    assert at.page.evaluate("document.cookie") == ""
    at.page.get_by_role("button", name="退出").click()
    expect(at.page).to_have_url(re.compile("/console/sign-in"))
    at.page.go_back(wait_until="domcontentloaded")
    expect(at.page.get_by_role("heading", name="审计")).to_have_count(0)  # nothing of it is kept in the browser


def test_a_phone_has_everything_within_two_taps(desk: OpenDesk) -> None:
    at = desk(PHONE_OF_STAFF)
    at.sign_in("frame.boss")
    dock = at.page.get_by_role("navigation", name="主菜单（手机）")
    dock.get_by_text("更多").click()
    assert at.blemishes() == []
    at.page.keyboard.press("Escape")
    expect(dock.get_by_role("link", name="我的账号")).to_be_hidden()
    dock.get_by_text("更多").click()
    dock.get_by_role("link", name="我的账号").click()
    expect(at.page.get_by_role("heading", name="我的账号")).to_be_visible()


def test_the_first_password_has_to_be_changed(desk: OpenDesk) -> None:
    at = desk(DESKTOP)
    at.sign_in("frame.wang")
    expect(at.page.get_by_role("status")).to_contain_text("请先换成自己的密码")
    assert at.blemishes() == []
    at.page.get_by_label("新密码", exact=True).fill("san-zhi-hong-gui-7")
    at.page.get_by_label("再输一次新密码").fill("san-zhi-hong-gui-7")
    at.page.get_by_role("button", name="保存").click()
    expect(at.page.get_by_role("status")).to_contain_text("密码改好了")
    side = at.page.get_by_role("navigation", name="主菜单", exact=True)
    expect(side.get_by_role("link", name="我的账号")).to_have_attribute("aria-current", "page")
    expect(side.get_by_role("link", name="审计")).to_have_count(0)


def test_a_form_is_sent_once_however_often_it_is_clicked(desk: OpenDesk) -> None:
    at = desk(DESKTOP)
    at.go("/sign-in")
    posted: list[str] = []
    at.page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    at.page.get_by_label("登录名").fill("frame.nobody")
    at.page.get_by_label("密码").fill("wrong")
    at.page.get_by_role("button", name="登录", exact=True).dblclick()
    expect(at.page.get_by_role("alert")).to_be_visible()
    assert len(posted) == 1
