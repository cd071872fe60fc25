"""Who of the servicers 接待人员 takes residents now (wecom.md 6.6)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.channels.wecom.client import WeComClient
from bot.channels.wecom.items import KF
from storage.database import Database
from storage.servicers import held_in_client

FRESH = timedelta(seconds=60)


@dataclass
class _Known:
    on_duty: dict[str, bool]
    until: datetime


class Duty:
    """Asks the platform at most once a minute, and believes what it tells by itself meanwhile."""

    def __init__(self, client: WeComClient, database: Database, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._database = database
        self._clock = clock
        self._known: dict[str, _Known] = {}

    async def on_duty(self, account: str) -> list[str]:
        """Members on duty, the one with the fewest residents in hand first.

        Raises:
            CallFailed: the platform does not tell.
        """
        now = self._clock()
        known = self._known.get(account)
        if known is None or known.until <= now:
            servicers = await self._client.ask(self._client.kf.servicers, account)
            known = self._known[account] = _Known(servicers.on_duty, now + FRESH)
        present = sorted(member for member, on in known.on_duty.items() if on)
        if len(present) > 1:
            busy = await self._database.read(lambda c: held_in_client(c, KF, account))
            present.sort(key=lambda member: busy.get(member, 0))
        return present

    async def is_hidden(self, account: str) -> bool:
        """Whether only departments serve, of whose members the platform does not say who is on duty.

        Raises:
            CallFailed: the platform does not tell.
        """
        servicers = await self._client.ask(self._client.kf.servicers, account)
        return servicers.departments and not servicers.on_duty

    def heard(self, account: str, member: str, *, on: bool) -> None:
        """The platform told that a member began or stopped taking residents."""
        known = self._known.get(account)
        if known is not None:
            known.on_duty[member] = on
