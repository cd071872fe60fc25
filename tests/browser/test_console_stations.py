"""The directory, the duty roster and the work calendar in a real browser, on a phone, on a desk and on paper."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from handlers.desk.duty_plan import monday_of
from handlers.desk.staff import Role
from storage import workstations
from tests.browser.conftest import OpenDesk
from tests.browser.desk import DESKTOP, PHONE_OF_STAFF, SIZES
from tests.console.casework import LONGTAN
from tests.console.client import make_account
from tests.running import Apart


@pytest.fixture(scope="module", autouse=True)
def staff(service: Apart) -> None:
    """An administrator of the county, and a workstation's supervisor with two at the desk."""

    async def make() -> None:
        at = service.running
        await make_account(at, "place.root", Role.ADMINISTRATOR, name="陈管理")
        await make_account(at, "place.boss", Role.SUPERVISOR, unit=LONGTAN, name="冉主任")
        await make_account(at, "place.wang", Role.DESK, unit=LONGTAN, name="王敏")
        await make_account(at, "place.li", Role.DESK, unit=LONGTAN, name="李小龙")

    service.do(make())


def station(service: Apart) -> int:
    rows = service.do(service.app.database.read(lambda c: workstations.of_township(c, LONGTAN)))
    return rows[0].id


@pytest.mark.parametrize("size", SIZES)
def test_the_directory_looks_right_and_is_kept(desk: OpenDesk, service: Apart, size: tuple[int, int]) -> None:
    at = desk(size)
    at.sign_in("place.root")
    wrong = {}
    for path in (
        "/directory",
        "/directory?view=check",
        "/directory?view=village",
        "/directory?q=长安",
        "/directory/new",
    ):
        at.go(path)
        wrong[path] = at.blemishes()
    at.go(f"/directory/{station(service)}")
    at.page.get_by_text("停用", exact=True).first.click()
    wrong["an entry"] = at.blemishes()
    at.page.get_by_role("link", name="修改").click()
    at.page.get_by_label("电话").fill("7555")
    at.page.get_by_label("地址").fill("永胜路12号便民服务中心二楼")
    at.page.get_by_role("button", name="保存").click()
    expect(at.page.get_by_role("alert")).to_contain_text("“7555”不像电话")
    wrong["a form with a fault"] = at.blemishes()
    at.page.get_by_label("电话").fill("023-75551234")
    at.page.get_by_role("button", name="保存").click()
    expect(at.page.get_by_role("status")).to_contain_text("保存好了")
    expect(at.page.get_by_text("永胜路12号便民服务中心二楼，电话 023-75551234")).to_be_visible()
    wrong["an entry that is complete"] = at.blemishes()
    at.page.get_by_role("button", name="核实过，没有变化").click()
    expect(at.page.get_by_text("核实过，没有变化").last).to_be_visible()
    assert {where: found for where, found in wrong.items() if found} == {}


def test_two_who_edit_one_entry_are_told_of_each_other(desk: OpenDesk, service: Apart) -> None:
    mine, theirs = desk(PHONE_OF_STAFF), desk(DESKTOP)
    for at, login in ((mine, "place.boss"), (theirs, "place.root")):
        at.sign_in(login)
        at.go(f"/directory/{station(service)}/edit")
    theirs.page.get_by_label("开放时间").fill("工作日 9:00–17:00")
    theirs.page.get_by_role("button", name="保存").click()
    mine.page.get_by_label("律师值班").fill("每周三上午")
    mine.page.get_by_role("button", name="保存").click()
    expect(mine.page.get_by_role("alert")).to_contain_text("有同事改过这一条")
    expect(mine.page.get_by_role("alert")).to_contain_text("工作日 9:00–17:00")
    expect(mine.page.get_by_label("律师值班")).to_have_value("每周三上午")
    assert mine.blemishes() == []


