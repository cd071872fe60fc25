"""Files that belong to a case or a conversation: their rows. The files themselves lie outside, under their hash."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.desk_records import AttachmentDraft
from storage.records import ConversationKey
from storage.schema import attachments, cases, conversations

RESIDENT = "当事人"
FORGOTTEN = "当事人已要求清除"
TWICE = "和已经收到的文件相同"
_INSERT = {
    "sqlite": sqlite.insert(attachments).on_conflict_do_nothing(index_elements=["inbox_id", "source"]),
    "postgresql": postgresql.insert(attachments).on_conflict_do_nothing(index_elements=["inbox_id", "source"]),
}


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """A file as it is listed. `sha256` is the name under which it lies outside, None while it does not."""

    id: int
    case_id: int | None
    conversation_id: int | None
    state: str
    name: str
    media_type: str
    size: int
    sha256: str | None
    uploaded_by: str
    account_id: int | None
    reason: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that still lies with the platform, leased to be fetched; `attempts` counts this try too."""

    id: int
    chat: ConversationKey
    conversation_id: int
    source: str
    name: str
    media_type: str
    attempts: int


def note(
    connection: Connection, drafts: Sequence[AttachmentDraft], conversation_id: int, inbox_id: int, now: datetime
) -> None:
    """Files came with a message: wanted while they lie with the platform, stored where the channel has brought them."""
    for draft in drafts:
        case_id = (
            connection.scalar(select(cases.c.id).where(cases.c.number == draft.case_number))
            if draft.case_number
            else None
        )
        values = {
            "case_id": case_id,
            "conversation_id": conversation_id,
            "inbox_id": inbox_id,
            "state": "stored" if draft.sha256 else "wanted",
            "source": draft.source,
            "name": draft.name[:200],
            "media_type": draft.media_type[:64],
            "size": draft.size,
            "sha256": draft.sha256,
            "uploaded_by": RESIDENT,
            "attempts": 0,
            "not_before": now,
            "created_at": now,
        }
        added = _INSERT[connection.dialect.name].returning(attachments.c.id)
        row_id = connection.execute(added, values).scalar_one_or_none()
        if row_id is not None and draft.sha256:
            _drop_if_twice(connection, int(row_id))


def add(
    connection: Connection, case_id: int, draft: AttachmentDraft, by: tuple[int, str], now: datetime
) -> AttachmentRow | None:
    """A member of staff (id and name) put a stored file to a case; None if the case has the same file already."""
    added = _INSERT[connection.dialect.name].returning(*attachments.c)
    row = connection.execute(
        added,
        {
            "case_id": case_id,
            "state": "stored",
            "source": draft.source,
            "name": draft.name[:200],
            "media_type": draft.media_type[:64],
            "size": draft.size,
            "sha256": draft.sha256,
            "uploaded_by": by[1],
            "account_id": by[0],
            "attempts": 0,
            "created_at": now,
        },
    ).one()
    return None if _drop_if_twice(connection, row.id) else _row(row)


def any_wanted(connection: Connection, now: datetime) -> bool:
    """Whether there is anything to claim: asked often, and nearly always in vain."""
    due = select(attachments.c.id).where(attachments.c.state == "wanted", attachments.c.not_before <= now).limit(1)
    return connection.execute(due).first() is not None


def claim_wanted(connection: Connection, now: datetime, lease: timedelta, limit: int) -> list[Wanted]:
    """Lease files that may be fetched now, the oldest first; a crash makes them due again when the lease is over."""
    rows = connection.execute(
        select(attachments, conversations.c.channel, conversations.c.account, conversations.c.chat)
        .join(conversations, conversations.c.id == attachments.c.conversation_id)
        .where(attachments.c.state == "wanted", attachments.c.not_before <= now)
        .order_by(attachments.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=attachments)
    ).all()
    if rows:
        connection.execute(
            update(attachments)
            .where(attachments.c.id.in_([row.id for row in rows]))
            .values(not_before=now + lease, attempts=attachments.c.attempts + 1)
        )
    return [
        Wanted(
            row.id,
            ConversationKey(row.channel, row.account, row.chat),
            row.conversation_id,
            row.source,
            row.name,
            row.media_type,
            row.attempts + 1,
        )
        for row in rows
    ]


def stored(connection: Connection, row_id: int, *, sha256: str, name: str, media_type: str, size: int) -> bool:
    """A wanted file lies outside now; False if it was there already, or is not wanted any more."""
    values = {"sha256": sha256, "name": name[:200], "media_type": media_type, "size": size}
    row = connection.execute(
        update(attachments)
        .where(attachments.c.id == row_id, attachments.c.state == "wanted")
        .values(state="stored", reason=None, **values)
        .returning(attachments.c.id)
    ).first()
    return row is not None and not _drop_if_twice(connection, row_id)


def refuse(connection: Connection, row_id: int, reason: str) -> bool:
    """A wanted file is not taken, or did not come; False if it is not wanted any more."""
    row = connection.execute(
        update(attachments)
        .where(attachments.c.id == row_id, attachments.c.state == "wanted")
        .values(state="refused", reason=reason[:200])
        .returning(attachments.c.id)
    ).first()
    return row is not None


