"""Whose telephone number it is that a resident writes, what of it is kept, and what staff are told."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.privacy import BureauSeal
from handlers.desk.conflict import find, mentioned, warning
from handlers.dialog import Dialog
from handlers.turn import Outcome
from storage import desk as receptions
from storage.database import Database
from storage.desk_records import PartyDraft
from storage.parties import Conflict, note
from tests.case_tools import tools
from tests.desk_tools import account, asks_for_a_person, take
from tests.handlers.tools import respond, turn
from tests.storage_tools import DAY, NOW, chat

SEAL = BureauSeal(b"tests")
MOBILE, OTHER = "13812345678", "13987654321"


def sides(drafts: tuple[PartyDraft, ...]) -> list[tuple[str, str]]:
    """Side and number, for the numbers of these tests."""
    known = {SEAL.hash("phone", number): number for number in (MOBILE, OTHER, "75551234")}
    return [(draft.side, known[draft.hash]) for draft in drafts]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"我电话{MOBILE}", [("own", MOBILE)]),
        (f"{MOBILE}", [("own", MOBILE)]),
        (f"老板欠我工钱，麻烦快点联系我 {MOBILE}", [("own", MOBILE)]),
        (f"老板欠我三个月工钱，{MOBILE}", [("own", MOBILE)]),
        (f"老板张三 {OTHER} 一直不接", [("other", OTHER)]),
        (f"他不接我电话，他的号码是{OTHER}", [("other", OTHER)]),
        (f"包工头电话 139-8765-4321；我的手机 +86 {MOBILE}", [("other", OTHER), ("own", MOBILE)]),
        ("房东座机 023-75551234", [("other", "75551234")]),
        (f"我电话{MOBILE}，我电话{MOBILE}", [("own", MOBILE)]),
        ("身份证 500242199001011234，卡号 6222 0213 8123 4567 890", []),
        ("打 12348 还是 12345", []),
    ],
)
def test_a_number_stands_on_the_side_to_which_the_words_put_it(text: str, expected: list[tuple[str, str]]) -> None:
    assert sides(mentioned(text, SEAL)) == expected


def told(database: Database, text: str, dialog: Dialog | None = None, *, holder: str = "bot") -> Outcome:
    """What a turn leads to with a desk behind it."""
    asked = turn(text, dialog, holder=holder)
    desk = tools(database, seal=SEAL)
    return respond(replace(asked, office=replace(asked.office, tools=desk)))


class TestTurns:
    def test_of_who_asks_the_bot_nothing_is_kept(self, database: Database) -> None:
        assert told(database, f"老板拖欠工资，老板电话{OTHER}").parties == ()

    @pytest.mark.parametrize("holder", ["waiting", "person"])
    def test_while_a_person_is_concerned_both_sides_are_kept(self, database: Database, holder: str) -> None:
        dialog = Dialog(handover="RG1")
        outcome = told(database, f"老板电话{OTHER}，我电话{MOBILE}", dialog, holder=holder)
        assert sides(outcome.parties) == [("other", OTHER), ("own", MOBILE)]

    def test_the_matter_goes_with_the_handover(self, database: Database) -> None:
        outcome = told(database, "转人工", Dialog(asked=f"老板拖欠工资，老板电话{OTHER}", greeted=True))
        assert outcome.handover is not None
        assert sides(outcome.parties) == [("other", OTHER)]


def test_staff_are_told_which_matter_it_is_and_how_sure_that_is() -> None:
    words = warning(
        [Conflict(12, None, None, "named_there", "phone"), Conflict(None, 3, "FY2026-YY-7", "names_them", "name")]
    )
    assert "来访 C000012" in words
    assert "电话相同" in words
    assert "工单 FY2026-YY-7" in words
    assert "只是姓名相同" in words
    assert "转给同事" in words
    assert warning([]) == ""


def test_it_is_looked_for_a_year_back(database: Database) -> None:
    own, other = (PartyDraft(side, "phone", "h" * 64) for side in ("own", "other"))
    who = account(database, "zhang")
    first, second = asks_for_a_person(database, "RG-1", chat("A")), asks_for_a_person(database, "RG-2", chat("B"))
    database.write_now(lambda c: note(c, first.id, None, [own], NOW))
    database.write_now(lambda c: note(c, second.id, None, [other], NOW))
    take(database, first, who)
    database.write_now(lambda c: _end(c, first.id, who.id))

    async def hits(days: int) -> list[Conflict]:
        desk = tools(database, clock=lambda: NOW + days * DAY)
        return await find(desk, who.id, conversation_id=second.id)

    assert [one.conversation_id for one in asyncio.run(hits(364))] == [first.id]
    assert asyncio.run(hits(366)) == []


def _end(connection: Any, conversation_id: int, account_id: int) -> None:

    assert receptions.end(connection, conversation_id, account_id, "当场答复", NOW)
