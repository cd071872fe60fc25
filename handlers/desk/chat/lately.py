"""What was said before: whoever takes over should not ask again."""

from datetime import datetime

from sqlalchemy import Connection

from handlers.message import Media
from storage import conversations, desk_views
from storage.desk_views import Said
from storage.records import Conversation, Json

FORMS = {"picture": "图片", "voice": "语音", "film": "视频", "file": "文件"}
_LINES = 6
_READ = 40
_OF_RESIDENT = 200
_OF_OTHERS = 60


def lately(connection: Connection, conversation_id: int) -> str:
    """The newest lines of a conversation, oldest first, each cut to what fits on a phone; "" where nothing was said."""
    conversation = conversations.read_by_id(connection, conversation_id)
    said = desk_views.history(connection, conversation, _READ) if conversation else []
    lines = [line for one in said if (line := _line(one))]
    return "\n".join(lines[-_LINES:])


def answers_of(connection: Connection, conversation: Conversation, since: datetime, name: str) -> str:
    """What this member said since then, as the gist of the answer for the record."""
    said = desk_views.history(connection, conversation, _READ)
    theirs = [one for one in said if one.by == "staff" and one.name == name and one.at >= since]
    return " ".join(str(one.body.get("text", "")) for one in theirs)


def seen(body: Json) -> str:
    """What somebody said, as it can be told in words."""
    media = body.get("media")
    form = FORMS.get(Media(**media).form, "文件") if media else ""
    return " ".join(part for part in (f"（{form}）" if form else "", str(body.get("text", ""))) if part)


def _line(one: Said) -> str:
    words = " ".join(seen(one.body).split())
    if not words or one.state == "dropped":
        return ""
    who, most = {
        "resident": ("对方", _OF_RESIDENT),
        "staff": (one.name, _OF_OTHERS),
        "note": (f"备注（{one.name}）", _OF_RESIDENT),
    }.get(one.by, ("机器人", _OF_OTHERS))
    return f"{who}：{words if len(words) <= most else words[: most - 1] + '…'}"
