"""A network that fails and a server that dies: every message arrives, in its order, once."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.chat import PHONE, WAGES
from tests.browser.conftest import Visit

MESSAGES = "**/api/v1/messages"
AGAIN = "未送达，点这里重发"
_STARTS_WITHIN = 60.0


class Program:
    """`python -m bot run` with its data in a folder, always on the same port."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.base_url = f"http://127.0.0.1:{port}"
        self._config = folder / "config.toml"
        self._config.write_text(f"[service]\ndata_dir = {json.dumps(str(folder))}\n[web]\nport = {port}\n")
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "bot", "--config", str(self._config), "run"]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + _STARTS_WITHIN
        while not self._is_ready():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.05)

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def metric(self, name: str) -> int:
        lines = httpx.get(f"{self.base_url}/metrics").text.splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name} "))

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.base_url}/readyz").status_code == 200
        except httpx.TransportError:
            return False


def sent(page: Page) -> list[tuple[str, str]]:
    """Id and text of every message that leaves the page, each time that it leaves."""
    found: list[tuple[str, str]] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            body = json.loads(request.post_data or "")
            found.append((body["id"], body["text"]))

    page.on("request", note)
    return found


def stop_the_clock(page: Page) -> None:
    """The page's timers wait for the test, however slow the machine is."""
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))


def lose_the_answer(work: Callable[[], None]) -> Callable[[Route], None]:
    """Lets a message reach the server, does `work`, and lets the answer never reach the page."""

    def handle(route: Route) -> None:
        assert route.fetch().ok
        work()
        route.abort("connectionreset")

    return handle


def test_messages_around_a_killed_server_are_sent_again_and_recorded_once(visit: Visit, tmp_path: Path) -> None:
    program = Program(tmp_path)
    program.start()
    try:
        chat = visit(PHONE, base_url=program.base_url)
        chat.network_may_fail = True
        stop_the_clock(chat.page)
        left = sent(chat.page)
        chat.page.route(MESSAGES, lose_the_answer(program.kill), times=1)
        for text in (WAGES, "要什么材料"):  # the second is written while there is no server
            chat.words.fill(text)
            chat.send.click()
        expect(chat.page.get_by_role("button", name=AGAIN)).to_be_visible()
        program.start()
        chat.page.get_by_role("button", name=AGAIN).click()
        expect(chat.replies).to_have_count(2)
        expect(chat.replies.first.locator(".cites")).to_be_visible()
        expect(chat.last).to_contain_text("身份证")
        expect(chat.page.get_by_role("button", name=AGAIN)).to_have_count(0)
        first, again, second = left
        assert first == again
        assert [text for _, text in (again, second)] == [WAGES, "要什么材料"]
        assert program.metric("fawen_consultations") == 1
        conversation = chat.kept("fawen.talk.1")["conversation"]
        told = httpx.get(f"{program.base_url}/api/v1/messages", params={"conversation": conversation}).json()
        assert len(told["replies"]) == 2
    finally:
        program.kill()


def test_a_lost_answer_is_asked_for_again_by_itself(visit: Visit) -> None:
    chat = visit(PHONE)
    chat.network_may_fail = True
    stop_the_clock(chat.page)
    left = sent(chat.page)
    chat.page.route(MESSAGES, lose_the_answer(lambda: None), times=1)
    chat.words.fill(WAGES)
    chat.send.click()
    expect(chat.page.get_by_role("button", name=AGAIN)).to_be_visible()
    chat.page.clock.run_for(1000)
    expect(chat.replies).to_have_count(1)
    first, again = left
    assert first == again
    # Had the server answered twice, the other answer would come with the stream.
    expect(chat.say("要什么材料")).to_contain_text("身份证")
    expect(chat.replies).to_have_count(2)


def test_a_message_written_without_network_goes_out_when_it_is_back(visit: Visit) -> None:
    chat = visit(PHONE)
    chat.network_may_fail = True
    stop_the_clock(chat.page)  # only the network's return sends it
    left = sent(chat.page)
    chat.page.context.set_offline(offline=True)
    chat.words.fill(WAGES)
    chat.send.click()
    expect(chat.page.get_by_role("button", name=AGAIN)).to_be_visible()
    chat.page.context.set_offline(offline=False)
    expect(chat.replies).to_have_count(1)
    expect(chat.page.get_by_role("button", name=AGAIN)).to_have_count(0)
    first, again = left
    assert first == again


def test_a_message_that_failed_is_still_there_after_a_reload_and_goes_out_under_its_id(visit: Visit) -> None:
    chat = visit(PHONE)
    chat.network_may_fail = True
    left = sent(chat.page)
    chat.page.route(MESSAGES, lambda route: route.abort("connectionreset"), times=1)
    chat.words.fill(WAGES)
    chat.send.click()
    expect(chat.page.get_by_role("button", name=AGAIN)).to_be_visible()
    chat.page.reload(wait_until="domcontentloaded")
    chat.page.get_by_role("button", name=AGAIN).click()
    expect(chat.replies).to_have_count(1)
    expect(chat.mine).to_have_count(1)
    first, again = left
    assert first == again
