"""A resident hands in a photo on the page: with a form open, too large, refused, after the page was closed."""

import pytest
from playwright.sync_api import Route, expect

from handlers.attachments import LARGEST_FILE
from tests import files
from tests.browser.chat import DESKTOP, PHONE, Chat
from tests.browser.conftest import Visit

BEGUN = "我要申请法律援助"


def choose(chat: Chat, name: str, data: bytes, media_type: str = "image/jpeg") -> None:
    """Pick a file by the button of the page."""
    with chat.page.expect_file_chooser() as chosen:
        chat.page.get_by_role("button", name="发图片或文件").click()
    chosen.value.set_files({"name": name, "mimeType": media_type, "buffer": data})


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=str)
def test_a_photo_goes_with_the_form(visit: Visit, size: tuple[int, int]) -> None:
    chat = visit(size)
    chat.say(BEGUN)
    before = chat.replies.count()
    choose(chat, "欠条.jpg", files.JPEG)
    expect(chat.mine.last).to_contain_text("（图片）欠条.jpg")
    expect(chat.replies.nth(before)).to_contain_text("放在一起")
    expect(chat.mine.last.locator(".fate")).to_be_empty()
    assert chat.blemishes() == []


def test_what_is_not_taken_is_said_in_words(visit: Visit) -> None:
    chat = visit(PHONE)
    chat.refused_as = 415  # the browser notes it on its console
    chat.say(BEGUN)
    before = chat.replies.count()
    choose(chat, "照片.zip", files.packed("a.jpg"), "application/zip")
    expect(chat.mine.last.locator(".why")).to_contain_text("压缩包")
    choose(chat, "大.jpg", files.JPEG + b"x" * LARGEST_FILE)
    expect(chat.mine.last.locator(".why")).to_contain_text("超过 10 MB")
    assert chat.replies.count() == before


def test_a_lost_connection_is_tried_again(visit: Visit) -> None:
    chat = visit(PHONE)
    chat.network_may_fail = True
    chat.say(BEGUN)
    before = chat.replies.count()
    lost: list[Route] = []

    def lose_the_first(route: Route) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(route)
            route.abort()

    chat.page.route("**/api/v1/attachments", lose_the_first)
    choose(chat, "欠条.jpg", files.JPEG)
    expect(chat.replies.nth(before)).to_contain_text("放在一起")
    assert lost


def test_after_the_page_was_closed_the_file_is_chosen_anew(visit: Visit) -> None:
    chat = visit(PHONE)
    chat.network_may_fail = True
    chat.say(BEGUN)
    chat.page.route("**/api/v1/attachments", lambda route: route.abort())
    choose(chat, "欠条.jpg", files.JPEG)
    expect(chat.mine.last.get_by_role("button", name="未送达，点这里重发")).to_be_visible()
    chat.page.unroute("**/api/v1/attachments")
    chat.page.reload(wait_until="domcontentloaded")
    chat.mine.last.get_by_role("button", name="未送达，点这里重发").click()
    expect(chat.mine.last.locator(".why")).to_contain_text("重新选一次")
