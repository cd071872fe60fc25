"""Debian's Chromium, driven by Playwright's Python package: nothing is downloaded."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

# The headless shell is the same engine without the window around it, which costs more than the pages themselves.
_PROGRAMS = ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium")
# Root needs --no-sandbox; the rest keeps the browser from talking to anybody but the page's server.
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Missing(Exception):
    """Chromium is not installed."""


def program() -> Path:
    """Where Chromium is.

    Raises:
        Missing: it is nowhere.
    """
    found = next((one for one in _PROGRAMS if Path(one).exists()), None) or shutil.which("chromium")
    if found is None:
        raise Missing("Chromium is not installed (no chromium-headless-shell or chromium in /usr/bin, none on PATH)")
    return Path(found)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium; Playwright gives it a new user data folder and removes it."""
    path = program()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()
