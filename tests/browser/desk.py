"""The console as a member of staff uses it in a browser, with an eye on all that must never happen.

def test_the_queue_looks_right(desk: OpenDesk, service: Apart) -> None:
service.do(make_account(service.running, "wang", Role.DESK))
at = desk(DESKTOP)              # or PHONE_OF_STAFF; what is wrong on its console fails the test at its end
at.sign_in("wang")
at.go("/queue")
assert at.blemishes() == []     # sideways overflow, small targets, low contrast, axe: serious or worse
"""

import re
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, expect

from tests.console.client import PASSWORD

PHONE_OF_STAFF = (390, 844)
DESKTOP = (1280, 800)
SIZES = (PHONE_OF_STAFF, DESKTOP)
_LOOK = (Path(__file__).parent / "look.js").read_text(encoding="utf-8")
_GRAVE = ("serious", "critical")
# What a browser says of an answer that is meant to be one: a refused sign-in, a page that is not there.
_MEANT = re.compile(r"the server responded with a status of (401|403|404|409|413|422|429)")


class Desk:
    """One browser at the console."""

    def __init__(self, page: Page, base_url: str) -> None:
        self.page = page
        self.base_url = base_url
        self._faults: list[str] = []
        page.on("console", self._said_on_the_console)
        page.on("pageerror", lambda error: self._faults.append(f"error: {error}"))
        page.on("request", lambda request: self._asked_for(request.url))

    def go(self, path: str) -> None:
        """Open a page of the console."""
        self.page.goto(f"{self.base_url}/console{path}", wait_until="domcontentloaded")

    def sign_in(self, login: str, password: str = PASSWORD) -> None:
        """Through the sign-in page, which leads on to the page that was asked for."""
        if "/console/sign-in" not in self.page.url:
            self.go("/sign-in")
        self.page.get_by_label("登录名").fill(login)
        self.page.get_by_label("密码").fill(password)
        self.page.get_by_role("button", name="登录", exact=True).click()
        expect(self.page).not_to_have_url(re.compile("/console/sign-in"))

    def blemishes(self) -> list[str]:
        """What is wrong with how the page looks now, and axe's serious findings; empty when all is well."""
        found: list[str] = self.page.evaluate(_LOOK)
        # Half of axe's time goes into contrast: colours are the same at both sizes, and `look` measures them.
        wide = (self.page.viewport_size or {"width": 0})["width"] >= DESKTOP[0]
        rules = {"color-contrast": {"enabled": not wide}}
        response: dict[str, Any] = (
            Axe().run(self.page, options={"resultTypes": ["violations"], "rules": rules}).response
        )
        grave = [one for one in response["violations"] if one["impact"] in _GRAVE]
        return found + [f"axe {one['id']}: {one['nodes'][0]['html'][:160]}" for one in grave]

    def faults(self) -> list[str]:
        """What went wrong unseen: on the console, or requests to another host."""
        return self._faults

    def _said_on_the_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _MEANT.search(message.text):
            self._faults.append(f"{message.type}: {message.text}")

    def _asked_for(self, url: str) -> None:
        if not url.startswith((self.base_url, "data:", "blob:")):
            self._faults.append(f"asked for {url}")
