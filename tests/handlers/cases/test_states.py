"""The way of a case: every state with every act, allowed or refused; what each act has to be told."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from handlers.cases.act import Acted, possible
from handlers.cases.states import MOVES, STATE_NAMES, Need, Who, action_name, move_of, state_name
from handlers.desk.refused import Refused, Why
from storage.database import Database
from storage.schema.cases import STATES
from storage.upgrade import upgrade
from tests.case_tools import draft, now_in, read, staff, step, stepped, submitted, tools
from tests.storage_tools import DAY, NOW

# DOMAIN 3.3, as it is read there: from -> {act: to}. Whatever is not here is refused.
WAY = {
    "submitted": "accept=accepted ask_supplement=need_supplement reject=rejected transfer=transferred "
    "withdraw=withdrawn merge=merged edit= add=",
    "need_supplement": "supplement=submitted reject=rejected withdraw=withdrawn merge=merged edit= add=",
    "accepted": "assign=assigned transfer=transferred withdraw=withdrawn merge=merged edit= add=",
    "assigned": "start=in_progress reassign= transfer=transferred withdraw=withdrawn merge=merged edit= add=",
    "in_progress": "suspend=suspended finish=pending_review reassign= transfer=transferred withdraw=withdrawn "
    "merge=merged edit= add=",
    "suspended": "resume=in_progress reassign= withdraw=withdrawn merge=merged edit= add=",
    "pending_review": "close=closed send_back=in_progress reassign= withdraw=withdrawn merge=merged edit= add=",
    "transferred": "close_transferred=closed returned=submitted withdraw=withdrawn edit= add=",
    "reopened": "assign=assigned start=in_progress withdraw=withdrawn edit= add=",
    "closed": "visit=visited rate=rated reopen=reopened edit= add=",
    "visited": "rate=rated archive=archived reopen=reopened edit= add=",
    "rated": "archive=archived reopen=reopened edit= add=",
    "rejected": "",
    "withdrawn": "",
    "merged": "",
    "archived": "",
}
ACTIONS = sorted({move.action for move in MOVES})


@pytest.fixture(scope="module")
def one_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('cases') / 'fawen.db'}")
    upgrade(database)
    database.start()
    yield database
    asyncio.run(database.close())


def test_the_table_has_every_state() -> None:
    assert set(WAY) == set(STATES) == set(STATE_NAMES)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("state", STATES)
def test_state_and_act(state: str, action: str) -> None:
    ways = dict(way.split("=") for way in WAY[state].split())
    move = move_of(state, action)
    assert (move is not None) == (action in ways)
    if move is not None:
        assert (move.target or "") == ways[action]


@pytest.mark.parametrize("state", STATES)
def test_every_act_in_every_state_as_a_supervisor(one_database: Database, state: str) -> None:
    """What the table allows can be done with a full form, and nothing else."""
    name = f"boss-{state}"
    boss, other = staff(one_database, name, "supervisor"), staff(one_database, f"other-{state}")
    desk = tools(one_database, lambda: NOW + 31 * DAY)
    ways = dict(way.split("=") for way in WAY[state].split())
    serial = 1000 * (1 + STATES.index(state))
    for number, action in enumerate(ACTIONS, serial):
        target = submitted(one_database, draft(serial=number + 500))
        case = submitted(one_database, draft(serial=number))
        # Reopening is for the 30 days after the closing, the archive for later.
        closed_at = NOW + (20 * DAY if action == "reopen" else timedelta(0))
        case = now_in(one_database, case, state, assignee_id=other.id, assignee_name="o", closed_at=closed_at)
        if action == "reopen" and state in ("closed", "visited", "rated"):
            case = stepped(desk, boss, case, "add", text="又来了一张欠条")
        form = {"assignee": str(boss.id), "target": target.number, "title": "新标题"}
        done = step(desk, boss, case, action, **form)
        if action in ways and action != "rate":
            assert isinstance(done, Acted), (state, action, done)
            assert done.case.state == (ways[action] or state)
            assert done.case.version == case.version + 1
        else:
            assert isinstance(done, Refused), (state, action)
            assert read(one_database, case) == case


@pytest.mark.parametrize("move", [move for move in MOVES if move.needs], ids=lambda move: move.action)
def test_every_need_is_demanded(one_database: Database, move: object) -> None:
    boss = staff(one_database, f"needs-{move.action}", "supervisor")  # type: ignore[attr-defined]
    state = min(move.sources)  # type: ignore[attr-defined]
    serial = 90_000 + 100 * [m.action for m in MOVES].index(move.action)  # type: ignore[attr-defined]
    for number, need in enumerate(move.needs):  # type: ignore[attr-defined]
        case = now_in(one_database, submitted(one_database, draft(serial=serial + number)), state, closed_at=NOW)
        done = step(tools(one_database), boss, case, move.action, **{"assignee": str(boss.id), need.value: " "})  # type: ignore[attr-defined]
        assert isinstance(done, Refused)
        assert done.why is Why.INPUT
        assert read(one_database, case) == case


class TestWho:
    def test_the_desk_cannot_do_what_supervisors_do(self, one_database: Database) -> None:
        clerk = staff(one_database, "clerk")
        case = now_in(one_database, submitted(one_database, draft(serial=81_001)), "pending_review")
        done = step(tools(one_database), clerk, case, "close")
        assert isinstance(done, Refused)
        assert done.why is Why.FORBIDDEN
        assert "主管" in done.words
        assert "close" not in {move.action for move in possible(clerk, case)}

    def test_only_the_assignee_works_on_it(self, one_database: Database) -> None:
        clerk, mine = staff(one_database, "clerk2"), staff(one_database, "mine2")
        desk = tools(one_database)
        case = submitted(one_database, draft(serial=81_002))
        case = now_in(one_database, case, "assigned", assignee_id=mine.id, assignee_name="李四")
        refused = step(desk, clerk, case, "start")
        assert isinstance(refused, Refused)
        assert "李四" in refused.words
        assert stepped(desk, mine, case, "start").state == "in_progress"

    def test_a_clerk_takes_a_case_and_gives_none_to_others(self, one_database: Database) -> None:
        clerk, other = staff(one_database, "clerk3"), staff(one_database, "other3")
        desk = tools(one_database)
        case = now_in(one_database, submitted(one_database, draft(serial=81_003)), "accepted")
        refused = step(desk, clerk, case, "assign", assignee=str(other.id))
        assert isinstance(refused, Refused)
        assert stepped(desk, clerk, case, "assign", assignee=str(clerk.id)).assignee_name == "clerk3"

    def test_nobody_gives_the_grade_for_the_resident(self, one_database: Database) -> None:
        boss = staff(one_database, "boss4", "supervisor")
        case = now_in(one_database, submitted(one_database, draft(serial=81_004)), "closed", closed_at=NOW)
        done = step(tools(one_database), boss, case, "rate")
        assert isinstance(done, Refused)
        assert "不能代填" in done.words
        assert all(move.who is not Who.RATING for move in possible(boss, case))

    @pytest.mark.parametrize("roles", [("administrator",), ("auditor",), ("editor",)])
    def test_roles_without_a_desk_see_no_case(self, one_database: Database, roles: tuple[str, ...]) -> None:
        who = staff(one_database, f"no-{roles[0]}", *roles)
        case = submitted(one_database, draft(serial=82_000 + len(roles[0])))
        done = step(tools(one_database), who, case, "accept")
        assert isinstance(done, Refused)
        assert done.why is Why.NOT_FOUND

    def test_another_township_has_no_such_case(self, one_database: Database) -> None:
        stranger = staff(one_database, "mawang", "supervisor", unit="麻旺镇")
        case = submitted(one_database, draft("mediation", 81_005))
        done = step(tools(one_database), stranger, case, "accept")
        assert isinstance(done, Refused)
        assert done.why is Why.NOT_FOUND


def test_words() -> None:
    assert state_name("legal_aid", "accepted") == "已批准"
    assert state_name("mediation", "accepted") == "已受理"
    assert action_name("accept") == "受理"
    assert action_name("submit") == "提交申请"
    assert {need for move in MOVES for need in move.needs} == set(Need)
