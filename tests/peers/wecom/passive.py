"""Passive replies: the envelope in the answer to a callback, and what it does (wecom.md 2.3)."""

from dataclasses import dataclass

from .cards import PARTS
from .check import clip
from .crypto import CallbackCrypto, CryptoError
from .model import AppMessage, CardView
from .state import State, random_id
from .xml import Tree, XmlError, leaf, read

_TEXT_BYTES = 2048
_MESSAGES = {"text": "Content", "image": "Image", "voice": "Voice", "video": "Video", "news": "Articles"}
_UPDATES = {"update_button": "Button", "update_template_card": "TemplateCard"}


class ReplyError(Exception):
    """A reply that the platform would throw away."""


@dataclass(frozen=True)
class PassiveReply:
    """A correct reply: its type and the parsed XML inside."""

    msgtype: str
    fields: Tree


@dataclass(frozen=True)
class Expected:
    """Whom a reply must answer; `view` is the clicker's card when the callback was a click."""

    crypto: CallbackCrypto
    agentid: int
    userid: str
    view: CardView | None = None


def expected_for(crypto: CallbackCrypto, agentid: int, plaintext: str) -> Expected | None:
    """Whom a passive reply to this plaintext must answer; None where nobody can be answered (a bell, ``sys``)."""
    try:
        sender = leaf(read(plaintext), "FromUserName")
    except XmlError:
        return None
    return None if sender == "sys" else Expected(crypto, agentid, sender)


def open_reply(expected: Expected | None, raw: bytes) -> PassiveReply | None:
    """The reply in an answer's body; None for an empty body or ``success``, ReplyError for a bad one."""
    if raw in (b"", b"success"):
        return None
    if expected is None:
        raise ReplyError("passive reply: none is possible here")
    try:
        envelope = read(raw)
        encrypted = leaf(envelope, "Encrypt")
        timestamp, nonce = leaf(envelope, "TimeStamp"), leaf(envelope, "Nonce")
        expected.crypto.verify(leaf(envelope, "MsgSignature"), timestamp, nonce, encrypted)
        fields = read(expected.crypto.decrypt(encrypted))
        _check_addresses(expected, fields)
        msgtype = leaf(fields, "MsgType")
    except (ValueError, CryptoError) as error:
        raise ReplyError(f"passive reply: {error}") from error
    _check_type(expected, msgtype, fields)
    return PassiveReply(msgtype, fields)


def _check_addresses(expected: Expected, fields: Tree) -> None:
    if leaf(fields, "ToUserName").lower() != expected.userid.lower():
        raise ValueError("ToUserName is not the sender")
    if leaf(fields, "FromUserName") != expected.crypto.receive_id:
        raise ValueError("FromUserName is not the corpid")
    if not leaf(fields, "CreateTime").isdigit():
        raise ValueError("CreateTime is not a number")


def _check_type(expected: Expected, msgtype: str, fields: Tree) -> None:
    part = {**_MESSAGES, **_UPDATES}.get(msgtype)
    if part is None or part not in fields:
        raise ReplyError(f"passive reply: MsgType {msgtype!r} unknown or without its part")
    if msgtype in _UPDATES and expected.view is None:
        raise ReplyError(f"passive reply: {msgtype} only answers a card click")
    if msgtype == "update_template_card":
        card = fields["TemplateCard"]
        if not isinstance(card, dict) or card.get("CardType") not in PARTS:
            raise ReplyError("passive reply: TemplateCard without a known CardType")


def apply_reply(state: State, expected: Expected, reply: PassiveReply) -> None:
    """Show the reply to the one who wrote or clicked, and to nobody else."""
    with state.lock:
        if reply.msgtype in _UPDATES and expected.view is not None:
            _update(expected.view, reply)
            return
        part = reply.fields[_MESSAGES[reply.msgtype]]
        if reply.msgtype == "text":
            part = {"content": _cut(state, str(part))}
        body = {"msgtype": reply.msgtype, reply.msgtype: part}
        message = AppMessage(random_id("", 40), expected.agentid, body, state.clock.now(), via="passive")
        message.delivered.append(expected.userid)
        state.app_messages[message.msgid] = message


def _cut(state: State, text: str) -> str:
    if len(text.encode()) > _TEXT_BYTES:
        state.note("passive reply", "Content", f"{len(text.encode())} over {_TEXT_BYTES} bytes")
    return clip(text, _TEXT_BYTES)


def _update(view: CardView, reply: PassiveReply) -> None:
    part = reply.fields[_UPDATES[reply.msgtype]]
    if not isinstance(part, dict):
        raise ReplyError(f"passive reply: {reply.msgtype} without fields")
    if reply.msgtype == "update_button":
        view.replaced = leaf(part, "ReplaceName")
        return
    view.card = dict(part)
    replaced = part.get("ReplaceText")
    view.replaced = replaced if isinstance(replaced, str) else None
