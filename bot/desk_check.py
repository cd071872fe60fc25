"""The doctor's look at the desk: who can take a resident, who waits, are calendar, roster and directory kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.config import Settings
from bot.doctor import BAD, GOOD, HINT, Finding, hours_now
from handlers.desk.crew import crew
from handlers.desk.published import unpublished_year, warning
from handlers.desk.staff import Permission, Role
from handlers.stations import is_stale
from storage import roster, workstations
from storage.database import Database
from storage.desk_clocks import Queue, queue
from storage.workstations import Workstation

_DAYS = 7
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class _Desk:
    receive: int  # accounts that may take residents
    supervise: int
    rostered: bool
    waiting: Queue
    directory: list[Workstation]


def examine_desk(database: Database, settings: Settings, now: datetime) -> Iterator[Finding]:
    """What the desk needs to keep its promises; nothing where the database cannot be read, which is told elsewhere."""
    hours = hours_now(database, settings)
    today = now.astimezone(settings.zone).date()

    def read(connection: Connection) -> _Desk:
        able = crew(connection)
        return _Desk(
            receive=sum(member.may(Permission.SERVE) for member in able),
            supervise=sum(Role.SUPERVISOR in member.roles for member in able),
            rostered=bool(roster.rostered_units(connection, today, _DAYS)),
            waiting=queue(connection, now),
            directory=workstations.everything(connection),
        )

    year = unpublished_year(today, hours.overrides)
    if year is not None:
        yield Finding(HINT, f"工作日历：{warning(year)}")
    try:
        found = database.read_now(read)
    except Exception:  # noqa: BLE001 - examine_database has told what is wrong with it
        return
    yield from _people(found)
    yield from _waiting(found)
    yield from _directory(found, now)


def _people(found: _Desk) -> Iterator[Finding]:
    if not found.receive:
        yield Finding(HINT, "工作台：还没有能接待居民的账号，转人工没人能接；请管理员登录 /console/ 建接待员账号")
        return
    yield Finding(GOOD, f"工作台：{found.receive} 个账号能接待，其中主管 {found.supervise} 个")
    if not found.supervise:
        yield Finding(HINT, "工作台：没有主管账号，超时没人催办")
    if not found.rostered:
        yield Finding(HINT, f"值班表：往后 {_DAYS} 天没有排班，提醒会发给全部接待员；在 /console/ 的值班表里排")


def _waiting(found: _Desk) -> Iterator[Finding]:
    waiting = found.waiting
    if waiting.overdue:
        yield Finding(
            BAD,
            f"转人工：{waiting.waiting} 件在等人接，{waiting.overdue} 件过了承诺的时间；马上到 /console/ 的队列去接",
        )
    elif waiting.waiting:
        yield Finding(HINT, f"转人工：{waiting.waiting} 件在等人接，在 /console/ 的队列里")


def _directory(found: _Desk, now: datetime) -> Iterator[Finding]:
    if not found.directory:
        yield Finding(HINT, "工作站名录：还没有建；第一次启动时照 [county.stations] 建，以后在 /console/ 里改")
    stale = [row.facts.name for row in found.directory if row.facts.closed_on is None and is_stale(row, now)]
    if stale:
        names = "、".join(stale[:_SHOWN]) + ("……" if len(stale) > _SHOWN else "")
        yield Finding(
            HINT,
            f"工作站名录：{len(stale)} 个缺地址或电话，或者 90 天没核实过；在 /console/ 的名录里改或点核实：{names}",
        )
