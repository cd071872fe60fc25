"""Builds the running parts from the settings: the only place that constructs things."""

import fcntl
import logging
import os
import random
import secrets
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from starlette.applications import Starlette

from bot.attachments import AttachmentKeeper
from bot.calendar import WorkCalendar
from bot.channels.base import Channel, StaffGroups
from bot.channels.web import WebChannel
from bot.channels.web_files import WebFiles
from bot.channels.wecom.app import WeComAppChannel
from bot.channels.wecom.build import build_wecom
from bot.channels.wecom.group import WeComGroupChannel
from bot.channels.wecom.sign_in import WeComSignIn
from bot.config import Settings, SettingsError
from bot.console.console import Console
from bot.console.pages import mount
from bot.desk_alerts import DeskAlerts
from bot.desk_jobs import desk_jobs
from bot.directory import fill_directory
from bot.inbox import Inbox
from bot.live import Live
from bot.outbox import Outbox
from bot.privacy import BureauSeal, PersonKeys, read_key
from bot.schedule import Schedule, retention_job
from bot.server import Pages, build_application
from handlers.desk.accounts import staff_of
from handlers.desk.in_client import InClient
from handlers.desk.staff import Staff
from handlers.desk.tools import Tools
from handlers.message import Message
from handlers.personal import Seal
from handlers.turn import Office
from knowledge.load import load
from knowledge.match import Matcher
from storage import accounts, consultations, workstations
from storage.database import Database
from storage.errors import Unready
from storage.file_store import FileStore
from storage.records import Accepted, ConsultationRow, ConversationKey, OutboxRow
from storage.upgrade import upgrade
from storage.workstations import Workstation

_log = logging.getLogger(__name__)


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
    wires = _Wires()
    calendar = WorkCalendar(database, settings.office_hours())
    tools = build_tools(settings, database, matcher, BureauSeal(key), keys, wires, calendar, clock)
    office = build_office(settings, matcher, database, calendar, tools)
    inbox = Inbox(database, office, wires.channels, keys, clock, owner, wires.said)
    in_client = InClient(tools)
    outbox = Outbox(database, wires.channels, clock, jitter, in_client)
    wires.connect(inbox, outbox, in_client)
    if settings.web.enabled:
        per_minute = settings.web.messages_per_minute
        wires.add(WebChannel(database, wires.accept, wires.answered, keys, clock, per_minute, WebFiles(tools)))
    for channel in _platforms(settings, wires, database, clock, owner, jitter):
        wires.add(channel)
    console = Console(tools, settings, wires.live, calendar, _member_sign_in(wires.channels))
    zone, message_days = settings.zone, settings.privacy.message_days
    jobs = [retention_job(zone, message_days), *desk_jobs(tools, settings.desk, zone)]
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


def build_tools(
    settings: Settings,
    database: Database,
    matcher: Matcher,
    seal: Seal,
    keys: PersonKeys,
    wires: "_Wires",
    calendar: WorkCalendar,
    clock: Callable[[], datetime],
) -> Tools:
    """What the staff desk works with."""
    reached = {}
    if settings.wecom.enabled:
        reached["wecom_app"] = str(settings.wecom.agent_id)
    if settings.telegram.enabled:
        reached["telegram"] = settings.telegram.token.get_secret_value().partition(":")[0]
    return Tools(
        database=database,
        clock=clock,
        county=settings.county_facts(),
        knowledge=matcher.knowledge,
        seal=seal,
        files=FileStore(settings.service.data_dir / "attachments"),
        person=keys.person,
        key=keys.derived,
        said=wires.said,
        changed=wires.live.changed,
        wires=wires.channels,
        hours=calendar.hours,
        staff_accounts=reached,
        groups=wires.groups,
        public_url=settings.service.public_url.rstrip("/"),
    )


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


