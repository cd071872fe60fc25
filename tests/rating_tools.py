"""Receptions that end, and the question that is asked after them, short to write."""

from storage import desk, ratings
from storage.account_records import Account
from storage.database import Database
from storage.desk_records import RatingGiven
from storage.rating_records import AskedRating
from storage.records import ConversationKey
from tests.desk_tools import account, asks_for_a_person, conversation, take
from tests.storage_tools import KEY, NOW, say


def closed(
    database: Database, number: str = "RG-1", key: ConversationKey = KEY, by: Account | None = None, **changes: object
) -> int:
    """A reception that a member of staff has ended; the row id of its handover."""
    about = asks_for_a_person(database, number, key, **changes)  # type: ignore[arg-type]
    who = by or account(database, f"zhang-{number.lower()}")
    take(database, about, who)
    done = database.write_now(lambda c: desk.end(c, about.id, who.id, "当场答复", NOW))
    assert done is not None
    return done[-1]


def asked(database: Database, number: str = "RG-1", key: ConversationKey = KEY, by: Account | None = None) -> int:
    """As `closed`, and the resident was asked about it."""
    handover = closed(database, number, key, by)
    assert database.write_now(lambda c: ratings.ask(c, "handover", handover, NOW))
    return handover


def grade(database: Database, handover: int, value: int, key: ConversationKey = KEY, **turn: object) -> None:
    """A turn in which the resident taps a grade."""
    given = RatingGiven("handover", handover, value)
    name = f"grades {handover} {value} {turn.get('now', NOW)}"
    say(database, name, key, rating=given, **turn)


def rating(database: Database, handover: int) -> AskedRating:
    """How a rating stands."""
    found = database.read_now(lambda c: ratings.of_object(c, "handover", handover))
    assert found is not None
    return found


def conversation_id(database: Database, key: ConversationKey = KEY) -> int:
    """The row id of a conversation."""
    return conversation(database, key).id
