"""What residents are told of a township's workstation: the directory first, then the settings, else the plain truth."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from handlers.county import County, OfficeFacts
from handlers.turn import Turn
from knowledge.entry import Township
from storage.workstations import StationFacts, Workstation

STALE = timedelta(days=90)
_MOST_SHOWN = 4


async def station_text(turn: Turn, township: Township) -> str:
    """The places of a township that are open today, a line each."""
    rows = await turn.office.stations(township.name)
    today = turn.now.astimezone(turn.office.hours.zone).date()
    return told(turn.office.county, township, rows, today)


def told(county: County, township: Township, rows: Sequence[Workstation], today: date) -> str:
    """What is told of these rows of the directory."""
    here = [row.facts for row in rows if row.is_open(today)]
    lines = [line for facts in here if (line := _line(facts))]
    if lines:
        return "\n".join(lines[:_MOST_SHOWN])
    closed = next((row.facts for row in rows if row.facts.kind == "station"), None)
    if closed is not None and not here:
        return f"{closed.name}现在不开放。先打 12348（免费）问一下最近可以去哪里，或者去县公共法律服务中心。"
    return county.station_line(township)


def is_stale(row: Workstation, now: datetime) -> bool:
    """Whether somebody ought to call the workstation and confirm what is known: long not confirmed, or incomplete."""
    return now - row.updated_at > STALE or not (row.facts.address and row.facts.phone)


def known_stations(county: County, townships: Sequence[Township]) -> list[StationFacts]:
    """The directory as settings and knowledge know it: the county centre, and a workstation for each township."""
    centre = county.places.get("legal-service-centre", OfficeFacts())
    found = [StationFacts(f"{county.name}公共法律服务中心", "county", "", *_of(centre))]
    for township in townships:
        facts = county.stations.get(township.name, OfficeFacts())
        found.append(StationFacts(f"{township.name}公共法律服务工作站", "station", township.name, *_of(facts)))
    return found


def _line(facts: StationFacts) -> str:
    known = OfficeFacts(facts.address, facts.phone, facts.hours).line()
    lawyers = f"律师值班 {facts.lawyer_days}" if facts.lawyer_days else ""
    line = "，".join(part for part in (known, lawyers) if part)
    return f"{facts.name}：{line}" if line else ""


def _of(facts: OfficeFacts) -> tuple[str, str, str]:
    return facts.address, facts.phone, facts.hours
