"""The console's queue page while ten thousand wait: each request at its own moment, by signed-in members of staff."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import httpx
from sqlalchemy import Connection, insert

from bot.app import open_database
from bot.config import Settings
from bot.console.passwords import hash_now
from storage import accounts
from storage.account_records import NewAccount
from storage.schema import conversations, handovers
from storage.upgrade import upgrade
from tests.benchmarks.client import as_fast_as_possible, at_rate, run
from tests.benchmarks.figures import Figure, at_most
from tests.benchmarks.processes import Served

WAITING = 10_000
_PASSWORD = "gui-tai-hou-mian-31"
_CHANNELS = ("wecom_kf", "web", "telegram")
_TOWNSHIPS = ("龙潭镇", "麻旺镇", "酉酬镇", "大溪镇", None)
_MARK = re.compile(r'<meta name="csrf" content="([0-9a-f]+)"')
_SUMMARY = "村里征了我家三亩地，补偿款两年没到账，找过村委会好几次，都说等，第 {number} 次问"
# Who looks at what: the whole county's queue, narrowed to a township or a channel, a workstation's own.
_LOOKS = (
    ("county", ""),
    ("county", "?" + urlencode({"township": "龙潭镇"})),
    ("county", "?channel=telegram"),
    ("station", ""),
)


def fill(folder: Path, waiting: int = WAITING) -> None:
    """A database in `folder` in which so many wait, and two members of staff."""
    settings = Settings.model_validate({"service": {"data_dir": folder}})
    database = open_database(settings)
    upgrade(database)
    database.write_now(lambda connection: _write(connection, waiting, datetime.now(UTC)))
    database.engine.dispose()


def latency(bot: Served, *, per_second: float = 5, seconds: float = 30, waiting: int = WAITING) -> list[Figure]:
    """The page of fifty rows, whole, with its line in the audit log on disk before the answer."""
    requests = [_get(bot.port, path, _signed_in(bot.port, login)) for login, path in _LOOKS]
    count = round(per_second * seconds)
    first = run(as_fast_as_possible(bot.port, requests, 1)).only(200)
    cpu = bot.cpu
    load = run(at_rate(bot.port, [requests[n % len(requests)] for n in range(count)], per_second, 16)).only(200)
    used = (bot.cpu - cpu) / count * 1000
    return [
        Figure("first page after the start", first.seconds[0] * 1000, "ms", note="templates and holidays are read"),
        Figure(f"queue page, {waiting} wait, {per_second:g}/s: p50", load.milliseconds(0.5), "ms"),
        at_most(f"queue page, {waiting} wait, {per_second:g}/s: p99", load.milliseconds(0.99), 200, "ms"),
        Figure("processor time of a page", used, "ms"),
    ]


def _write(connection: Connection, waiting: int, now: datetime) -> None:
    for login, unit in (("county", ""), ("station", "龙潭镇")):
        accounts.create(
            connection, NewAccount(login, login, ("desk",), unit, hash_now(_PASSWORD), must_change=False), now
        )
    talks, asked = [], []
    for number in range(1, waiting + 1):
        chat, township = f"chat{number}", _TOWNSHIPS[number % len(_TOWNSHIPS)]
        talk = {
            "id": number,
            "channel": _CHANNELS[number % 3],
            "account": "a",
            "chat": chat,
            "person": chat,
            "dialog": {},
        }
        talk |= {"holder": "waiting", "township": township, "safe_mode": number % 97 == 0}
        talks.append(talk | {"created_at": now, "updated_at": now})
        since = now - timedelta(minutes=number % 9000)
        item = {"number": f"RG-{number}", "conversation_id": number, "inbox_id": number, "reason": "word"}
        item |= {"summary": _SUMMARY.format(number=number), "urgent": number % 50 == 0, "state": "waiting"}
        item |= {"created_at": since, "promised_at": since + timedelta(hours=4), "township": township, "domain": "land"}
        # Staff and residents have been told, as they are of any queue that has stood for a while.
        asked.append(item | {"alerted_at": now, "told_at": now, "sla_level": 100})
    connection.execute(insert(conversations), talks)
    connection.execute(insert(handovers), asked)


def _signed_in(port: int, login: str) -> str:
    """The cookies of a browser in which this account is signed in."""
    base = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=base, follow_redirects=True) as browser:
        found = _MARK.search(browser.get("/console/sign-in").text)
        assert found is not None
        form = {"csrf": found[1], "login": login, "password": _PASSWORD}
        answer = browser.post("/console/sign-in", data=form, headers={"Origin": base})
        assert answer.url.path == "/console/", answer.url
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


def _get(port: int, query: str, cookies: str) -> bytes:
    lines = [
        f"GET /console/queue{query} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"Cookie: {cookies}",
        "Content-Length: 0",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
