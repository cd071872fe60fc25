"""Builds the running parts from the settings: here and in the three files beside it, and nowhere else."""

import fcntl
import os
import random
import secrets
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from starlette.applications import Starlette

from bot.attachments import AttachmentKeeper
from bot.calendar import WorkCalendar
from bot.channels.base import Channel
from bot.channels.web import WebChannel
from bot.channels.web_files import WebFiles
from bot.channels.wecom.app import WeComAppChannel
from bot.channels.wecom.sign_in import WeComSignIn
from bot.config import Settings, SettingsError
from bot.console.console import Console
from bot.console.pages import mount
from bot.desk_alerts import DeskAlerts
from bot.desk_jobs import desk_jobs
from bot.directory import fill_directory
from bot.inbox import Inbox
from bot.live import Live
from bot.office import build_office, build_tools
from bot.outbox import Outbox
from bot.platforms import platforms
from bot.privacy import BureauSeal, PersonKeys, read_key
from bot.schedule import Schedule, retention_job
from bot.server import Pages, build_application
from bot.wires import Wires
from handlers.desk.in_client import InClient
from handlers.desk.tools import Tools
from knowledge.load import load
from knowledge.match import Matcher
from storage.database import Database
from storage.errors import Unready
from storage.upgrade import upgrade


def now() -> datetime:
    """The only clock; everything else is handed one."""
    return datetime.now(UTC)


@dataclass
class App:
    """The running parts, started and stopped together."""

    settings: Settings
    database: Database
    matcher: Matcher
    keys: PersonKeys
    calendar: WorkCalendar
    inbox: Inbox
    outbox: Outbox
    schedule: Schedule
    channels: dict[str, Channel]
    console: Console
    alerts: DeskAlerts
    attachments: AttachmentKeeper
    web: Starlette
    tools: Tools
    live: Live
    lock: IO[str] | None = field(default=None, repr=False)

    async def start(self) -> None:
        """Start everything, inside out: what takes messages in starts last."""
        self.database.start()
        await self.calendar.start()
        await fill_directory(self.tools)
        await self.inbox.start()
        await self.outbox.start()
        await self.alerts.start()
        await self.attachments.start()
        await self.schedule.start()
        for channel in self.channels.values():
            await channel.start()

    async def stop(self) -> None:
        """Stop everything, outside in; what was accepted is kept, what is on the wire is finished."""
        for channel in self.channels.values():
            await channel.stop()
        await self.schedule.stop()
        await self.inbox.stop()
        await self.alerts.stop()
        await self.attachments.stop()
        await self.outbox.stop()
        await self.calendar.stop()
        for channel in self.channels.values():
            await channel.close()
        self.console.close()
        await self.database.close()
        if self.lock is not None:
            self.lock.close()


def build(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = now,
    jitter: random.Random | None = None,
    matcher: Matcher | None = None,
) -> App:
    """Construct the parts; nothing runs before `App.start`. A `matcher` built before is used instead of a new one.

    Raises:
        KnowledgeError: the knowledge has faults.
        Unready: the database cannot be used, or another process serves the same SQLite file.
    """
    jitter = jitter or random.Random()
    database = open_database(settings)
    lock = only_process(settings) if database.is_sqlite else None
    upgrade(database)
    matcher = matcher or build_matcher(settings)
    key = read_key(settings.privacy.key.get_secret_value(), settings.service.data_dir)
    keys = PersonKeys(key)
    owner = f"{socket.gethostname()[:20]}-{os.getpid()}-{secrets.token_hex(4)}"
    wires = Wires()
    calendar = WorkCalendar(database, settings.office_hours())
    tools = build_tools(settings, database, matcher, BureauSeal(key), keys, wires, calendar, clock)
    office = build_office(settings, matcher, database, calendar, tools)
    inbox = Inbox(database, office, wires.channels, keys, clock, owner, wires.said)
    in_client = InClient(tools)
    outbox = Outbox(database, wires.channels, clock, jitter, in_client)
    wires.connect(inbox, outbox, in_client)
    for channel in _channels(settings, wires, tools, keys, owner, jitter):
        wires.add(channel)
    console = Console(tools, settings, wires.live, calendar, _member_sign_in(wires.channels))
    jobs = [retention_job(settings.zone, settings.privacy.message_days)]
    jobs += desk_jobs(tools, settings.desk, settings.zone)
    return App(
        settings=settings,
        database=database,
        matcher=matcher,
        keys=keys,
        calendar=calendar,
        inbox=inbox,
        outbox=outbox,
        schedule=Schedule(database, jobs, clock, owner, settings.zone),
        channels=wires.channels,
        console=console,
        alerts=DeskAlerts(tools, wires.live),
        attachments=AttachmentKeeper(tools, wires.channels, jitter),
        web=_web(settings, database, matcher, wires.channels.values(), console),
        tools=tools,
        live=wires.live,
        lock=lock,
    )


def _channels(
    settings: Settings, wires: Wires, tools: Tools, keys: PersonKeys, owner: str, jitter: random.Random
) -> list[Channel]:
    found: list[Channel] = []
    database, clock = tools.database, tools.clock
    if settings.web.enabled:
        per_minute = settings.web.messages_per_minute
        found.append(WebChannel(database, wires.accept, wires.answered, keys, clock, per_minute, WebFiles(tools)))
    return [*found, *platforms(settings, wires, database, clock, owner, jitter)]


def open_database(settings: Settings) -> Database:
    """The database of the settings; its folder is made."""
    settings.service.data_dir.mkdir(parents=True, exist_ok=True)
    return Database(settings.database_url)


def build_matcher(settings: Settings) -> Matcher:
    """The matcher with the settings' knowledge and bands.

    Raises:
        SettingsError: the settings insist on a sentence encoder, which this version does not bring.
    """
    if settings.knowledge.encoder == "on":
        raise SettingsError('[knowledge] encoder = \'on\': this version has no sentence encoder; write "auto" or "off"')
    folder = Path(settings.knowledge.dir) if settings.knowledge.dir else None
    return Matcher(load(folder), settings.thresholds())


def _web(
    settings: Settings, database: Database, matcher: Matcher, channels: Iterable[Channel], console: Console
) -> Starlette:
    pages = Pages(database, settings.county_facts(), matcher.knowledge.version, settings.web.quick_exit_url)
    routes = [*pages.routes(resident_page=settings.web.enabled), mount(console)]
    return build_application(routes, [channel.routes() for channel in channels])


def _member_sign_in(channels: Mapping[str, Channel]) -> WeComSignIn | None:
    app = channels.get(WeComAppChannel.name)
    return app.sign_in if isinstance(app, WeComAppChannel) else None


def only_process(settings: Settings) -> IO[str]:
    """Hold the data folder until the file that comes back is closed: two services on one SQLite file answer twice.

    Raises:
        Unready: a service holds it.
    """
    lock = (settings.service.data_dir / "fawen.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise Unready(
            f"another Fawen already serves {settings.service.data_dir}: stop it, or use PostgreSQL"
        ) from error
    return lock
