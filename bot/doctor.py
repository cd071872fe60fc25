"""The doctor: looks at settings, database, knowledge, clock and channels, and says how to mend what is wrong."""

from collections.abc import Awaitable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from bot.config import Settings
from handlers.hours import OfficeHours
from knowledge.lint import lint, missing_local_values
from knowledge.load import Knowledge
from storage import calendar
from storage.database import Database
from storage.health import Health, newest_message, read_health
from storage.upgrade import current_revision, newest_revision

GOOD, HINT, BAD = "好", "待填", "问题"
_OLD = timedelta(minutes=5)
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor: GOOD, HINT (the county may still supply something) or BAD."""

    grade: str
    text: str

    def __str__(self) -> str:
        return f"[{self.grade}] {self.text}"


@runtime_checkable
class Checkable(Protocol):
    """A channel that can look at its own credentials."""

    name: str

    def check(self) -> Awaitable[list[str]]:
        """What is wrong, one Chinese line each, with how to mend it."""
        ...


def examine_database(database: Database, now: datetime) -> Iterator[Finding]:
    """Can it be read, is it of this version, is work stuck."""
    try:
        revision = current_revision(database)
    except Exception as error:  # noqa: BLE001 - whatever the driver raises, the operator reads one line
        yield Finding(BAD, f"数据库打不开：{type(error).__name__}。检查 [database] url 和 data_dir 的权限")
        return
    if revision != newest_revision():
        found = f"结构是 {revision}" if revision else "还没有建"
        mend = "fawen run 启动时会自动升级，也可以先运行 fawen db upgrade"
        yield Finding(BAD if revision else HINT, f"数据库{found}，要 {newest_revision()}：{mend}")
        return
    health = database.read_now(read_health)
    yield Finding(
        GOOD, f"数据库 {database.url.get_backend_name()}，结构 {revision}，咨询记录 {health.consultations} 条"
    )
    yield from _stuck(health, now)


def examine_knowledge(knowledge: Knowledge, settings: Settings, now: datetime) -> Iterator[Finding]:
    """Faults and overdue reviews; what the county has not supplied."""
    problems = lint(knowledge, now.astimezone(settings.zone).date())
    for problem in problems[:_SHOWN]:
        yield Finding(BAD, f"知识：{problem}")
    if len(problems) > _SHOWN:
        yield Finding(BAD, f"知识：还有 {len(problems) - _SHOWN} 处，运行 fawen faq lint 看全部")
    if not problems:
        yield Finding(GOOD, f"知识 {len(knowledge.entries)} 个条目，版本 {knowledge.version}")
    doubtful = [entry.id for entry in knowledge.entries.values() if entry.needs_review]
    if doubtful:
        yield Finding(HINT, f"知识：{len(doubtful)} 个条目标了待复核，居民会看到提示：{'、'.join(doubtful)}")
    yield from _local(knowledge, settings)


def examine_clock(database: Database, settings: Settings, now: datetime) -> Iterator[Finding]:
    """The clock is not behind what is stored; when people are at work."""
    try:
        newest = database.read_now(newest_message)
    except Exception:  # noqa: BLE001 - examine_database has told what is wrong with it
        newest = None
    shown = now.astimezone(settings.zone).strftime("%Y-%m-%d %H:%M")
    if newest is not None and newest > now + _OLD:
        yield Finding(BAD, f"时钟：现在是 {shown}，比库里最新的消息还早；请校准系统时间")
    else:
        yield Finding(GOOD, f"时钟 {shown}（{settings.service.timezone}）")
    hours = hours_now(database, settings)
    yield Finding(GOOD, f"上班时间 {hours.shown()}；现在{'上班' if hours.is_open(now) else '下班'}")


def hours_now(database: Database, settings: Settings) -> OfficeHours:
    """The office hours with what administrators entered, where the database can be asked."""
    hours = settings.office_hours()
    try:
        return hours.with_days(database.read_now(calendar.overrides))
    except Exception:  # noqa: BLE001 - examine_database has told what is wrong with it
        return hours


async def examine_channels(channels: Mapping[str, object]) -> list[Finding]:
    """Ask every channel to look at its credentials."""
    found = []
    for name, channel in channels.items():
        if not isinstance(channel, Checkable):
            continue
        problems = await channel.check()
        found += [Finding(BAD, problem) for problem in problems] or [Finding(GOOD, f"渠道 {name} 正常")]
    return found


def _stuck(health: Health, now: datetime) -> Iterator[Finding]:
    if health.inbox_failed:
        yield Finding(
            BAD, f"收件：{health.inbox_failed} 条消息处理出错，已搁置并向当事人致歉；原因在 inbox 表的 error 栏"
        )
    if health.outbox_dead:
        yield Finding(BAD, f"发件：{health.outbox_dead} 条答复多次没发出去，已放弃；原因在 outbox 表的 error 栏")
    if health.oldest_waiting is not None and now - health.oldest_waiting > _OLD:
        yield Finding(BAD, f"收件：{health.inbox_waiting} 条消息等了 5 分钟以上，服务是不是没开？")


def _local(knowledge: Knowledge, settings: Settings) -> Iterator[Finding]:
    for key, used_by in missing_local_values(knowledge).items():
        if not settings.county.values.get(key) and key in knowledge.local_values:
            title = knowledge.local_values[key].title
            yield Finding(HINT, f"本地：{title} 没填（[county.values] {key}），用到它的有 {'、'.join(used_by)}")
    used = {
        kind for entry in knowledge.entries.values() if entry.where for kind in (entry.where.kind, *entry.where.also)
    }
    missing = [kind for kind in sorted(used) if knowledge.places[kind].needs and kind not in settings.county.places]
    if missing:
        yield Finding(HINT, f"本地：{len(missing)} 类机构没填地址电话（[county.places]）：{'、'.join(missing)}")
