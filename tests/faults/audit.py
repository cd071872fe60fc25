"""Was everybody answered exactly once? Read from the tables and from what the peers saw."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from storage.database import Database
from storage.schema import consultations, conversations, inbox, outbox
from tests.faults.crowd import Person
from tests.peers.telegram.peer import TelegramPeer
from tests.peers.wecom import WeComPeer

Rows = Sequence[Row[Any]]


@dataclass(frozen=True)
class Books:
    """Everything the service wrote down, read at one moment; rows by conversation where they have one."""

    inbox: Rows
    conversations: dict[int, Row[Any]]
    consultations: Rows
    outbox: Rows

    def said_to(self, person: Person) -> list[Row[Any]]:
        """The replies to one person."""
        return [row for row in self.outbox if (row.channel, row.chat) == (person.channel, person.chat)]

    def waiting(self, messages: int) -> int:
        """How many of so many messages are still to come or to be handled, and how many replies are still to be sent.

        The inbox was read before the outbox: what is done there has its replies here.
        """
        handled = len([row for row in self.inbox if row.state != "new"])
        unsent = len([row for row in self.outbox if row.state == "due"])
        return max(0, messages - handled) + unsent


def read_books(database: Database) -> Books:
    """Read all of it."""

    def work(connection: Connection) -> Books:
        def rows(table: Table) -> Rows:
            return connection.execute(select(table).order_by(*table.primary_key)).all()

        known = {row.id: row for row in rows(conversations)}
        return Books(rows(inbox), known, rows(consultations), rows(outbox))

    return database.read_now(work)


def check_books(books: Books, people: Sequence[Person]) -> None:
    """Every accepted message has one inbox row that is done, one consultation, and its replies were sent."""
    asked = {(person.channel, person.chat): person for person in people}
    assert len(asked) == len(people)
    assert sorted((row.channel, row.chat, row.message_id) for row in books.inbox) == sorted(
        (person.channel, person.chat, person.message_id) for person in people
    )
    assert [(row.id, row.state, row.error) for row in books.inbox if row.state != "done"] == []
    recorded: dict[tuple[str, str], list[Row[Any]]] = defaultdict(list)
    for row in books.consultations:
        conversation = books.conversations[row.conversation_id]
        recorded[conversation.channel, conversation.chat].append(row)
    assert {who: [(row.topic, row.people, row.messages) for row in rows] for who, rows in recorded.items()} == {
        who: [(person.topic, 1, 1)] for who, person in asked.items()
    }
    assert len({row.person_key for row in books.consultations}) == len(people)
    assert len({row.number for row in books.consultations}) == len(people)
    assert [(row.id, row.state, row.error) for row in books.outbox if (row.state, row.error) != ("sent", None)] == []
    by_message: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in books.outbox:
        by_message[row.inbox_id].append(row)
    assert set(by_message) == {row.id for row in books.inbox}
    assert {who.topic for who in people} == {row.body["topic"] for row in books.outbox if row.body.get("topic")}
    for row in books.outbox:
        assert row.channel == "web" or row.attempts >= 1


def check_web(books: Books, people: Sequence[Person]) -> None:
    """Whoever repeated a post heard the same replies, which are those in the books."""
    for person in people:
        if person.channel == "web":
            kept = [(row.id, row.body["text"]) for row in books.said_to(person)]
            assert kept
            for heard in person.heard:
                assert [(reply["id"], reply["text"]) for reply in heard["replies"]] == kept


def check_residents(books: Books, people: Sequence[Person], peer: WeComPeer) -> None:
    """Customer service: each reply arrived once, all tries of one reply were the same call with the same msgid."""
    tries: dict[str, set[str]] = defaultdict(set)
    for call in peer.calls("kf/send_msg"):
        assert call.body is not None
        tries[call.body["msgid"]].add(json.dumps(call.body, sort_keys=True))
    for person in people:
        if person.channel == "wecom_kf":
            keys = [row.key for row in books.said_to(person)]
            assert [sent["msgid"] for sent in peer.sent_to(person.chat)] == keys
            assert [len(tries.pop(key)) for key in keys] == [1] * len(keys)
    assert not tries


def check_members(books: Books, people: Sequence[Person], peer: WeComPeer) -> None:
    """The app: each reply arrived once; its tries were identical, so that the platform drops all but one."""
    tries: dict[str, set[str]] = defaultdict(set)
    for call in peer.calls("message/send"):
        assert call.body is not None
        tries[call.body["touser"]].add(json.dumps(call.body, sort_keys=True))
    for person in people:
        if person.channel == "wecom_app":
            count = len(books.said_to(person))
            assert len(tries.pop(person.chat)) == len(peer.app_sent_to(person.chat)) == count
            assert set(peer.dropped_for(person.chat)) <= {"duplicate"}
    assert not tries


def check_telegram(books: Books, people: Sequence[Person], peer: TelegramPeer) -> None:
    """Telegram has no key of ours: each reply arrived at least once, and nothing but that reply."""
    for person in people:
        if person.channel == "telegram":
            kept = books.said_to(person)
            sent = [message["text"] for message in peer.sent_to(int(person.chat))]
            assert len(set(sent)) == len(kept)
            assert len(sent) <= sum(row.attempts for row in kept)
            assert {row.platform_id for row in kept} <= {
                str(message["message_id"]) for message in peer.sent_to(int(person.chat))
            }
