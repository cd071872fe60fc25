"""Cases in a real browser, on a phone and on a desk: the register, a case with its steps, taking one down."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from handlers.attachments import LARGEST_FILE
from handlers.desk.staff import Role
from storage.account_records import Account
from storage.case_records import CaseRow
from storage.conversations import read_by_id
from storage.safety import set_safe_mode
from tests.browser.conftest import OpenDesk
from tests.browser.desk import DESKTOP, PHONE_OF_STAFF, SIZES, Desk
from tests.console.casework import APPLICANT, LONGTAN, OTHER, asks, opened, stepped
from tests.console.client import make_account
from tests.console.test_files import PDF, PNG
from tests.running import Apart

STORY = "今年3月到9月在县城工地做木工，说好每天280元，干了126天，只给了8000元生活费，剩下27280元一直拖着。"
SILENCE = "我老公喝了酒就打我，我想离婚，没有钱请律师"


@pytest.fixture(scope="module")
def staff(service: Apart) -> dict[str, Account]:
    """Two at the county's desk with their supervisor, and an auditor."""

    async def make() -> dict[str, Account]:
        at = service.running
        return {
            "zhao": await make_account(at, "case.zhao", Role.DESK, name="赵志强"),
            "qian": await make_account(at, "case.qian", Role.DESK, name="钱小芳"),
            "head": await make_account(at, "case.head", Role.SUPERVISOR, name="田科长"),
            "eye": await make_account(at, "case.eye", Role.AUDITOR, name="孙审计"),
        }

    return service.do(make())


def a_case(service: Apart, who: Account, story: str = STORY, *, talk: bool = False) -> CaseRow:
    """A case about wages, on request from a conversation."""

    async def make() -> CaseRow:
        number = (await asks(service.running))[1] if talk else None
        more = {**APPLICANT, **OTHER, "column.类别": "民事", "column.案由": "追索劳动报酬"}
        return await opened(service.running, who, "legal_aid", number, story=story, **more)

    return service.do(make())


def a_quiet_case(service: Apart, who: Account) -> CaseRow:
    """A case in safe mode, with all that is said of it."""
    case = a_case(service, who, SILENCE, talk=True)

    def protect(connection: object) -> None:
        found = read_by_id(connection, case.conversation_id or 0)  # type: ignore[arg-type]
        assert found is not None
        set_safe_mode(connection, found.id, True, service.app.tools.clock())  # type: ignore[arg-type]

    service.do(service.app.database.write(protect))
    return case


def open_step(at: Desk, name: str) -> None:
    """Open the form of a step."""
    at.page.locator("#next summary").get_by_text(name, exact=True).click()


@pytest.mark.parametrize("size", SIZES)
def test_the_register_looks_right(
    desk: OpenDesk, service: Apart, staff: dict[str, Account], size: tuple[int, int]
) -> None:
    a_quiet_case(service, staff["zhao"])
    case = a_case(service, staff["zhao"])
    service.do(stepped(service.running, staff["zhao"], case, "ask_supplement"))
    at, eye = desk(size), desk(size)
    at.sign_in("case.zhao")
    wrong = {}
    for query in ("", "?state=all", "?state=archived", "?kind=legal_aid&who=nobody&due=soon", "?from=gestern"):
        at.go(f"/cases{query}")
        wrong[query] = at.blemishes()
    eye.sign_in("case.eye")
    eye.go("/cases")
    expect(eye.page.get_by_role("cell", name="法律援助申请").first).to_be_visible()
    expect(eye.page.get_by_text("工地做木工")).to_have_count(0)
    wrong["an auditor's"] = eye.blemishes()
    assert {where: found for where, found in wrong.items() if found} == {}


@pytest.mark.parametrize("size", SIZES)
def test_a_case_looks_right_with_each_of_its_forms(
    desk: OpenDesk, service: Apart, staff: dict[str, Account], size: tuple[int, int], tmp_path: Path
) -> None:
    case = a_case(service, staff["zhao"], talk=True)
    quiet = a_quiet_case(service, staff["zhao"])
    at = desk(size)
    at.sign_in("case.head")
    at.go(f"/cases/{case.id}")
    wrong = {"as it comes": at.blemishes()}
    for summary in at.page.locator("#next summary").all():
        name = summary.inner_text()
        summary.click()
        wrong[name] = at.blemishes()
        summary.click()
    (tmp_path / "工资条 第一页.png").write_bytes(PNG)
    (tmp_path / "劳动合同.pdf").write_bytes(PDF)
    for file in ("工资条 第一页.png", "劳动合同.pdf"):
        at.page.get_by_label("添加附件").set_input_files(tmp_path / file)
        at.page.get_by_role("button", name="添加", exact=True).click()
        expect(at.page.get_by_text(f"“{file}”放进工单了")).to_be_visible()
    at.page.get_by_label("移除 劳动合同.pdf").click()
    wrong["with files"] = at.blemishes()
    at.page.get_by_label("为什么移除").last.fill("传错了")
    at.page.locator("#files").get_by_role("button", name="移除").last.click()
    expect(at.page.get_by_text("移除了：田科长：传错了")).to_be_visible()
    at.page.get_by_text("最近说的").click()
    wrong["with the talk"] = at.blemishes()
    at.go(f"/cases/{quiet.id}")
    at.page.get_by_text("家庭暴力：先保安全").click()
    expect(at.page.get_by_text("不要主动打电话、发短信")).to_be_visible()
    wrong["a protected one"] = at.blemishes()
    at.go("/cases/999999")
    wrong["none"] = at.blemishes()
    assert {where: found for where, found in wrong.items() if found} == {}


