"""Whatever is said at whatever step: danger gets its card, somebody always answers, and no answer is ever lost."""

import asyncio
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import routes
from handlers.desk.tools import Tools
from handlers.dialog import Dialog
from handlers.intake.draft import Draft
from handlers.intake.forms import FORMS
from handlers.message import Kind
from handlers.turn import Outcome
from storage.database import Database
from tests.case_tools import tools
from tests.handlers.test_routes import EVERYDAY, URGENT
from tests.handlers.tools import NOW, turn
from tests.intake_answers import ANSWERS

PAYLOAD = re.compile(r"[0-9a-z:.\-]{1,64}")
COMMANDS = st.sampled_from(
    ["上一步", "改第2项", "改 99", "改零", "跳过", "继续", "是", "不是", "确认提交", "1", "9", "都不是", "没有"]
)
TAPS = st.sampled_from(
    ["form:back", "form:go", "form:ask", "form:drop", "form:confirm:7", "form:confirm:x", "form:new:no"]
)
TAPS |= st.from_regex(r"form:[a-z]{1,9}:[0-9a-z]{1,5}", fullmatch=True)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Tools]:
    path = tmp_path_factory.mktemp("properties") / "fawen.db"
    shutil.copyfile(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    database.start()
    yield tools(database, lambda: NOW)
    asyncio.run(database.close())


def respond(desk: Tools, text: str, dialog: Dialog, payload: str = "", holder: str = "bot") -> Outcome:
    asked = turn(text, dialog, kind=Kind.BUTTON if payload else Kind.TEXT, payload=payload, holder=holder)
    return asyncio.run(routes.handle(replace(asked, office=replace(asked.office, tools=desk))))


def at_step(desk: Tools, kind: str, answered: int) -> Dialog:
    """The dialog of somebody who has given so many answers."""
    dialog = respond(desk, "", Dialog(), f"intake:{kind.replace('_', '-')}").dialog
    for text in ANSWERS[kind][:answered]:
        dialog = respond(desk, text, dialog).dialog
    return dialog


PLACES = st.sampled_from([(kind, number) for kind in FORMS for number in range(len(ANSWERS[kind]) + 1)])


@given(place=PLACES, text=st.sampled_from(URGENT), holder=st.sampled_from(["bot", "waiting", "person"]))
def test_danger_gets_its_card_and_the_form_survives(
    desk: Tools, place: tuple[str, int], text: str, holder: str
) -> None:
    dialog = at_step(desk, *place)
    outcome = respond(desk, text, dialog, holder=holder)
    (reply,) = outcome.replies
    assert reply.purpose == "urgent"
    before, after = Draft.of(dialog), Draft.of(outcome.dialog)
    assert before is not None
    assert after is not None
    assert after.answers == before.answers
    assert after.paused


@given(place=PLACES, text=st.text(max_size=40) | EVERYDAY | COMMANDS)
def test_somebody_always_answers_and_no_answer_is_lost(desk: Tools, place: tuple[str, int], text: str) -> None:
    dialog = at_step(desk, *place)
    outcome = respond(desk, text, dialog)
    assert len(outcome.replies) == 1
    assert Dialog.from_json(outcome.dialog.to_json()) == outcome.dialog
    assert all(PAYLOAD.fullmatch(button.payload) for button in outcome.replies[0].buttons)
    before, after = Draft.of(dialog), Draft.of(outcome.dialog)
    if outcome.case is not None or outcome.forget:
        return
    assert before is not None
    assert after is not None
    assert set(before.answers) <= set(after.answers)


@given(place=PLACES, payload=TAPS)
def test_whatever_is_tapped(desk: Tools, place: tuple[str, int], payload: str) -> None:
    outcome = respond(desk, "", at_step(desk, *place), payload)
    assert len(outcome.replies) == 1
    assert outcome.case is None or payload == "form:confirm:7"


@given(place=PLACES, text=st.text(max_size=40) | EVERYDAY | COMMANDS)
def test_while_a_person_holds_the_conversation_the_form_is_silent(
    desk: Tools, place: tuple[str, int], text: str
) -> None:
    dialog = at_step(desk, *place)
    outcome = respond(desk, text, dialog, holder="person")
    assert outcome.case is None
    before, after = Draft.of(dialog), Draft.of(outcome.dialog)
    assert before is not None
    assert after is not None
    assert after.answers == before.answers
    assert all(reply.purpose == "urgent" for reply in outcome.replies)


def test_every_choice_fits_into_a_menu_of_customer_service() -> None:
    for form in FORMS.values():
        for step in form.steps:
            assert len(step.choices) <= 9, step.key
            assert len({choice.label for choice in step.choices}) == len(step.choices)


def test_nobody_is_asked_for_what_is_never_asked() -> None:
    for form in FORMS.values():
        asked = "".join(step.ask + step.label for step in form.steps).replace("身份证号不用写", "")
        for word in ("身份证号", "民族", "收入", "工资多少", "病"):
            assert word not in asked
