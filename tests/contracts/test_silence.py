"""The invariant 人在机静: while a person holds a conversation, the bot says nothing but the urgent card.

Whatever order things happen in: turns that began before a claim, replies that wait, claims, releases, staff who speak.
"""

import itertools
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import conversations, desk
from storage.account_records import Account
from storage.conversations import commit_turn
from storage.database import Database
from storage.errors import Changed, Lost
from storage.outbox import settle
from storage.schema import outbox
from storage.turn_result import TurnResult
from tests.desk_tools import account, conversation
from tests.storage_tools import KEY, NOW, arrive, due, reply, rows, turn

BOTS = ("answer", "notice", "waiting", "closing", "handover", "welcome")
ALLOWED = {"urgent", "staff"}
STEPS = ("begin", "commit", "claim", "give back", "end", "speak", "send")
_numbers = itertools.count()


class Scene:
    """One conversation, two members of staff, a turn that may be under way, and what the resident got."""

    def __init__(self, database: Database, staff: list[Account], *, fetched: bool) -> None:
        self.database = database
        self.staff = staff
        self.fetched = fetched
        self.key = replace(KEY, chat=f"silent{next(_numbers)}")
        self.under_way: TurnResult | None = None
        self.got_while_held: list[str] = []
        self._begin("urgent", "answer")
        self._commit("", "")

    def run(self, step: str, purpose: str, other: str) -> None:
        {
            "begin": self._begin,
            "commit": self._commit,
            "claim": self._claim,
            "give back": self._give_back,
            "end": self._end,
            "speak": self._speak,
            "send": self._send,
        }[step](purpose, other)

    @property
    def held(self) -> bool:
        return conversation(self.database, self.key).holder == "person"

    def _begin(self, purpose: str, other: str) -> None:
        if self.under_way is None:
            number = next(_numbers)
            claim = arrive(self.database, f"m{number}", self.key)
            said = [reply(f"k{number}-{n}", purpose=p, pulled=self.fetched) for n, p in enumerate((purpose, other))]
            self.under_way = turn(claim, replies=tuple(said), dialog={})

    def _commit(self, _: str, __: str) -> None:
        if self.under_way is None:
            return
        result, self.under_way = self.under_way, None
        try:
            self.database.write_now(partial(commit_turn, turn=result))
        except (Changed, Lost):
            silent = [one for one in result.replies if one.purpose in ALLOWED]
            again = replace(result, expected_holder=conversation(self.database, self.key).holder, replies=tuple(silent))
            self.database.write_now(partial(commit_turn, turn=again))
            result = again
        if self.fetched and self.held:
            keys = {one.key for one in result.replies}
            said = [row for row in rows(self.database, outbox) if row["key"] in keys and row["state"] == "sent"]
            self.got_while_held += [row["purpose"] for row in said]

    def _claim(self, _: str, __: str) -> None:
        holder = desk.Holder(self.staff[0].id, "王敏", "console")
        about = conversation(self.database, self.key)
        self.database.write_now(lambda c: desk.claim(c, about.id, holder, NOW))

    def _give_back(self, _: str, __: str) -> None:
        about = conversation(self.database, self.key)
        self.database.write_now(lambda c: desk.give_back(c, about.id, self.staff[0].id, NOW))

    def _end(self, _: str, __: str) -> None:
        about = conversation(self.database, self.key)
        self.database.write_now(lambda c: desk.end(c, about.id, self.staff[0].id, "当场答复", NOW))

    def _speak(self, _: str, __: str) -> None:
        if self.held:
            said = reply(f"s{next(_numbers)}", purpose="staff", pulled=self.fetched)
            about = conversation(self.database, self.key)
            self.database.write_now(lambda c: conversations.speak(c, about, said, NOW))

    def _send(self, _: str, __: str) -> None:
        for row in due(self.database, limit=100):
            if row.chat == self.key and self.held:
                self.got_while_held.append(row.purpose)
            self.database.write_now(lambda c, i=row.id: settle(c, i, "sent", NOW))  # type: ignore[misc]


@pytest.mark.parametrize("fetched", [False, True], ids=["sent", "fetched"])
def test_the_bot_is_silent_while_a_person_holds_the_conversation(database: Database, *, fetched: bool) -> None:
    staff = [account(database, "wang")]
    purposes = st.sampled_from([*BOTS, "urgent"])

    @given(st.lists(st.tuples(st.sampled_from(STEPS), purposes, purposes), max_size=25))
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    def holds(steps: list[tuple[str, str, str]]) -> None:
        scene = Scene(database, staff, fetched=fetched)
        for step in steps:
            scene.run(*step)
        assert set(scene.got_while_held) <= ALLOWED

    holds()
