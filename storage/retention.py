"""Forgetting: on a person's word, and by age. Text goes, counts stay."""

from datetime import datetime

from sqlalchemy import Connection, Text, cast, delete, select, update

from storage import attachments, parties, ratings
from storage.records import Conversation
from storage.schema import consultations, conversations, handovers, inbox, job_runs, outbox

FORGOTTEN = "（当事人已要求清除）"


def forget_person(connection: Connection, conversation: Conversation, person_key: str, sender: str) -> None:
    """Remove what one person said and was told, and cut their records loose from them.

    The records stay as figures without text or person. Messages keep their empty rows, so that the platform's
    repetition of one is still known as such. What they said since waits to be handled and is left alone; what was
    still to be said is dropped, but for danger. A case that was submitted is an archive: it stays, with its files.
    """
    key = conversation.key
    theirs = (inbox.c.channel == key.channel, inbox.c.account == key.account, inbox.c.sender == sender)
    connection.execute(update(inbox).where(*theirs, inbox.c.state != "new").values(body={}, error=None))
    said = outbox.c.conversation_id == conversation.id
    connection.execute(
        update(outbox).where(said, outbox.c.state == "due", outbox.c.purpose != "urgent").values(state="dropped")
    )
    connection.execute(update(outbox).where(said, outbox.c.state != "due").values(body={}, error=None))
    connection.execute(
        update(consultations)
        .where(consultations.c.person_key == person_key)
        .values(
            person_key=None,
            conversation_id=None,
            inbox_id=None,
            village=None,
            summary=FORGOTTEN,
            contact_name=None,
            contact_phone=None,
            follow_up=None,
            remark=None,
            candidates=[],
        )
    )
    connection.execute(
        update(handovers)
        .where(handovers.c.conversation_id == conversation.id)
        .values(summary=FORGOTTEN, consultation_id=None)
    )
    _forget_relays(connection, conversation.id)
    attachments.forget(connection, conversation.id)
    ratings.forget(connection, conversation.id)
    parties.forget(connection, conversation.id)
    connection.execute(update(conversations).where(conversations.c.id == conversation.id).values(township=None))


def _forget_relays(connection: Connection, conversation_id: int) -> None:
    """What staff were told of it in chats of theirs: cards and relays."""
    theirs = outbox.c.handover_id.in_(select(handovers.c.id).where(handovers.c.conversation_id == conversation_id))
    connection.execute(
        update(outbox).where(theirs, outbox.c.state == "due", outbox.c.purpose == "relay").values(state="dropped")
    )
    connection.execute(update(outbox).where(theirs, outbox.c.state != "due").values(body={}, error=None))


def purge(connection: Connection, messages_before: datetime, runs_before: datetime) -> dict[str, int]:
    """Delete settled messages and loose files older than `messages_before`, and what is older than `runs_before` of job
    runs and of who stood on which side.

    A dialog remembers the last question in its own words, so that of a conversation as old is forgotten with them.
    Returns how many rows of each kind went. Service records and cases are archives and are kept.
    """
    old_in = delete(inbox).where(inbox.c.received_at < messages_before, inbox.c.state != "new").returning(inbox.c.id)
    old_out = (
        delete(outbox).where(outbox.c.created_at < messages_before, outbox.c.state != "due").returning(outbox.c.id)
    )
    old_runs = delete(job_runs).where(job_runs.c.slot < runs_before).returning(job_runs.c.job)
    old_dialogs = (
        update(conversations)
        .where(conversations.c.updated_at < messages_before, cast(conversations.c.dialog, Text) != "{}")
        .values(dialog={})
        .returning(conversations.c.id)
    )
    return {
        "inbox": len(connection.execute(old_in).all()),
        "outbox": len(connection.execute(old_out).all()),
        "dialogs": len(connection.execute(old_dialogs).all()),
        "job_runs": len(connection.execute(old_runs).all()),
        "parties": parties.purge(connection, runs_before),
        "attachments": attachments.purge(connection, messages_before, runs_before),
    }