@pytest.mark.parametrize("size", SIZES)
def test_a_week_is_planned_on_the_page(desk: OpenDesk, service: Apart, size: tuple[int, int]) -> None:
    at = desk(size)
    at.sign_in("place.boss")
    ahead = 2 if size == PHONE_OF_STAFF else 4  # a week of its own for each size
    today = service.app.tools.clock().astimezone(service.app.settings.zone).date()
    week = monday_of(today) + timedelta(weeks=ahead)
    at.go(f"/roster?week={week}")
    wrong = {"an empty week": at.blemishes()}
    own = at.page.get_by_label("从")
    expect(own).to_be_hidden()
    at.page.get_by_label("谁值班").select_option(label="王敏")
    for day in ("周一", "周三"):
        at.page.get_by_label(day).check()
    at.page.get_by_role("button", name="排上").click()
    expect(at.page.get_by_role("status")).to_contain_text("排好了 4 班")
    at.page.get_by_label("谁值班").select_option(label="李小龙")
    at.page.get_by_label("周二").check()
    at.page.get_by_label("什么时间").select_option(label="自己写时间")
    own.fill("10:00")
    at.page.get_by_label("到", exact=False).last.fill("09:00")
    at.page.get_by_role("button", name="排上").click()
    expect(at.page.get_by_role("alert")).to_contain_text("开始要早于结束")
    expect(own).to_have_value("10:00")
    wrong["a fault"] = at.blemishes()
    at.page.get_by_label("到", exact=False).last.fill("12:00")
    at.page.get_by_role("button", name="排上").click()
    expect(at.page.get_by_text("09:00–10:00")).to_be_visible()  # a gap
    wrong["a week"] = at.blemishes()
    at.page.get_by_label("移除 李小龙 周二 10:00–12:00").click()
    expect(at.page.get_by_role("status")).to_contain_text("李小龙 周二 10:00–12:00 的班移除了")
    at.page.get_by_role("link", name="下一周").click()
    at.page.get_by_role("button", name="照抄上一周").click()
    expect(at.page.get_by_role("status")).to_contain_text("排好了 4 班")
    wrong["a copied week"] = at.blemishes()
    assert {where: found for where, found in wrong.items() if found} == {}


def test_a_week_on_paper_holds_the_roster_alone(desk: OpenDesk) -> None:
    at = desk(DESKTOP)
    at.sign_in("place.boss")
    at.go("/roster")
    expect(at.page.get_by_role("button", name="打印")).to_be_visible()
    at.page.emulate_media(media="print")
    for name in ("打印", "排上", "照抄上一周", "退出"):
        expect(at.page.get_by_role("button", name=name)).to_be_hidden()
    expect(at.page.get_by_role("heading", name="龙潭镇值班表")).to_be_visible()
    expect(at.page.get_by_role("table")).to_be_visible()
    assert at.page.pdf().startswith(b"%PDF")


@pytest.mark.parametrize("size", SIZES)
def test_the_calendar_looks_right_and_takes_days(desk: OpenDesk, service: Apart, size: tuple[int, int]) -> None:
    at = desk(size)
    at.sign_in("place.root")
    at.go("/calendar")
    wrong = {"the calendar": at.blemishes()}
    today = service.app.tools.clock().astimezone(service.app.settings.zone).date()
    day = today + timedelta(days=20 if size == PHONE_OF_STAFF else 21)
    at.page.get_by_label("从").fill(day.isoformat())
    at.page.get_by_label("是什么日子").fill("州庆放假")
    at.page.get_by_role("button", name="登记").click()
    expect(at.page.get_by_role("status")).to_contain_text("登记好了：1 天放假")
    assert not service.app.tools.hours().spans_on(day)
    wrong["with a day"] = at.blemishes()
    at.page.get_by_label(f"撤掉 {day}").click()
    expect(at.page.get_by_role("status")).to_contain_text(f"{day} 的登记撤掉了")
    assert {where: found for where, found in wrong.items() if found} == {}
