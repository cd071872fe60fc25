"""A conversation's memory survives being stored, also by another version of the program."""

import json

from hypothesis import given
from hypothesis import strategies as st

from handlers.dialog import Dialog
from handlers.message import Button

BUTTONS = st.lists(st.builds(Button, st.text(max_size=10), st.text(max_size=10)), max_size=4).map(tuple)
DIALOGS = st.builds(
    Dialog,
    greeted=st.booleans(),
    options=BUTTONS,
    asked=st.text(max_size=30),
    topic=st.text(max_size=20),
    more=st.text(max_size=30),
    denied=st.lists(st.text(max_size=10), max_size=3).map(tuple),
    failures=st.integers(0, 5),
    confirming=st.sampled_from(["", "forget", "matter"]),
    handover=st.text(max_size=12),
)
UNKNOWN = st.dictionaries(st.text(min_size=1).map("x".__add__), st.integers() | st.text() | st.lists(st.integers()))


@given(DIALOGS)
def test_what_is_stored_comes_back(dialog: Dialog) -> None:
    assert Dialog.from_json(json.loads(json.dumps(dialog.to_json()))) == dialog


@given(DIALOGS, UNKNOWN)
def test_names_of_another_version_are_passed_over(dialog: Dialog, others: dict[str, object]) -> None:
    assert Dialog.from_json({**others, **dialog.to_json()}) == dialog


def test_a_fresh_conversation_takes_no_room() -> None:
    assert Dialog().to_json() == {}
    assert Dialog.from_json({}) == Dialog()


def test_only_what_differs_from_the_beginning_is_stored() -> None:
    assert Dialog(failures=1).to_json() == {"failures": 1}
