"""Who holds a conversation 接待: taken by compare-and-set, given back, handed on, ended.

The one statement that takes a conversation decides every race: of many claims exactly one finds it free.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from storage.conversations import conversation_of, read_by_id, read_conversation
from storage.inbox import newest_in
from storage.records import Conversation, ConversationKey
from storage.schema import accounts, conversations, handovers

STEPPED_IN = "stepped_in"
IN_CLIENT = "client"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who takes a conversation; `id` is None for a servicer without an account. `via` is where they work."""

    id: int | None
    name: str
    via: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a claim. `won` is False where somebody else holds the conversation, who stands in it.

    `fresh` is False where it was this person's already; `handovers` are the row ids that they answer for by it.
    """

    won: bool
    fresh: bool
    conversation: Conversation
    handovers: tuple[int, ...] = ()


def claim(connection: Connection, conversation_id: int, holder: Holder, now: datetime) -> Taken | None:
    """Take the conversation for somebody, with all that waits in it; None where there is no such conversation."""
    row = connection.execute(
        update(conversations)
        .where(conversations.c.id == conversation_id, conversations.c.kind == "resident")
        .where(conversations.c.holder != "person")
        .values(**_held(holder, now))
        .returning(*conversations.c)
    ).one_or_none()
    if row is None:
        current = read_by_id(connection, conversation_id)
        if current is None or current.holder != "person":
            return None
        return Taken(holder.id is not None and current.holder_id == holder.id, fresh=False, conversation=current)
    waiting = _take_waiting(connection, conversation_id, holder, now)
    return Taken(
        won=True,
        fresh=True,
        conversation=conversation_of(row),
        handovers=waiting or (_step_in(connection, conversation_of(row), holder, now),),
    )


def work_from(connection: Connection, conversation_id: int, account_id: int, via: str) -> None:
    """The holder answers from another place than before."""
    connection.execute(update(conversations).where(*_is_held(conversation_id, account_id)).values(holder_via=via))


def give_back(connection: Connection, conversation_id: int, account_id: int | None, now: datetime) -> tuple[int, ...]:
    """Back into the queue, if this account (None: a servicer without one) still holds it; the handovers that wait
    again, empty where it was not theirs any more. Staff are alerted anew.
    """
    if not _let_go(connection, conversation_id, account_id, "waiting", now):
        return ()
    rows = connection.execute(
        update(handovers)
        .where(handovers.c.conversation_id == conversation_id, handovers.c.state == "claimed")
        .values(state="waiting", claimed_by=None, claimed_name=None, claimed_at=None, alerted_at=None)
        .returning(handovers.c.id)
    )
    return tuple(int(row.id) for row in rows)


def hand_on(connection: Connection, conversation_id: int, account_id: int | None, to: Holder, now: datetime) -> bool:
    """From one member of staff to another; False where the first does not hold it any more."""
    row = connection.execute(
        update(conversations)
        .where(*_is_held(conversation_id, account_id))
        .values(**_held(to, now))
        .returning(conversations.c.id)
    ).one_or_none()
    if row is None:
        return False
    connection.execute(
        update(handovers)
        .where(handovers.c.conversation_id == conversation_id, handovers.c.state == "claimed")
        .values(claimed_by=to.id, claimed_name=to.name, claimed_at=now)
    )
    return True


def end(
    connection: Connection, conversation_id: int, account_id: int | None, outcome: str, now: datetime
) -> tuple[int, ...] | None:
    """The reception is over and the bot answers again; the handovers that are closed by it, None where this account
    does not hold the conversation.
    """
    if not _let_go(connection, conversation_id, account_id, "bot", now):
        return None
    return _close(connection, conversation_id, account_id, outcome, now)


def set_outcome(connection: Connection, handover_id: int, outcome: str) -> None:
    """What came of a handover that ended in the platform's client, where nobody asks for it."""
    connection.execute(
        update(handovers).where(handovers.c.id == handover_id, handovers.c.state == "closed").values(outcome=outcome)
    )


def concerns(connection: Connection, handover_ids: Sequence[int], consultation_id: int) -> None:
    """These handovers belong to a service record that was written after them."""
    connection.execute(
        update(handovers)
        .where(handovers.c.id.in_(handover_ids), handovers.c.consultation_id.is_(None))
        .values(consultation_id=consultation_id)
    )


def spoke(connection: Connection, conversation_id: int, account_id: int, now: datetime) -> bool:
    """The holder said something: the clocks of inactivity and of the first reply know; False if they hold it not."""
    row = connection.execute(
        update(conversations)
        .where(*_is_held(conversation_id, account_id))
        .values(holder_active_at=now)
        .returning(conversations.c.id)
    ).one_or_none()
    if row is None:
        return False
    _first_reply(connection, conversation_id, now)
    return True


