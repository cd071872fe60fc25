"""The written table of who may ask for what at the console, and how each address is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

from handlers.desk.staff import COUNTY, Role
from tests.console.places import Place

# Method, address, the roles that may: D 接待员, S 主管, A 管理员, U 审计员, E 内容员; - is for guests too. Then, where
# a record of one place is asked for, what those of another place hear. `towns`: only records of townships; `county`:
# only the county centre's own. D403: a 接待员 hears that of a record in scope, which is another's to change.
TABLE = """
GET  /sign-in                              -
POST /sign-in                              -
GET  /second-step                          -
POST /second-step                          -
POST /sign-out                             -
GET  /wecom                                -
GET  /wecom/back                           -

GET  /                                     DSAUE
GET  /mine/now                             DS
GET  /queue                                DS
GET  /queue/rows                           DS
GET  /queue/events                         DS
POST /queue/{conversation}/claim           DS     404
GET  /conversations/{conversation}         DS     404
GET  /conversations/{conversation}/now     DS     404
GET  /conversations/{conversation}/events  DS     404
POST /conversations/{conversation}/claim   DS     404
POST /conversations/{conversation}/say     DS     404
POST /conversations/{conversation}/note    DS     404
POST /conversations/{conversation}/give-back  DS  404
POST /conversations/{conversation}/hand-on DS     404
POST /conversations/{conversation}/close   DS     404
POST /conversations/{conversation}/safe-mode  DS  404
POST /conversations/{conversation}/recall  S      404
GET  /handovers/{handover}/outcome         DS     404
POST /handovers/{handover}/outcome         DS     404

GET  /cases                                DSU
GET  /cases/new                            DS     404
POST /cases/new                            DS     404
GET  /cases/{number}                       DS     404
POST /cases/{number}/contact               DS     404
POST /cases/{number}/steps/{action}        DS     404
POST /cases/{number}/notes                 DS     404
POST /cases/{number}/files                 DS     404
GET  /files/{file}                         DS     404
POST /files/{file}/remove                  DS     404  D403
GET  /search                               DS

GET  /canned                               SE
GET  /canned/new                           SE
POST /canned/new                           SE
GET  /canned/{canned}                      SE     404  towns
POST /canned/{canned}                      SE     404  towns
POST /canned/{canned}/remove               SE     404  towns
GET  /ratings                              DSU
POST /ratings/{rating}/follow-up           S      404
GET  /knowledge                            DSAUE
GET  /knowledge/topics                     DSAUE
GET  /knowledge/{topic}                    DSAUE

GET  /directory                            DSAUE
GET  /directory/{number}                   DSAUE
GET  /directory/new                        SA
POST /directory/new                        SA     403
GET  /directory/{number}/edit              SA     403
POST /directory/{number}/edit              SA     403
POST /directory/{number}/confirm           SA     403
POST /directory/{number}/close             SA     403
POST /directory/{number}/reopen            SA     403
GET  /roster                               DSAUE  404
POST /roster/add                           SA     404
POST /roster/copy                          SA     404
POST /roster/{number}/remove               SA     303
GET  /calendar                             DSAUE
POST /calendar/enter                       SA     403  county
POST /calendar/{day}/remove                SA     403  county

GET  /accounts                             A
GET  /accounts/new                         A
POST /accounts/new                         A
GET  /accounts/{id:int}                    A      404
POST /accounts/{id:int}                    A      404
POST /accounts/{id:int}/reset-password     A      404
POST /accounts/{id:int}/disable            A      404
POST /accounts/{id:int}/enable             A      404
GET  /audit                                UA
GET  /me                                   DSAUE
GET  /me/password                          DSAUE
POST /me/password                          DSAUE
GET  /me/totp                              DSAUE
POST /me/totp                              DSAUE
POST /me/totp/off                          DSAUE
"""
LETTERS = {
    "D": Role.DESK,
    "S": Role.SUPERVISOR,
    "A": Role.ADMINISTRATOR,
    "U": Role.AUDITOR,
    "E": Role.EDITOR,
}
LET_IN = {200, 303, 409, 422}  # done, or told what is missing
_serial = count(1)


@dataclass(frozen=True)
class Line:
    """What is expected of an address."""

    method: str
    path: str
    roles: frozenset[Role]
    guests: bool
    beyond: int | None
    only: str
    desk: int | None

    def expects(self, role: Role, unit: str, place: Place) -> set[int]:
        """The statuses that are right for a record of this place."""
        if role not in self.roles:
            return {403}
        if self.beyond is not None and unit not in (COUNTY, place.unit):
            return {self.beyond}
        return {self.desk} if self.desk and role is Role.DESK else LET_IN


def table() -> dict[tuple[str, str], Line]:
    """The lines by method and address."""
    found = {}
    for text in TABLE.splitlines():
        if not text.strip():
            continue
        method, path, letters, *more = text.split()
        roles = frozenset(LETTERS[letter] for letter in letters if letter != "-")
        beyond = next((int(word) for word in more if word.isdigit()), None)
        only = next((word for word in more if word in ("towns", "county")), "")
        desk = next((int(word[1:]) for word in more if word[0] == "D" and word[1:].isdigit()), None)
        found[method, path] = Line(method, path, roles, letters == "-", beyond, only, desk)
    return found


def address(path: str, place: Place) -> str:
    """The address of a place's record."""
    number = {"/cases": "case", "/directory": "station", "/roster": "duty"}.get("/" + path.split("/")[1], "")
    known = {**place.numbers, "number": place.numbers.get(number, ""), "action": "add"}
    filled = path.replace(":int", "").format(**known)
    query = {"/roster": f"?unit={place.word}", "/cases/new": f"?conversation={place.numbers['conversation']}"}
    return filled + query.get(path, "")


def form(path: str, place: Place) -> Mapping[str, str]:
    """What a form needs to get as far as the question whose the record is."""
    station = {"name": place.numbers["station_name"], "township": place.unit, "seen_at": place.numbers["seen_at"]}
    station["kind"] = "station" if place.unit else "county"
    day = {"closed_on": "2031-01-01", "opened_on": "2031-01-01"}
    forms: dict[str, Mapping[str, str]] = {
        "/cases/new": {"conversation": str(place.numbers["conversation"]), "kind": "visit"},
        "/directory/new": {**station, "name": f"联络点{next(_serial)}"},
        "/roster/add": {"unit": place.word},
        "/roster/copy": {"unit": place.word},
        "/conversations/{conversation}/hand-on": {"to": str(place.numbers["member"])},
        "/calendar/enter": {"first": "2099-01-01", "working": "no"},
    }
    if path.startswith("/directory/{number}"):
        return station if path.endswith("edit") else {**station, **day}
    return forms.get(path, {})
