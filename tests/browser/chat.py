"""The page as a resident uses it, with an eye on all that must never happen."""

from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

WAGES = "老板拖欠工资三个月不给，怎么办"
PHONE = (360, 740)
TALL_PHONE = (390, 844)
DESKTOP = (1280, 800)
_LOOK = (Path(__file__).parent / "look.js").read_text(encoding="utf-8")


class Chat:
    """One visit to the chat page."""

    def __init__(self, page: Page, base_url: str) -> None:
        self.page = page
        self.base_url = base_url
        self.network_may_fail = False
        self.refused_as = 0  # the status with which a request of this visit is refused
        self.leads_to = ""  # the one address elsewhere that may be asked for
        self._faults: list[str] = []
        page.on("console", self._said_on_the_console)
        page.on("pageerror", lambda error: self._faults.append(f"error: {error}"))
        page.on("request", lambda request: self._asked_for(request.url))
        self.log = page.get_by_role("log")
        self.items = page.locator("#log .item")
        self.replies = page.locator("#log .item.bot:not([data-key=greeting])")
        self.mine = page.locator("#log .item.mine")
        self.words = page.get_by_label("写下您的问题")
        self.send = page.get_by_role("button", name="发送")

    @property
    def last(self) -> Locator:
        """The newest reply."""
        return self.replies.last

    def open(self) -> None:
        """Open the page; it is usable as soon as the document is there, for its event stream never ends."""
        self.page.goto(self.base_url, wait_until="domcontentloaded")

    def say(self, text: str) -> Locator:
        """Write and send; the reply, when it is there."""
        before = self.replies.count()
        self.words.fill(text)
        self.send.click()
        return self._reply_after(before)

    def tap(self, label: str, within: Locator | None = None) -> Locator:
        """Tap a choice of the newest reply; the reply to it."""
        before = self.replies.count()
        self.choice(label, within).click()
        return self._reply_after(before)

    def choice(self, label: str, within: Locator | None = None) -> Locator:
        """A button of the newest reply."""
        return (within or self.last).get_by_role("button", name=label, exact=True)

    def kept(self, name: str) -> Any:
        """What the page keeps in the browser under a name."""
        return self.page.evaluate("(name) => JSON.parse(localStorage.getItem(name))", name)

    def blemishes(self) -> list[str]:
        """What look.js finds wrong with the page as it stands: too wide, too small, too faint."""
        found: list[str] = self.page.evaluate(_LOOK)
        return found

    def faults(self) -> list[str]:
        """Errors and warnings on the console, uncaught errors, requests to other hosts."""
        return self._faults

    def _reply_after(self, before: int) -> Locator:
        reply = self.replies.nth(before)
        expect(reply).to_be_visible()
        return reply

    def _said_on_the_console(self, message: ConsoleMessage) -> None:
        if self.network_may_fail and "net::ERR_" in message.text:
            return
        if self.refused_as and f"status of {self.refused_as}" in message.text:
            return
        if message.type in {"error", "warning"}:
            self._faults.append(f"{message.type}: {message.text}")

    def _asked_for(self, url: str) -> None:
        if url != self.leads_to and not url.startswith((self.base_url + "/", "data:")):
            self._faults.append(f"request to another host: {url}")
