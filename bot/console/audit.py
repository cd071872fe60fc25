"""The audit log, for auditors and administrators: by person, object and day, page by page."""

from datetime import date, datetime, time
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.console import audit_words, guard
from bot.console.console import ROOT, Console
from bot.console.visit import Visit
from handlers.desk.staff import Permission
from storage.account_records import AuditRow
from storage.audit import entries

_PAGE = 50


def routes(console: Console) -> list[BaseRoute]:
    """One page."""
    console.add_filters(audit_action=audit_words.action, audit_thing=audit_words.thing, audit_detail=audit_words.detail)
    return [guard.page(console, "/audit", show, Permission.AUDIT)]


async def show(visit: Visit) -> Response:
    """The newest lines of those that were asked for; looking at them leaves a line too."""
    actor, object_, day = visit.text("actor", 64), _object(visit), visit.text("day", 10)
    since, fault = _midnight(visit, day)
    before = visit.number("before")

    def read(connection: Connection) -> list[AuditRow]:
        unit, limit = visit.staff.unit, _PAGE + 1
        return entries(connection, actor=actor, object_=object_, since=since, before_id=before, unit=unit, limit=limit)

    found = await visit.read(read)
    await visit.record("audit.seen", f"audit:{day or 'all'}")
    asked = {"actor": actor, "kind": visit.text("kind", 20), "number": visit.text("number", 40), "day": day}
    older = {**asked, "before": str(found[_PAGE - 1].id)} if len(found) > _PAGE else None
    return visit.render(
        "audit.html",
        rows=found[:_PAGE],
        asked=asked,
        fault=fault,
        kinds=[("", "全部"), *audit_words.OBJECTS.items()],
        older=_address(older) if older else "",
        newest=_address(asked) if before else "",
    )


def _object(visit: Visit) -> str:
    kind, number = visit.text("kind", 20), visit.text("number", 40)
    return f"{kind}:{number}" if kind and number else kind


def _midnight(visit: Visit, day: str) -> tuple[datetime | None, str]:
    """When the day begins in the bureau's zone, and what is wrong with it in words."""
    if not day:
        return None, ""
    try:
        return datetime.combine(date.fromisoformat(day), time(), visit.console.zone), ""
    except ValueError:
        return None, "日期要像 2026-11-03 这样写；现在显示的是所有日子。"


def _address(asked: dict[str, str]) -> str:
    return f"{ROOT}/audit?{urlencode({key: value for key, value in asked.items() if value})}"
