"""One of everything in each place of the county, marked so that a page that shows it to others is noticed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update

from handlers.cases.files import add_file
from handlers.cases.note import note
from handlers.desk.accounts import staff_of
from handlers.desk.notes import note as note_talk
from handlers.desk.staff import COUNTY, Role
from storage import canned, roster, workstations
from storage.account_records import Account
from storage.roster import Shift
from storage.schema import (
    attachments,
    canned_answers,
    cases,
    consultations,
    conversations,
    duties,
    handovers,
    ratings,
    staff_notes,
)
from tests.console.casework import LONGTAN, MAWANG, opened
from tests.console.client import make_account
from tests.console.test_files import PNG
from tests.running import Running

PLACES = (LONGTAN, MAWANG, COUNTY)
TALK, STORY, NAME, PHONE, NOTE, FILE, REASON, CANNED, DUTY = range(9)


@dataclass
class Place:
    """The numbers of a place's records, by the name of the parameter in a route's address, and its marks."""

    unit: str
    marks: dict[int, str]
    numbers: dict[str, Any] = field(default_factory=dict)

    @property
    def word(self) -> str:
        """The unit as it stands in an address."""
        return self.unit or "county"


async def furnish(app: Running, number: int, unit: str, du: Account) -> Place:
    """Make one of everything in a place; `du` works for the whole county."""
    marks = {kind: f"记号{number}{kind}丁" for kind in range(9)} | {PHONE: f"1380000{number:04}"}
    place = Place(unit, marks)
    member = await make_account(app, f"member{number}", Role.DESK, unit=unit, name=marks[DUTY])
    victim = await make_account(app, f"victim{number}", Role.DESK, unit=unit, name=marks[DUTY])
    place.numbers |= {"id": victim.id, "member": member.id, "du": du.id, "topic": "labor.unpaid-wages-general"}
    await _talk(app, place)
    await _case(app, place, du)
    await _papers(app, place, du, member)
    return place


async def _talk(app: Running, place: Place) -> None:
    told = await app.say(f"老板拖欠工资三个月不给，怎么办，{place.marks[TALK]}")
    await app.say("转人工", conversation=told["conversation"])
    talk = (await app.rows(conversations))[-1].id
    handover = (await app.rows(handovers))[-1].id

    def move(connection: Any) -> None:
        township = place.unit or None
        connection.execute(update(conversations).where(conversations.c.id == talk).values(township=township))
        asked = {"township": township, "summary": f"工资拖欠，{place.marks[TALK]}"}
        connection.execute(update(handovers).where(handovers.c.id == handover).values(**asked))
        own = {"township": place.unit or "不详"}
        connection.execute(update(consultations).where(consultations.c.conversation_id == talk).values(**own))

    await app.app.database.write(move)
    place.numbers |= {"conversation": talk, "handover": handover}


async def _case(app: Running, place: Place, du: Account) -> None:
    marks, tools, staff = place.marks, app.app.tools, staff_of(du)
    people = {"name": marks[NAME], "phone": marks[PHONE], "address": marks[NAME], "consent": "是"}
    kind = "mediation" if place.unit else "legal_aid"
    township = place.unit or "桃花源街道"
    case = await opened(app, du, kind, place.numbers["conversation"], story=marks[STORY], township=township, **people)
    assert await note(tools, staff, case.id, marks[NOTE]) is None
    assert await note_talk(tools, staff, place.numbers["conversation"], marks[NOTE]) is None
    added = await add_file(tools, staff, case.id, f"{marks[FILE]}.png", PNG + marks[FILE].encode())
    place.numbers |= {"case": case.id, "file": getattr(added, "id", 0)}


async def _papers(app: Running, place: Place, du: Account, member: Account) -> None:
    marks, now = place.marks, app.app.tools.clock()
    today = now.astimezone(app.app.settings.zone).date()
    shift = Shift(place.unit, today + timedelta(days=1), "09:00", "12:00", member.id)
    rated = {"object_kind": "case", "object_id": place.numbers["case"], "case_id": place.numbers["case"]}
    rated |= {"account_id": du.id, "channel": "web", "asked_at": now, "graded_at": now, "grade": 1}
    rated |= {"reason": marks[REASON], "follow_up": "open"}

    def work(connection: Any) -> dict[str, Any]:
        roster.add(connection, shift)
        rating = connection.scalar(insert(ratings).values(**rated).returning(ratings.c.id))
        shown = canned.add(connection, marks[CANNED], marks[CANNED], place.unit, du.id, now)
        duty = connection.scalar(select(duties.c.id).order_by(duties.c.id.desc()).limit(1))
        (row, *_) = workstations.of_township(connection, place.unit)
        seen = {"seen_at": row.updated_at.isoformat(), "station_name": row.facts.name, "station": row.id}
        return {"rating": rating, "canned": shown, "duty": duty, "day": str(today), **seen}

    place.numbers |= await app.app.database.write(work)


async def renew(app: Running, place: Place) -> None:
    """Another canned answer, where the place's own was taken out of use."""

    def work(connection: Any) -> int:
        mark, now = place.marks[CANNED], app.app.tools.clock()
        there = canned.read(connection, place.numbers["canned"])
        return there.id if there else canned.add(connection, mark, mark, place.unit, place.numbers["du"], now) or 0

    place.numbers["canned"] = await app.app.database.write(work)


# What a member of staff may not have changed in another place.
TABLES = (cases, conversations, handovers, attachments, ratings, canned_answers, duties, staff_notes)


async def stands(app: Running, places: Iterator[Place] | list[Place]) -> dict[str, list[Any]]:
    """Every row of these places, to be compared."""
    found: dict[str, list[Any]] = {}
    for place in places:
        own = place.numbers
        mine = {
            "cases": ("id", own["case"]),
            "conversations": ("id", own["conversation"]),
            "handovers": ("id", own["handover"]),
            "attachments": ("case_id", own["case"]),
            "ratings": ("id", own["rating"]),
            "canned_answers": ("id", own["canned"]),
            "duties": ("id", own["duty"]),
            "staff_notes": ("case_id", own["case"]),
        }
        for table in TABLES:
            column, value = mine[table.name]
            rows = await app.rows(table)
            kept = [row._asdict() for row in rows if getattr(row, column) == value]
            found[f"{place.word} {table.name}"] = kept
    return found
