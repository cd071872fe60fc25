"""What handlers and the staff desk work with, made from the settings."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.calendar import WorkCalendar
from bot.config import Settings
from bot.privacy import PersonKeys
from bot.wires import Wires
from handlers.desk.accounts import staff_of
from handlers.desk.staff import Staff
from handlers.desk.tools import Tools
from handlers.personal import Seal
from handlers.turn import Office
from knowledge.match import Matcher
from storage import accounts, consultations, workstations
from storage.database import Database
from storage.file_store import FileStore
from storage.records import ConsultationRow
from storage.workstations import Workstation


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


def build_tools(
    settings: Settings,
    database: Database,
    matcher: Matcher,
    seal: Seal,
    keys: PersonKeys,
    wires: Wires,
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
