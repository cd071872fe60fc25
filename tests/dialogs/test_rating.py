"""好差评 on every channel: a reception ends, one tap grades it, a bad grade is asked why and looked into."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from handlers.desk.accounts import staff_of
from handlers.desk.claim import Claimed, claim
from handlers.desk.close import Closed, Closing, close
from handlers.desk.staff import Staff
from storage import accounts
from storage.account_records import NewAccount
from storage.rating_records import GRADES
from storage.schema import consultations, conversations, outbox, ratings
from tests.dialogs.people import OnKf, OnWeb, Person, Shown
from tests.dialogs.stage import SERVICER, Stage, stage

AT = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
WAGES = "老板拖欠工资三个月不给，怎么办"
LABELS = tuple(GRADES.values())


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("ratings")) as running:
        running.set_clock(AT)
        yield running
        assert running.wecom.violations == []
        assert running.telegram.violations == []


@pytest.fixture(scope="module")
def zhang(scene: Stage) -> Staff:
    """A member of the desk, who is a servicer of customer service too."""
    return _account(scene, "zhang", "desk", wecom_userid=SERVICER.lower())


@pytest.fixture(scope="module")
def boss(scene: Stage) -> Staff:
    """A supervisor whom the bot may write to on Telegram."""
    made = _account(scene, "boss", "supervisor", telegram_id="88000001")
    scene.telegram.user_says(88_000_001, "/start")
    _until(scene, lambda: scene.telegram.sent_to(88_000_001))
    return made


@pytest.fixture(params=["web", "telegram", "wecom_kf", "wecom_app"])
def person(request: pytest.FixtureRequest, scene: Stage) -> Person:
    return next(one for one in scene.people() if one.channel == request.param)


class Visit:
    """A resident and the member of staff who receives them."""

    def __init__(self, scene: Stage, person: Person, staff: Staff) -> None:
        self.scene, self.person, self.staff = scene, person, staff
        self.messages = 0

    def says(self, text: str) -> Shown:
        self.person.says(text)
        return self._answer()

    def taps(self, label: str, of: int | None = None) -> Shown:
        """Tap a choice of the newest message, or of the one at this place."""
        seen = self.person.seen()
        place = len(seen) - 1 if of is None else of
        self.person.taps(place, label, seen[place])
        return self._answer()

    def is_received_and_closed(self) -> list[Shown]:
        """Staff take the conversation and close it; what arrives of it."""
        before = len(self.person.seen())
        tools = self.scene.app.app.tools
        number = self._conversation().id
        claimed = self.scene.app.do(claim(tools, self.staff, number))
        assert isinstance(claimed, Claimed), claimed
        self.scene.settled(self.person, self.messages)
        closed = self.scene.app.do(close(tools, self.staff, number, Closing("当场答复", "先投诉")))
        assert isinstance(closed, Closed), closed
        self.scene.settled(self.person, self.messages)
        self._fetch_what_came_later()
        return self.person.seen()[before:]

    def rating(self) -> Any:
        """Its row, which has to be the only one of this conversation; None where nothing was asked."""
        found = self._rows(ratings, ratings.c.conversation_id)
        assert len(found) <= 1
        return found[0] if found else None

    def satisfaction(self) -> list[str | None]:
        return [row.satisfaction for row in self._rows(consultations, consultations.c.conversation_id)]

    def sent(self) -> list[tuple[str, str]]:
        """Purpose and fate of all that was to be said."""
        return [(row.purpose, row.state) for row in self._rows(outbox, outbox.c.conversation_id)]

    def _answer(self) -> Shown:
        self.messages += 1
        self.scene.settled(self.person, self.messages)
        return self.person.seen()[-1]

    def _fetch_what_came_later(self) -> None:
        if isinstance(self.person, OnWeb):
            self.person.fetch()

    def _conversation(self) -> Any:
        theirs = (conversations.c.channel == self.person.channel, conversations.c.chat == self.person.chat)
        return self._read(select(conversations).where(*theirs))[0]

    def _rows(self, table: Any, column: Any) -> list[Any]:
        return self._read(select(table).where(column == self._conversation().id).order_by(table.c.id))

    def _read(self, query: Any) -> list[Any]:
        return self.scene.app.do(self.scene.app.app.database.read(lambda c: list(c.execute(query))))


def test_one_tap_after_closing_grades_the_reception(scene: Stage, person: Person, zhang: Staff) -> None:
    visit = Visit(scene, person, zhang)
    visit.says(WAGES)
    visit.says("转人工")
    last = visit.is_received_and_closed()[-1]
    assert "这次接待到这里" in last.said
    assert "满意吗" in last.said
    assert tuple(label for label, _ in last.buttons) == LABELS
    assert visit.rating().grade is None
    place = len(person.seen()) - 1
    assert "很满意" in visit.taps("很满意", place).said
    assert (visit.rating().grade, visit.rating().follow_up) == (5, "none")
    assert "很满意" in visit.satisfaction()
    if person.channel != "wecom_app":  # there a number means the choice last shown
        assert "已经评过了：很满意" in visit.taps("很满意", place).said
    assert visit.rating().grade == 5


def test_a_bad_grade_is_asked_why_and_supervisors_hear_of_it(
    scene: Stage, person: Person, zhang: Staff, boss: Staff
) -> None:
    visit = Visit(scene, person, zhang)
    visit.says(WAGES)
    visit.says("转人工")
    visit.is_received_and_closed()
    before = len(_heard_by(scene, boss))
    asked = visit.taps("不满意")
    assert "哪里没做好" in asked.said
    assert [label for label, _ in asked.buttons] == ["不说了"]
    assert (visit.rating().grade, visit.rating().follow_up) == (2, "open")
    _until(scene, lambda: len(_heard_by(scene, boss)) == before + 1)
    alert = _heard_by(scene, boss)[-1]
    assert "差评" in alert
    assert "RG0304-" in alert
    assert "工资" not in alert
    assert "主管会看" in visit.says("等了三天没人理我，我电话13812345678").said
    assert visit.rating().reason == "等了三天没人理我，我电话138****5678"
    # What is said next is a question again.
    assert "劳动" in visit.says(WAGES).said
    assert "不满意" in visit.satisfaction()


def test_danger_wins_over_the_reason_and_a_question_is_answered_too(scene: Stage, zhang: Staff) -> None:
    person = next(one for one in scene.people() if one.channel == "telegram")
    visit = Visit(scene, person, zhang)
    visit.says("转人工")
    visit.is_received_and_closed()
    visit.taps("很不满意")
    assert "110" in visit.says("他拿着刀追我快救我").said
    assert visit.rating().reason is None
    assert "劳动" in visit.says(WAGES).said
    assert visit.rating().reason == WAGES


def test_a_slip_of_the_thumb_is_mended_within_ten_minutes(scene: Stage, zhang: Staff) -> None:
    person = next(one for one in scene.people() if one.channel == "telegram")
    visit = Visit(scene, person, zhang)
    visit.says("转人工")
    visit.is_received_and_closed()
    place = len(person.seen()) - 1
    visit.taps("很不满意", place)
    scene.advance(timedelta(minutes=9))
    assert "改好了：满意" in visit.taps("满意", place).said
    assert (visit.rating().grade, visit.rating().follow_up) == (4, "open")
    scene.advance(timedelta(minutes=2))
    assert "不能改了" in visit.taps("很满意", place).said
    assert visit.rating().grade == 4


def test_the_words_count_later_too(scene: Stage, person: Person, zhang: Staff) -> None:
    visit = Visit(scene, person, zhang)
    visit.says("转人工")
    visit.is_received_and_closed()
    visit.says(WAGES)
    assert "谢谢您的评价：基本满意" in visit.says("基本满意").said
    assert visit.rating().grade == 3


def test_nobody_grades_what_another_was_asked(scene: Stage, zhang: Staff) -> None:
    theirs = Visit(scene, OnWeb(scene.client), zhang)
    theirs.says("转人工")
    theirs.is_received_and_closed()
    other = OnWeb(scene.client)
    for payload in (f"rate:h:{theirs.rating().object_id}:1", "rate:h:999999999:1", "rate:c:1:5"):
        assert "打不了分" in _made_up(other, payload)
    assert theirs.rating().grade is None
    for payload in ("rate:h:1:9", "rate:x:1:5", "rate:h:a:5", "rate:h:99999999999999999999:5", "rate:h:1"):
        assert "打不了分" not in _made_up(other, payload)


def test_in_safe_mode_nobody_is_asked_and_nothing_is_sent_unasked(scene: Stage, person: Person, zhang: Staff) -> None:
    visit = Visit(scene, person, zhang)
    visit.says("我被家暴了，怎么申请人身安全保护令")
    visit.says("转人工")
    arrived = visit.is_received_and_closed()
    assert all("满意吗" not in shown.said for shown in arrived)
    assert visit.rating() is None
    closing = [state for purpose, state in visit.sent() if purpose == "closing"]
    assert closing == ["sent" if person.channel == "web" else "dropped"]
    if isinstance(person, OnKf):
        with scene.wecom.state.lock:
            assert int(scene.wecom.kf.sessions[person.chat].state) == 4
    assert "工资" in visit.says(WAGES).said


def _heard_by(scene: Stage, staff: Staff) -> list[str]:
    return [message["text"] for message in scene.telegram.sent_to(int(staff.telegram_id or 0))]


def _made_up(person: Person, payload: str) -> str:
    """What somebody hears who sends a tap that no button of theirs carries."""
    person.taps(0, "x", Shown("", (("x", payload),), ""))
    return person.seen()[-1].said


def _account(scene: Stage, login: str, role: str, **known: str) -> Staff:
    new = NewAccount(login, login, (role,), "", "no password", must_change=False, **known)
    made = scene.app.do(scene.app.app.database.write(lambda c: accounts.create(c, new, AT)))
    assert made is not None
    return staff_of(made)


def _until(scene: Stage, condition: Any) -> None:
    scene.app.do(scene.app.running.until(condition))
