"""To whom a message/send goes, and which ids are bad (wecom.md 4.1)."""

from dataclasses import dataclass, field

from .errors import ApiError
from .model import App, Corp
from .request import AppRequest


@dataclass
class Receivers:
    """Members that exist and are visible, and the ids that are not, lower-cased as the platform does."""

    members: list[str] = field(default_factory=list)
    bad_users: list[str] = field(default_factory=list)
    bad_parties: list[str] = field(default_factory=list)
    bad_tags: list[str] = field(default_factory=list)

    def errors(self) -> dict[str, str]:
        """The reply's fields; each is there only when it is not empty (wecom.md 10)."""
        named = {
            "invaliduser": self.bad_users,
            "invalidparty": self.bad_parties,
            "invalidtag": self.bad_tags,
        }
        return {key: "|".join(ids) for key, ids in named.items() if ids}


def _listed(request: AppRequest, key: str, most: int, errcode: int) -> list[str]:
    value = request.body.get(key, "")
    if not isinstance(value, str):
        request.check.refuse(40058, key, "wrong json format: wanted ids joined by |")
    ids = [part for part in value.split("|") if part]
    if len(ids) > most:
        request.check.refuse(errcode, key, f"{len(ids)} ids, at most {most}")
    return ids


def _add_users(found: Receivers, corp: Corp, app: App, userids: list[str]) -> None:
    for userid in userids:
        member = corp.members.get(userid.lower())
        if member is None or not app.sees(userid):
            found.bad_users.append(userid.lower())
        elif member.userid not in found.members:
            found.members.append(member.userid)


def _add_group(found: Receivers, corp: Corp, app: App, userids: set[str]) -> None:
    _add_users(found, corp, app, sorted(userid for userid in userids if app.sees(userid)))


def find_receivers(request: AppRequest) -> Receivers:
    """Resolve touser, toparty and totag; 82001 when all are empty, 81013 when nobody is left."""
    corp, app, found = request.corp, request.app, Receivers()
    users = _listed(request, "touser", 1000, 40032)
    parties = _listed(request, "toparty", 100, 82002)
    tags = _listed(request, "totag", 100, 82003)
    if not users and not parties and not tags:
        request.check.refuse(82001, "touser", "no receiver given")
    if users == ["@all"]:
        _add_group(found, corp, app, set(corp.members))
        return found
    _add_users(found, corp, app, users)
    for ids, groups, bad in (
        (parties, corp.departments, found.bad_parties),
        (tags, corp.tags, found.bad_tags),
    ):
        for group in ids:
            if group in groups:
                _add_group(found, corp, app, groups[group])
            else:
                bad.append(group)
    if not found.members:
        raise ApiError(81013, "all receivers are invalid")
    return found