def build_office(
    settings: Settings, matcher: Matcher, database: Database, calendar: WorkCalendar, tools: Tools | None = None
) -> Office:
    """What handlers work with."""

    async def stations(township: str) -> list[Workstation]:
        return await database.read(lambda connection: workstations.of_township(connection, township))

    async def history(person_key: str, limit: int) -> list[ConsultationRow]:
        return await database.read(lambda connection: consultations.of_person(connection, person_key, limit))

    async def staff(channel: str, sender: str) -> Staff | None:
        found = await database.read(lambda connection: accounts.of_chat(connection, channel, sender))
        return None if found is None else staff_of(found)

    async def member(account_id: int) -> Staff | None:
        found = await database.read(lambda connection: accounts.active(connection, account_id))
        return None if found is None else staff_of(found)

    return Office(
        matcher=matcher,
        county=settings.county_facts(),
        calendar=calendar.hours,
        promise=timedelta(minutes=settings.desk.answer_within_minutes),
        history=history,
        stations=stations,
        staff=staff,
        member=member,
        tools=tools,
    )


def _web(
    settings: Settings, database: Database, matcher: Matcher, channels: Iterable[Channel], console: Console
) -> Starlette:
    pages = Pages(database, settings.county_facts(), matcher.knowledge.version, settings.web.quick_exit_url)
    routes = [*pages.routes(resident_page=settings.web.enabled), mount(console)]
    return build_application(routes, [channel.routes() for channel in channels])


def _member_sign_in(channels: Mapping[str, Channel]) -> WeComSignIn | None:
    app = channels.get(WeComAppChannel.name)
    return app.sign_in if isinstance(app, WeComAppChannel) else None


class _Wires:
    """The knot between parts that need each other: channels accept into the inbox, which speaks through channels."""

    def __init__(self) -> None:
        self.channels: dict[str, Channel] = {}
        self.live = Live()
        self._inbox: Inbox | None = None
        self._outbox: Outbox | None = None
        self._in_client: InClient | None = None

    def connect(self, inbox: Inbox, outbox: Outbox, in_client: InClient) -> None:
        self._inbox, self._outbox, self._in_client = inbox, outbox, in_client

    def add(self, channel: Channel) -> None:
        self.channels[channel.name] = channel

    def said(self, key: ConversationKey) -> None:
        self.live.changed()
        if self._outbox is not None:
            self._outbox.wake()
        web = self.channels.get(WebChannel.name)
        if isinstance(web, WebChannel):
            web.said(key)

    def wake(self, key: ConversationKey) -> None:
        self._connected().wake(key)

    async def accept(self, message: Message) -> Accepted:
        return await self._connected().accept(message)

    async def answered(self, inbox_id: int, seconds: float) -> list[OutboxRow]:
        return await self._connected().answered(inbox_id, seconds)

    def in_client(self) -> InClient:
        if self._in_client is None:
            raise RuntimeError("the parts are not connected yet")
        return self._in_client

    def groups(self) -> list[ConversationKey]:
        return [chat for one in self.channels.values() if isinstance(one, StaffGroups) for chat in one.chats]

    def _connected(self) -> Inbox:
        if self._inbox is None:
            raise RuntimeError("the parts are not connected yet")
        return self._inbox


def build_channels(
    settings: Settings, database: Database, clock: Callable[[], datetime], jitter: random.Random
) -> dict[str, Channel]:
    """The channels of the platforms alone, for looking at their credentials; nothing listens or sends."""
    found = _platforms(settings, _Wires(), database, clock, "check", jitter)
    return {channel.name: channel for channel in found}


def _platforms(
    settings: Settings,
    wires: _Wires,
    database: Database,
    clock: Callable[[], datetime],
    owner: str,
    jitter: random.Random,
) -> list[Channel]:
    found: list[Channel] = []
    if settings.telegram.enabled:
        # Half a second of loading that a bureau without Telegram need not wait for.
        from bot.channels.telegram.channel import TelegramChannel  # noqa: PLC0415

        public_url = settings.service.public_url
        found.append(TelegramChannel(settings.telegram, public_url, database, wires.wake, clock, jitter))
    if settings.wecom.enabled:
        try:
            found += build_wecom(
                settings.wecom, database, wires.accept, wires.wake, wires.in_client, clock, owner, jitter
            )
        except ValueError as error:
            raise SettingsError(str(error)) from error
    if settings.desk.group_webhooks:
        found.append(WeComGroupChannel(settings.desk.webhook_keys(), settings.wecom.api_base))
    return found


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