def taken_in_client(connection: Connection, key: ConversationKey, userid: str, now: datetime) -> tuple[int, ...]:
    """A servicer took the resident in the platform's own client, which decides: whoever held it before is out of it.

    Returns the handovers that they answer for by it.
    """
    conversation = read_conversation(connection, key)
    if conversation is None:
        return ()
    account = connection.execute(
        select(accounts.c.id, accounts.c.name).where(
            accounts.c.wecom_userid == userid.lower(), accounts.c.disabled_at.is_(None)
        )
    ).one_or_none()
    holder = Holder(account.id if account else None, account.name if account else userid, IN_CLIENT)
    same = conversation.holder == "person" and conversation.holder_name == holder.name
    values = _held(holder, now) if not same else {"holder_via": IN_CLIENT, "holder_active_at": now}
    connection.execute(update(conversations).where(conversations.c.id == conversation.id).values(**values))
    if same:
        return ()
    connection.execute(
        update(handovers)
        .where(handovers.c.conversation_id == conversation.id, handovers.c.state == "claimed")
        .values(claimed_by=holder.id, claimed_name=holder.name, claimed_at=now)
    )
    return _take_waiting(connection, conversation.id, holder, now)


def said_in_client(connection: Connection, key: ConversationKey, userid: str, now: datetime) -> tuple[int, ...]:
    """A servicer wrote in the platform's client: they hold the conversation, and have answered."""
    taken = taken_in_client(connection, key, userid, now)
    conversation = read_conversation(connection, key)
    if conversation is not None:
        _first_reply(connection, conversation.id, now)
    return taken


def ended_in_client(connection: Connection, key: ConversationKey, now: datetime) -> tuple[int, ...]:
    """The servicer ended the session: the bot answers again. The handovers closed by it want their outcome later."""
    conversation = read_conversation(connection, key)
    if conversation is None or conversation.holder != "person":
        return ()
    _let_go(connection, conversation.id, conversation.holder_id, "bot", now)
    return _close(connection, conversation.id, conversation.holder_id, None, now)


def mark_alerted(connection: Connection, handover_id: int, now: datetime) -> bool:
    """Staff are told of this handover by the transaction that hears True, and by no other."""
    row = connection.execute(
        update(handovers)
        .where(handovers.c.id == handover_id, handovers.c.alerted_at.is_(None), handovers.c.state == "waiting")
        .values(alerted_at=now)
        .returning(handovers.c.id)
    ).one_or_none()
    return row is not None


def _held(holder: Holder, now: datetime) -> dict[str, Any]:
    values = {"holder": "person", "holder_id": holder.id, "holder_name": holder.name, "holder_via": holder.via}
    return values | {"held_at": now, "holder_active_at": now}


def _is_held(conversation_id: int, account_id: int | None) -> Sequence[Any]:
    theirs = conversations.c.holder_id.is_(None) if account_id is None else conversations.c.holder_id == account_id
    return conversations.c.id == conversation_id, conversations.c.holder == "person", theirs


def _let_go(connection: Connection, conversation_id: int, account_id: int | None, holder: str, now: datetime) -> bool:
    values: dict[str, Any] = {"holder": holder, "holder_id": None, "holder_name": None, "holder_via": None}
    values |= {"held_at": None, "holder_active_at": None, "updated_at": now}
    row = connection.execute(
        update(conversations)
        .where(*_is_held(conversation_id, account_id))
        .values(**values)
        .returning(conversations.c.id)
    ).one_or_none()
    return row is not None


def _take_waiting(connection: Connection, conversation_id: int, holder: Holder, now: datetime) -> tuple[int, ...]:
    rows = connection.execute(
        update(handovers)
        .where(handovers.c.conversation_id == conversation_id, handovers.c.state == "waiting")
        .values(state="claimed", claimed_by=holder.id, claimed_name=holder.name, claimed_at=now)
        .returning(handovers.c.id)
    )
    return tuple(sorted(int(row.id) for row in rows))


def _step_in(connection: Connection, conversation: Conversation, holder: Holder, now: datetime) -> int:
    """Nobody asked for a person, and one comes: a handover stands for it, so that every reception is counted."""
    values = {
        "number": f"?{conversation.id}-{now.timestamp()}",
        "conversation_id": conversation.id,
        "inbox_id": newest_in(connection, conversation.key),
        "reason": STEPPED_IN,
        "summary": "",
        "urgent": False,
        "state": "claimed",
        "created_at": now,
        "promised_at": now,
        "township": conversation.township,
        "claimed_by": holder.id,
        "claimed_name": holder.name,
        "claimed_at": now,
        "alerted_at": now,
    }
    row_id = int(connection.execute(insert(handovers).values(**values).returning(handovers.c.id)).scalar_one())
    connection.execute(update(handovers).where(handovers.c.id == row_id).values(number=f"JR-{row_id:06d}"))
    return row_id


def _close(
    connection: Connection, conversation_id: int, account_id: int | None, outcome: str | None, now: datetime
) -> tuple[int, ...]:
    rows = connection.execute(
        update(handovers)
        .where(handovers.c.conversation_id == conversation_id, handovers.c.state == "claimed")
        .values(state="closed", closed_at=now, closed_by=account_id, outcome=outcome)
        .returning(handovers.c.id)
    )
    return tuple(sorted(int(row.id) for row in rows))


def _first_reply(connection: Connection, conversation_id: int, now: datetime) -> None:
    connection.execute(
        update(handovers)
        .where(handovers.c.conversation_id == conversation_id, handovers.c.state == "claimed")
        .where(handovers.c.first_reply_at.is_(None))
        .values(first_reply_at=now)
    )
