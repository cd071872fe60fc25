"""Tools of the tests of customer service: rows to say, sessions put into a state, what was said and how."""

from typing import Any

import pytest
from sqlalchemy import Connection

from bot.channels.base import DeliveryError, Sent
from handlers.message import Button, Reply
from storage import conversations, desk
from storage.records import OutboxRow
from tests.channels.wecom_service import Service
from tests.peers.wecom import Bell, WeComPeer, new_external_userid
from tests.peers.wecom.transitions import SessionState

KEY = "0123456789abcdef" * 2
RATING = Reply("这次接待到这里。", buttons=(Button("很满意", "rate:5"), Button("不满意", "rate:2")), purpose="closing")


def somebody(peer: WeComPeer, state: SessionState = SessionState.NEW, servicer: str | None = None) -> str:
    """A resident who just wrote, with the session in a state."""
    resident = new_external_userid()
    peer.callbacks.resident_text(resident, "在吗", bell=Bell.LOST)
    put(peer, resident, state, servicer)
    return resident


def put(peer: WeComPeer, resident: str, state: SessionState, servicer: str | None = None) -> None:
    """Let somebody else have moved the session."""
    with peer.state.lock:
        session = peer.kf.sessions[resident]
        session.state, session.servicer = state, servicer


def standing(peer: WeComPeer, resident: str) -> tuple[int, str | None]:
    with peer.state.lock:
        session = peer.kf.sessions[resident]
        return int(session.state), session.servicer if session.state is SessionState.HUMAN else None


def row_for(service: Service, resident: str, purpose: str, key: str = KEY, **changes: Any) -> OutboxRow:
    """A row at its first try, with the whole window left."""
    known: dict[str, Any] = {"reply_token": None, "attempts": 1, "expires_at": None, "window_left": 5, **changes}
    return OutboxRow(
        id=7,
        key=key,
        conversation_id=1,
        inbox_id=None,
        chat=service.chat(resident),
        purpose=purpose,
        body={},
        created_at=service.now(),
        **known,
    )


async def hold(service: Service, resident: str, member: str) -> None:
    """Our own records know who serves the resident."""

    def work(connection: Connection) -> None:
        conversations.ensure(connection, service.chat(resident), "resident", service.now())
        desk.taken_in_client(connection, service.chat(resident), member, service.now())

    await service.database.write(work)


async def say(service: Service, resident: str, purpose: str, reply: Reply | None = None, **changes: Any) -> Sent:
    return await service.kf.send(row_for(service, resident, purpose, **changes), reply or Reply(f"说的是{purpose}"))


async def refusal(service: Service, resident: str, purpose: str, **changes: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        await say(service, resident, purpose, **changes)
    return raised.value


def said(peer: WeComPeer, resident: str) -> list[tuple[str, str]]:
    """The words that arrived, and which way they took."""
    return [(words(sent), sent["via"]) for sent in peer.sent_to(resident)]


def words(sent: dict[str, Any]) -> str:
    if sent["msgtype"] == "text":
        return str(sent["text"]["content"])
    menu = sent["msgmenu"]
    return str(menu["head_content"]) + "".join(f"[{item['click']['content']}]" for item in menu["list"])
