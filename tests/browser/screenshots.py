"""Pictures of the chat page for the README, taken of the real service.

Run by hand after the page has changed: `python -m tests.browser.screenshots docs/images`.
It needs Chromium and a Chinese font; on Debian:
`apt-get install chromium fonts-noto-cjk`.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.chat import DESKTOP, TALL_PHONE, WAGES, Chat
from tests.browser.chromium import chromium
from tests.running import running_apart

LARGEST = 150 * 1024


def wages(chat: Chat) -> None:
    """A question and its cited answer, scrolled so far back that both are in view."""
    chat.say(WAGES)
    chat.page.evaluate("document.getElementById('scroller').scrollTop -= 70")


def urgent(chat: Chat) -> None:
    """Somebody in danger."""
    chat.say("他正在打我快救我")
    expect(chat.page.get_by_role("alert")).to_contain_text("110")


def large(chat: Chat) -> None:
    """The same answer in large type."""
    chat.page.get_by_role("button", name="大字").click()
    chat.say(WAGES)


def desk(chat: Chat) -> None:
    """A wide screen: the greeting, an unclear question, the choices."""
    chat.say("工资")


PICTURES: dict[str, tuple[tuple[int, int], Callable[[Chat], None]]] = {
    "chat-phone.png": (TALL_PHONE, wages),
    "chat-urgent-phone.png": (TALL_PHONE, urgent),
    "chat-large-phone.png": (TALL_PHONE, large),
    "chat-desktop.png": (DESKTOP, desk),
}


def take(browser: Browser, base_url: str, path: Path) -> None:
    """One picture, of a visit of its own."""
    size, play = PICTURES[path.name]
    phone = size != DESKTOP
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        is_mobile=phone,
        has_touch=phone,
        device_scale_factor=1,
        locale="zh-CN",
        reduced_motion="reduce",
    )
    chat = Chat(context.new_page(), base_url)
    chat.open()
    play(chat)
    chat.page.screenshot(path=path)
    context.close()
    if path.stat().st_size > LARGEST:
        sys.exit(f"{path} has {path.stat().st_size} bytes, more than {LARGEST}")


def main(folder: Path) -> None:
    """All pictures, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, running_apart(Path(data)) as app, chromium() as browser:
        for name in PICTURES:
            take(browser, app.base_url, folder / name)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.browser.screenshots FOLDER")
    main(Path(sys.argv[1]))
