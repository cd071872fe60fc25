"""One Chromium and one service for all tests here; each visit has a browser context of its own."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chat import Chat
from tests.browser.chromium import Missing, chromium, program
from tests.browser.desk import Desk
from tests.requirements import skip_or_fail
from tests.running import Apart, running_apart

Visit = Callable[..., Chat]
OpenDesk = Callable[..., Desk]
_PATIENCE_MS = 15_000
expect.set_options(timeout=_PATIENCE_MS)


# Not for the whole session: Playwright's loop runs in this thread, where other tests call `asyncio.run`.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium; skips where it is not installed."""
    try:
        program()
    except Missing as missing:
        skip_or_fail("chromium", str(missing))
    with chromium() as running:
        yield running


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    """The service that the visits go to."""
    with running_apart(tmp_path_factory.mktemp("service")) as app:
        yield app


@pytest.fixture
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Opens the chat page: `visit((width, height), base_url=…, **options of a browser context)`.

    Phones have touch. At the end no visit may have had an error on its console or asked another host.
    """
    chats: list[Chat] = []

    def open_chat(size: tuple[int, int], base_url: str = "", prepare: str = "", **options: Any) -> Chat:
        base_url = base_url or request.getfixturevalue("service").base_url
        phone = size[0] < 600
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, is_mobile=phone, has_touch=phone, locale="zh-CN", **options
        )
        context.set_default_timeout(_PATIENCE_MS)
        if prepare:
            context.add_init_script(prepare)
        chats.append(Chat(context.new_page(), base_url))
        chats[-1].open()
        return chats[-1]

    yield open_chat
    for chat in chats:
        chat.page.context.close()
    assert [fault for chat in chats for fault in chat.faults()] == []


@pytest.fixture
def desk(browser: Browser, request: pytest.FixtureRequest) -> Iterator[OpenDesk]:
    """Opens a browser for the console: `desk((width, height), base_url=…, **options of a browser context)`."""
    desks: list[Desk] = []

    def open_desk(size: tuple[int, int], base_url: str = "", **options: Any) -> Desk:
        base_url = base_url or request.getfixturevalue("service").base_url
        phone = size[0] < 600
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, is_mobile=phone, has_touch=phone, locale="zh-CN", **options
        )
        context.set_default_timeout(_PATIENCE_MS)
        desks.append(Desk(context.new_page(), base_url))
        return desks[-1]

    yield open_desk
    for one in desks:
        one.page.context.close()
    assert [fault for one in desks for fault in one.faults()] == []
