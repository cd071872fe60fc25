"""The console's places in their order, and who may go where. A page module adds its line here."""

from dataclasses import dataclass

from bot.console.console import ROOT
from handlers.desk.staff import Permission, Staff


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the table; `icon` is a name of `templates/icons.html`."""

    path: str
    label: str
    icon: str
    permission: Permission | None


@dataclass(frozen=True, slots=True)
class Item:
    """A place as one member of staff sees it."""

    url: str
    label: str
    icon: str
    here: bool


PLACES: tuple[Place, ...] = (
    Place("/", "首页", "home", None),
    Place("/queue", "等候", "queue", Permission.SERVE),
    Place("/cases", "工单", "case", Permission.REGISTERS),
    Place("/search", "查找", "search", Permission.SERVE),
    Place("/knowledge", "知识", "book", Permission.KNOWLEDGE),
    Place("/canned", "常用语", "answers", Permission.CANNED),
    Place("/ratings", "评价", "rating", Permission.REGISTERS),
    Place("/directory", "工作站", "station", None),
    Place("/roster", "值班表", "roster", None),
    Place("/calendar", "工作日历", "calendar", None),
    Place("/accounts", "账号", "people", Permission.ACCOUNTS),
    Place("/audit", "审计", "audit", Permission.AUDIT),
    Place("/me", "我的账号", "me", None),
)


def items_for(staff: Staff, path: str) -> list[Item]:
    """The places that somebody may go to."""
    mine = [place for place in PLACES if place.permission is None or staff.may(place.permission)]
    return [Item(ROOT + place.path, place.label, place.icon, _is_at(ROOT + place.path, path)) for place in mine]


def _is_at(place: str, path: str) -> bool:
    return path == place or (place != ROOT + "/" and path.startswith(place + "/"))
