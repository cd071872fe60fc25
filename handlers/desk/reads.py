"""What a turn reads of the desk, and the key with which it hashes what it only compares."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from handlers.personal import Seal
from storage.rating_records import AskedRating
from storage.records import ConversationKey


@dataclass(frozen=True)
class DeskReads:
    """`ratings` gives what a conversation was asked about, newest first, by the conversation's row id.

    `supervisors` gives where the supervisors of a township ("" for the county) can be written to.
    """

    seal: Seal = field(repr=False)
    ratings: Callable[[int], Awaitable[Sequence[AskedRating]]]
    supervisors: Callable[[str], Awaitable[Sequence[ConversationKey]]]