@pytest.mark.parametrize("size", SIZES)
def test_numbers_are_shown_without_losing_what_is_typed(
    desk: OpenDesk, service: Apart, staff: dict[str, Account], size: tuple[int, int]
) -> None:
    case = a_case(service, staff["zhao"])
    at = desk(size)
    at.sign_in("case.zhao")
    at.go(f"/cases/{case.id}")
    note = at.page.get_by_label("写给同事")
    note.fill("下午三点前打电话")
    expect(at.page.get_by_text(APPLICANT["phone"])).to_have_count(0)
    at.page.get_by_role("button", name="查看联系方式").click()
    expect(at.page.locator("#contact")).to_contain_text(APPLICANT["phone"])
    expect(at.page.locator("#contact")).to_contain_text(OTHER["other_name"])
    expect(note).to_have_value("下午三点前打电话")
    expect(at.page.get_by_role("button", name="查看联系方式")).to_have_count(0)
    assert at.blemishes() == []
    at.page.get_by_role("button", name="记下").click()
    expect(at.page.locator("#notes")).to_contain_text("赵志强")


def test_two_clerks_at_once_and_one_of_them_twice(desk: OpenDesk, service: Apart, staff: dict[str, Account]) -> None:
    case = a_case(service, staff["zhao"], talk=True)
    zhao, qian = desk(PHONE_OF_STAFF), desk(DESKTOP)
    for at, login in ((zhao, "case.zhao"), (qian, "case.qian")):
        at.sign_in(login)
        at.go(f"/cases/{case.id}")
    open_step(zhao, "要求补材料")
    missing = zhao.page.locator("#step-ask_supplement").get_by_label("缺哪些材料（一次说全）")
    missing.fill("身份证复印件、考勤记录")
    open_step(qian, "补充情况")
    qian.page.locator("#step-add").get_by_label("补充的情况").fill("工友还有六个人")
    button = qian.page.locator("#step-add").get_by_role("button", name="补充情况")
    button.dblclick()
    expect(qian.page.locator("#timeline")).to_contain_text("工友还有六个人")
    expect(qian.page.locator("#timeline li")).to_have_count(2)
    zhao.page.locator("#step-ask_supplement").get_by_role("button", name="要求补材料").click()
    told = zhao.page.get_by_role("alert")
    expect(told).to_contain_text("刚才有同事改过这个工单")
    expect(told).to_contain_text("工友还有六个人")
    expect(missing).to_have_value("身份证复印件、考勤记录")
    assert zhao.blemishes() == []
    zhao.page.locator("#step-ask_supplement").get_by_role("button", name="要求补材料").click()
    expect(zhao.page.get_by_role("status")).to_contain_text("已经告诉当事人")
    expect(zhao.page.get_by_text("计时暂停")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_a_case_is_taken_down_at_the_window(desk: OpenDesk, staff: dict[str, Account], size: tuple[int, int]) -> None:
    at = desk(size)
    at.sign_in("case.zhao")
    at.go("/cases")
    at.page.get_by_role("link", name="代为登记").click()
    wrong = {"the kinds": at.blemishes()}
    at.page.get_by_role("link", name=re.compile("^人民调解申请")).click()
    at.page.get_by_label("事情经过").fill("两家屋基挨到起，滴水檐伸过来")
    at.page.get_by_label("当事人在哪个乡镇街道").select_option(LONGTAN)
    at.page.get_by_text("台账的栏目").click()
    at.page.get_by_label("纠纷类型").select_option("邻里")
    at.page.get_by_label("电话", exact=False).first.fill("13700001111")
    wrong["the form"] = at.blemishes()
    at.page.get_by_role("button", name="登记", exact=True).click()
    expect(at.page.get_by_role("alert")).to_contain_text("要先问当事人同不同意")
    wrong["what is missing"] = at.blemishes()
    at.page.get_by_label("当事人同意留姓名电话").check()
    at.page.get_by_role("button", name="登记", exact=True).click()
    expect(at.page.get_by_role("status")).to_contain_text("请把编号告诉当事人")
    expect(at.page.get_by_text("留了：电话")).to_be_visible()
    assert {where: found for where, found in wrong.items() if found} == {}


def test_a_file_that_is_too_large_is_told_in_words(
    desk: OpenDesk, service: Apart, staff: dict[str, Account], tmp_path: Path
) -> None:
    case = a_case(service, staff["zhao"])
    large = tmp_path / "large.png"
    large.write_bytes(PNG + b"\x00" * (LARGEST_FILE + 2**20))
    at = desk(PHONE_OF_STAFF)
    at.sign_in("case.zhao")
    at.go(f"/cases/{case.id}")
    at.page.get_by_label("添加附件").set_input_files(large)
    expect(at.page.get_by_role("alert")).to_contain_text("超过 10 MB，收不下")
    assert at.blemishes() == []
    at.page.get_by_role("button", name="添加", exact=True).click()
    expect(at.page).to_have_url(re.compile(f"/cases/{case.id}$"))  # it has not travelled
    at.page.get_by_label("添加附件").set_input_files({"name": "small.png", "mimeType": "image/png", "buffer": PNG})
    expect(at.page.get_by_role("alert")).to_have_count(0)
    at.page.get_by_role("button", name="添加", exact=True).click()
    expect(at.page.get_by_text("“small.png”放进工单了")).to_be_visible()
