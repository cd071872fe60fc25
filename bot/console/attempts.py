"""Judging a password or a code: counted, slowed down, locked, and told in words that give nothing away."""

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.channels.base import Rate
from bot.console import totp
from bot.console.limits import Limiter, Strikes
from bot.console.passwords import Passwords
from handlers.desk.tools import Tools
from storage import accounts, sign_in
from storage.account_records import Account
from storage.audit import write_audit
from storage.desk_records import AuditEntry

MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
NOBODY = "（未登录）"
_PER_ADDRESS = Rate(per_second=1 / 6, burst=30)  # an office shares one address, and signs in at the same hour
_PER_LOGIN = Rate(per_second=1 / 30, burst=10)
_SAME_TIME = 0.35  # seconds after which every refusal comes, whatever was wrong


@dataclass(frozen=True, slots=True)
class Refused:
    """Why somebody is not let in, in words for them."""

    words: str
    status: int = 403


class Attempts:
    """One for each running service: it keeps the counts."""

    def __init__(self, tools: Tools, passwords: Passwords, zone: ZoneInfo) -> None:
        self._tools = tools
        self._passwords = passwords
        self._zone = zone
        self._addresses = Limiter(_PER_ADDRESS)
        self._logins = Limiter(_PER_LOGIN)
        self._strikes = Strikes(MOST_FAILURES, LOCKED_FOR)

    async def password(self, address: str, login: str, password: str) -> Account | Refused:
        """Whose login and password these are. Unknown, wrong and disabled are told in the same words and time."""
        if wait := self._wait(address, login):
            return wait
        began = time.monotonic()
        found = await self._judge(login, password)
        if isinstance(found, Refused):
            await asyncio.sleep(max(0.0, began + _SAME_TIME - time.monotonic()))
        return found

    async def code(self, address: str, account: Account, code: str) -> Account | Refused:
        """Whether it is the code of this account's second factor at this moment, and was not used before."""
        if wait := self._wait(address, account.login):
            return wait
        now = self._tools.clock()
        attempt = await self._begin(account.login, now)
        if attempt.credentials is None:
            return await self._locked(account, attempt.locked_until, now)
        step = totp.step_of(self._tools.seal.open(attempt.credentials.totp_sealed), code, now)

        def settle(connection: Connection) -> bool:
            good = step is not None and sign_in.use_totp_step(connection, account.id, step)
            if good:
                sign_in.forgive(connection, account.id)
            else:
                write_audit(connection, entry(account, "sign_in.refused", now, why="code"))
            return good

        if await self._tools.database.write(settle):
            return account
        return Refused(f"验证码不对，或者已经用过。请等验证器换一个新的再输。连续错 {MOST_FAILURES} 次会锁定。")

    def _wait(self, address: str, login: str) -> Refused | None:
        seconds = self._addresses.take(address) or self._logins.take(login)
        return Refused(f"试得太频繁了，请等 {seconds} 秒再试。", 429) if seconds else None

    async def _judge(self, login: str, password: str) -> Account | Refused:
        now = self._tools.clock()
        attempt = await self._begin(login, now)
        until = attempt.locked_until
        if attempt.credentials is None and until is None:
            until = self._strikes.begin(login, now)
        hashed = attempt.credentials.password if attempt.credentials else None
        good = await self._passwords.verify(hashed, password)
        if until is not None:
            return await self._locked(None, until, now)
        if not good or attempt.credentials is None:
            account = attempt.credentials.account if attempt.credentials else None
            await self._write(entry(account, "sign_in.refused", now, why="password"))
            minutes = LOCKED_FOR // timedelta(minutes=1)
            return Refused(f"登录名或密码不对。连续错 {MOST_FAILURES} 次，这个登录名会锁 {minutes} 分钟。")
        await self._succeed(attempt.credentials.account, attempt.credentials.password, password)
        return attempt.credentials.account

    async def _succeed(self, account: Account, hashed: str, password: str) -> None:
        fresh = await self._passwords.hash(password) if self._passwords.is_stale(hashed) else None

        def work(connection: Connection) -> None:
            sign_in.forgive(connection, account.id)
            if fresh is not None:
                accounts.rehash(connection, account.id, hashed, fresh)

        await self._tools.database.write(work)

    async def _begin(self, login: str, now: datetime) -> sign_in.Attempt:
        return await self._tools.database.write(lambda c: sign_in.begin(c, login, now, MOST_FAILURES, LOCKED_FOR))

    async def _locked(self, account: Account | None, until: datetime | None, now: datetime) -> Refused:
        await self._write(entry(account, "sign_in.refused", now, why="locked"))
        till = f"{until.astimezone(self._zone):%H:%M} 以后" if until else "过一会儿"
        return Refused(f"这个登录名连续输错太多次，已经锁定，{till}再试。着急的话，请管理员重设密码。")

    async def _write(self, line: AuditEntry) -> None:
        await self._tools.database.write(lambda connection: write_audit(connection, line))


def entry(account: Account | None, action: str, now: datetime, **detail: str) -> AuditEntry:
    """A line about signing in. Of an unknown login nothing is kept: what was typed may be a password, or a name."""
    if account is None:
        return AuditEntry(now, None, NOBODY, action, "account:?", detail=dict(detail))
    return AuditEntry(now, account.id, account.name, action, f"account:{account.id}", account.unit, dict(detail))
