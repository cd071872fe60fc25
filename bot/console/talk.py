"""A conversation as its page shows it: who said what, and what became of each reply."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.console import delivery
from bot.console.delivery import Told
from handlers.desk.chat.lately import seen
from storage import accounts
from storage.desk_views import Said

_FORGOTTEN = "（当事人已要求清除）"
_DONE = {"enter": "（打开了会话）", "leave": "（离开，或者屏蔽了我们）", "location": "（发来了位置）"}


@dataclass(frozen=True, slots=True)
class Bubble:
    """One line of a conversation. `side` is theirs, ours, bot or note; `told` is what became of a reply."""

    key: str
    side: str
    by: str
    at: datetime
    text: str
    title: str = ""
    cites: Sequence[str] = ()
    choices: Sequence[str] = ()
    told: Told | None = None


def bubbles(said: Sequence[Said], names: Mapping[str, str]) -> list[Bubble]:
    """The lines of a conversation; `names` are those of servicers, of whom the platform tells only the id."""
    labels: dict[str, str] = {}
    found = []
    for one in said:
        found.append(_bubble(one, labels, names))
        labels |= {button["payload"]: button["label"] for button in one.body.get("buttons", ())}
    return found


def servicers(connection: Connection, said: Iterable[Said]) -> Mapping[str, str]:
    """The names of those who wrote in the platform's own client, by the platform's id."""
    ids = {one.name for one in said if one.by == "staff" and one.name and "author" not in one.body}
    found = {name: accounts.by_wecom_userid(connection, name) for name in ids}
    return {name: account.name for name, account in found.items() if account is not None}


def _bubble(one: Said, labels: Mapping[str, str], names: Mapping[str, str]) -> Bubble:
    if one.by == "note":
        return Bubble(f"note-{one.row}", "note", f"备注 · {one.name}", one.at, str(one.body["text"]))
    if one.by == "resident":
        return Bubble(f"in-{one.row}", "theirs", "来访人", one.at, _heard(one, labels), told=_unhandled(one))
    if _was_heard(one):
        return Bubble(f"in-{one.row}", "ours", f"{names.get(one.name, one.name)}（微信客服）", one.at, seen(one.body))
    text = str(one.body.get("text", "")) if one.body else _FORGOTTEN
    return Bubble(
        key=f"out-{one.row}",
        side="ours" if one.by == "staff" else "bot",
        by=(one.name or "工作人员") if one.by == "staff" else "机器人",
        at=one.at,
        text=text,
        title=str(one.body.get("title", "")),
        cites=tuple(one.body.get("cites", ())),
        choices=tuple(button["label"] for button in one.body.get("buttons", ())),
        told=delivery.told(one.state, one.error),
    )


def _was_heard(one: Said) -> bool:
    """Whether a servicer wrote it in the platform's client: it came in, we did not send it."""
    return one.by == "staff" and one.state in ("ignored", "new", "done", "failed")


def _heard(one: Said, labels: Mapping[str, str]) -> str:
    if not one.body:
        return _FORGOTTEN
    words = seen(one.body)
    payload = str(one.body.get("payload", ""))
    if not words and payload:
        return f"（点了“{labels.get(payload, '一个按钮')}”）"
    edited = "（改过的话）" if one.body.get("edited") else ""
    return f"{edited}{words}" or _DONE.get(str(one.body.get("kind", "")), "（没有文字）")


def _unhandled(one: Said) -> Told | None:
    """The bot failed at it: somebody should answer."""
    return ("机器人没处理好这一条，请看看", "bad") if one.state == "failed" else None


def said_by(said: Iterable[Said], name: str, since: datetime | None, greeting: str) -> str:
    """What a member of staff said in this reception but their greeting: the gist of the answer for the record."""
    theirs = [one for one in said if one.by == "staff" and one.name == name and (since is None or one.at >= since)]
    texts = [str(one.body.get("text", "")) for one in theirs if one.state != "dropped"]
    return "\n".join(text for text in texts if text and text != greeting)
