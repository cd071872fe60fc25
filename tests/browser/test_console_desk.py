"""The desk's pages on a believable day, on a phone and on a desk: how they look, and what is done with them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDesk
from tests.browser.desk import DESKTOP, PHONE_OF_STAFF, SIZES, Desk
from tests.browser.desk_people import Day
from tests.browser.desk_scene import Scene, fill
from tests.running import Apart, running_apart

WITH_KEYBOARD = 430  # what a phone's keyboard leaves of the page


@dataclass(frozen=True)
class At:
    """The service on that day."""

    app: Apart
    scene: Scene


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[At]:
    day = Day()
    with running_apart(tmp_path_factory.mktemp("day"), clock=day) as app:
        yield At(app, app.do(fill(app.running, day)))


def opened(desk: OpenDesk, at: At, size: tuple[int, int], login: str) -> Desk:
    found = desk(size, base_url=at.app.base_url, reduced_motion="reduce")
    found.sign_in(login)
    return found


def talk(number: int) -> str:
    return f"/conversations/{number}"


@pytest.mark.parametrize("size", SIZES)
def test_every_page_of_the_desk_looks_right(desk: OpenDesk, at: At, size: tuple[int, int]) -> None:
    scene = at.scene
    pages = {
        "wang.min": (
            "/",
            "/queue",
            "/queue?township=龙潭镇",
            talk(scene.held),
            talk(scene.client),
            talk(scene.waits),
            talk(scene.protected),
            talk(scene.colleague),
            f"/handovers/{scene.ended}/outcome",
            "/search?q=欠薪",
            "/search?q=没有这样的事",
            "/knowledge",
            "/knowledge?q=工伤",
            "/knowledge/labor.unpaid-wages-general",
            "/knowledge/marriage.bride-price-return",
            "/ratings",
        ),
        "li.qiang": ("/", talk(scene.held), "/ratings?follow_up=open", "/canned", "/canned/1", "/canned/new"),
        "zhao.bian": ("/", "/canned"),
        "tian.shen": ("/", "/ratings"),
    }
    wrong = {}
    for login, paths in pages.items():
        staff = opened(desk, at, size, login)
        for path in paths:
            staff.go(path)
            wrong[f"{login} {path}"] = staff.blemishes()
        staff.page.context.close()
    assert {where: found for where, found in wrong.items() if found} == {}


@pytest.mark.parametrize("size", SIZES)
def test_each_tool_of_the_answer_box_looks_right(desk: OpenDesk, at: At, size: tuple[int, int]) -> None:
    staff = opened(desk, at, size, "wang.min")
    staff.go(talk(at.scene.held))
    wrong = {}
    for name in ("候选", "常用语", "备注", "办结"):
        staff.page.locator("summary.button", has_text=name).click()
        expect(staff.page.locator("details.tool[open]")).to_have_count(1)
        panel = staff.page.locator("details.tool[open] .panel")
        expect(panel).to_be_visible()
        box = panel.bounding_box()
        assert box is not None
        assert box["y"] >= 56, f"{name} begins above the page"
        wrong[name] = staff.blemishes()
    staff.page.keyboard.press("Escape")
    expect(staff.page.locator("details.tool[open]")).to_have_count(0)
    assert {where: found for where, found in wrong.items() if found} == {}


def test_with_the_keyboard_open_the_last_words_the_box_and_the_button_are_in_sight(desk: OpenDesk, at: At) -> None:
    staff = opened(desk, at, PHONE_OF_STAFF, "wang.min")
    staff.go(talk(at.scene.held))
    staff.page.get_by_label("写给来访人").tap()
    staff.page.set_viewport_size({"width": PHONE_OF_STAFF[0], "height": WITH_KEYBOARD})
    staff.page.get_by_label("写给来访人").fill("可以申请。\n明天上午带身份证和欠条来县法律援助中心。")
    for seen in (
        staff.page.get_by_label("写给来访人"),
        staff.page.get_by_role("button", name="发送"),
        staff.page.locator("#talk > li").last,
    ):
        expect(seen).to_be_in_viewport(ratio=0.9)
    expect(staff.page.locator(".dock")).to_be_hidden()
    assert staff.blemishes() == []


def test_a_candidate_and_a_canned_answer_go_into_the_box_and_can_be_changed(desk: OpenDesk, at: At) -> None:
    staff = opened(desk, at, DESKTOP, "wang.min")
    staff.go(talk(at.scene.held))
    words = staff.page.get_by_label("写给来访人")
    staff.page.locator("summary.button", has_text="候选").click()
    staff.page.locator(".panel .option summary").first.click()
    staff.page.get_by_role("button", name="用这条答复").first.click()
    expect(words).to_have_value(re.compile("依据：\n《"))
    expect(words).to_be_focused()
    words.fill("先说一句。")
    staff.page.locator("summary.button", has_text="常用语").click()
    staff.page.locator(".panel .option summary", has_text="请您稍等").click()
    staff.page.get_by_role("button", name="填进去").first.click()
    expect(words).to_have_value(re.compile(r"^先说一句。\n您好，我是王敏，您的事（RG1126-\d+）我看到了"))
    expect(staff.page.locator("#length")).to_have_text(re.compile(r"^\d+ 字$"))
    words.fill("")


def test_topics_are_found_by_words_for_the_outcome(desk: OpenDesk, at: At) -> None:
    staff = opened(desk, at, PHONE_OF_STAFF, "wang.min")
    staff.go("/")
    staff.page.get_by_role("link", name=re.compile("RG1126")).last.click()
    expect(staff.page.get_by_role("heading", name=re.compile("填处置 RG"))).to_be_visible()
    staff.page.get_by_label("找别的主题").fill("委托公证")
    expect(staff.page.get_by_role("status")).to_contain_text(re.compile("找到|没有找到"))
    staff.page.get_by_label("找别的主题").fill("公证")
    expect(staff.page.get_by_role("status")).to_contain_text("找到")
    staff.page.locator("[data-found]").first.click()
    staff.page.get_by_label("处置结果").select_option("引导公证")
    staff.page.get_by_role("button", name="填好了").click()
    expect(staff.page.get_by_role("status")).to_contain_text("处置填好了，咨询编号 ZX2026-YY-")
    expect(staff.page.get_by_text("还没填处置的")).to_have_count(0)


def test_the_queue_narrowed_to_a_township_does_not_tell_where_the_protected_are(desk: OpenDesk, at: At) -> None:
    staff = opened(desk, at, DESKTOP, "wang.min")
    staff.go("/queue")
    everybody = staff.page.locator("#queue-list > li").count()
    staff.page.get_by_label("乡镇").select_option(label="龙潭镇（1）")
    expect(staff.page).to_have_url(re.compile("township="))
    rows = staff.page.locator("#queue-list > li")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("内容已保护")
    expect(rows.first).to_contain_text("县内")
    assert everybody > 2
    assert "麻旺镇" not in (rows.first.text_content() or "")