def postpone(connection: Connection, row_id: int, not_before: datetime, reason: str) -> None:
    """Try again later."""
    connection.execute(
        update(attachments)
        .where(attachments.c.id == row_id, attachments.c.state == "wanted")
        .values(not_before=not_before, reason=reason[:200])
    )


def remove(connection: Connection, row_id: int, reason: str) -> bool:
    """Take a file out of its case; the sweep deletes it from the disk."""
    row = connection.execute(
        update(attachments)
        .where(attachments.c.id == row_id, attachments.c.state.in_(("stored", "wanted")))
        .values(state="removed", reason=reason[:200])
        .returning(attachments.c.id)
    ).first()
    return row is not None


def remove_loose(connection: Connection, condition: ColumnElement[bool], reason: str) -> int:
    """Take away files that belong to no case, as `condition` says; their names go with them."""
    loose = and_(attachments.c.case_id.is_(None), attachments.c.state != "removed", condition)
    rows = connection.execute(
        update(attachments).where(loose).values(state="removed", reason=reason, name="").returning(attachments.c.id)
    ).all()
    return len(rows)


def purge(connection: Connection, loose_before: datetime, rows_before: datetime) -> int:
    """Take away files of no case that came before `loose_before`, and forget rows of what is gone since long.

    Files of cases are archives. The disk is cleared by the sweep.
    """
    gone = remove_loose(connection, attachments.c.created_at < loose_before, "保存期满")
    old = delete(attachments).where(
        attachments.c.case_id.is_(None),
        attachments.c.created_at < rows_before,
        attachments.c.state.in_(("removed", "refused")),
        attachments.c.sha256.is_(None),
    )
    connection.execute(old)
    return gone


def forget(connection: Connection, conversation_id: int) -> None:
    """A person wants to be forgotten: files that they sent for no case go."""
    remove_loose(connection, attachments.c.conversation_id == conversation_id, FORGOTTEN)


def read(connection: Connection, row_id: int) -> AttachmentRow | None:
    """One file's row."""
    row = connection.execute(select(attachments).where(attachments.c.id == row_id)).one_or_none()
    return None if row is None else _row(row)


def of_case(connection: Connection, case_id: int) -> list[AttachmentRow]:
    """The files of a case, oldest first."""
    return _list(connection, attachments.c.case_id == case_id)


def of_conversation(connection: Connection, conversation_id: int) -> list[AttachmentRow]:
    """The files of a conversation, those of its cases too, oldest first."""
    return _list(connection, attachments.c.conversation_id == conversation_id)


def sent_since(connection: Connection, key: ConversationKey, since: datetime) -> int:
    """How many files a conversation has sent since then."""
    query = (
        select(func.count())
        .select_from(attachments.join(conversations, conversations.c.id == attachments.c.conversation_id))
        .where(conversations.c.channel == key.channel, conversations.c.account == key.account)
        .where(conversations.c.chat == key.chat, attachments.c.created_at > since)
    )
    return connection.scalar(query) or 0


def to_delete(connection: Connection, limit: int) -> list[tuple[int, str]]:
    """Row id and hash of removed files that no other row needs."""
    needed = attachments.alias("needed")
    still = select(needed.c.id).where(needed.c.sha256 == attachments.c.sha256, needed.c.state == "stored").exists()
    rows = connection.execute(
        select(attachments.c.id, attachments.c.sha256)
        .where(attachments.c.state == "removed", attachments.c.sha256.is_not(None), ~still)
        .limit(limit)
    )
    return [(row.id, row.sha256) for row in rows]


def deleted(connection: Connection, row_ids: Iterable[int]) -> None:
    """These files do not lie outside any more."""
    connection.execute(update(attachments).where(attachments.c.id.in_(list(row_ids))).values(sha256=None))


def known(connection: Connection, hashes: Sequence[str]) -> set[str]:
    """Which of these hashes some row names."""
    query: Select[Any] = select(attachments.c.sha256).where(attachments.c.sha256.in_(hashes)).distinct()
    return set(connection.scalars(query))


def _list(connection: Connection, condition: ColumnElement[bool]) -> list[AttachmentRow]:
    query = select(attachments).where(condition).order_by(attachments.c.id)
    return [_row(row) for row in connection.execute(query)]


def _drop_if_twice(connection: Connection, row_id: int) -> bool:
    """The same file a second time in the same case, or in the same conversation: the second row is removed."""
    mine = attachments.alias("mine")
    same_place = or_(
        attachments.c.case_id == mine.c.case_id,
        and_(attachments.c.case_id.is_(None), mine.c.case_id.is_(None))
        & (attachments.c.conversation_id == mine.c.conversation_id),
    )
    first = connection.scalar(
        select(attachments.c.id)
        .join(mine, and_(mine.c.id == row_id, attachments.c.sha256 == mine.c.sha256))
        .where(attachments.c.id != row_id, attachments.c.state == "stored", same_place)
        .limit(1)
    )
    if first is not None:
        connection.execute(update(attachments).where(attachments.c.id == row_id).values(state="removed", reason=TWICE))
    return first is not None


def _row(row: Row[Any]) -> AttachmentRow:
    return AttachmentRow(**{name: getattr(row, name) for name in AttachmentRow.__slots__})
