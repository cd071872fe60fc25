"""What the console's pages of cases read, on SQLite and on PostgreSQL: narrowed lists, counts of states, notes."""

from datetime import timedelta

import pytest

from storage import case_lists, notes
from storage.case_records import CaseFilter, CaseScope
from storage.database import Database
from storage.desk_records import CaseDraft
from tests.case_tools import draft, now_in, staff, submitted
from tests.storage_tools import DAY, HOUR, NOW, chat

MEDIATION, AID = "mediation", "legal_aid"
EVERYWHERE = CaseScope("", 0)


def fill(database: Database) -> dict[str, str]:
    """Four cases; their numbers by what is special about them."""
    made: list[tuple[str, CaseDraft]] = [
        ("soon", draft(MEDIATION, 1, due_at=NOW + 2 * DAY)),
        ("late", draft(MEDIATION, 2, due_at=NOW - HOUR, unit="麻旺镇", township="麻旺镇")),
        ("closed", draft(MEDIATION, 3)),
        ("aid", draft(AID, 4, title="法律援助申请：100%_的工钱")),
    ]
    numbers = {}
    for name, one in made:
        case = submitted(database, one, chat(name))
        if name == "closed":
            now_in(database, case, "closed", due_at=None)
        if name == "aid":
            now_in(database, case, "submitted", submitted_at=NOW - 10 * DAY, safe_mode=False)
        numbers[case.number] = name
    return numbers


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (CaseFilter(), {"soon", "late", "closed", "aid"}),
        (CaseFilter(unit=""), {"aid"}),
        (CaseFilter(unit="麻旺镇"), {"late"}),
        (CaseFilter(unit="龙潭镇", kinds=(AID,)), set()),
        (CaseFilter(overdue_at=NOW), {"late"}),
        (CaseFilter(overdue_at=NOW + 3 * DAY), {"late", "soon"}),
        (CaseFilter(overdue_at=NOW + 3 * DAY, due_after=NOW), {"soon"}),
        (CaseFilter(since=NOW), {"soon", "late", "closed"}),
        (CaseFilter(until=NOW), {"aid"}),
        (CaseFilter(since=NOW - 10 * DAY, until=NOW - 10 * DAY + timedelta(seconds=1)), {"aid"}),
        (CaseFilter(number="000004"), {"aid"}),
        (CaseFilter(number="工钱"), set()),
        (CaseFilter(words="工钱"), {"soon", "late", "closed", "aid"}),
        (CaseFilter(words="100%_"), {"aid"}),
        (CaseFilter(words="0%"), {"aid"}),
        (CaseFilter(states=("closed",)), {"closed"}),
    ],
)
def test_a_list_holds_what_was_asked_for(database: Database, wanted: CaseFilter, found: set[str]) -> None:
    numbers = fill(database)
    listed = database.read_now(lambda c: case_lists.newest(c, EVERYWHERE, wanted, None, 50))
    assert {numbers[item.number] for item in listed} == found
    by_limit = database.read_now(lambda c: case_lists.by_limit(c, EVERYWHERE, wanted, None, 50))
    assert {numbers[item.number] for item in by_limit} == found


def test_states_are_counted_whatever_state_is_shown(database: Database) -> None:
    fill(database)

    def count(scope: CaseScope, wanted: CaseFilter) -> dict[str, int]:
        return database.read_now(lambda c: case_lists.by_state(c, scope, wanted))

    assert count(EVERYWHERE, CaseFilter(states=("closed",))) == {"submitted": 3, "closed": 1}
    assert count(EVERYWHERE, CaseFilter(kinds=(MEDIATION,), unit="龙潭镇")) == {"submitted": 1, "closed": 1}
    assert count(CaseScope("麻旺镇", 0), CaseFilter()) == {"submitted": 1}
    assert count(CaseScope("大溪镇", 0), CaseFilter()) == {}


def test_notes_of_a_case_are_read_newest_first(database: Database) -> None:
    case, other = submitted(database, draft(serial=1)), submitted(database, draft(serial=2), chat("b"))
    ann = staff(database, "ann")

    def write(text: str, case_id: int) -> None:
        database.write_now(lambda c: notes.add(c, text, ann.id, "王敏", NOW, case_id=case_id))

    write("一", case.id)
    write("别的工单", other.id)
    write("二", case.id)
    found = database.read_now(lambda c: notes.of_case(c, case.id))
    assert [(note.text, note.author, note.at) for note in found] == [("二", "王敏", NOW), ("一", "王敏", NOW)]
