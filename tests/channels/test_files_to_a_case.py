"""A photo from a telephone to the case, through the real channels and their peers, and a file that is not taken."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from storage.database import Database
from storage.schema import attachments
from tests import files
from tests.dialogs.people import OnKf, OnTelegram, Person
from tests.dialogs.stage import Stage, stage
from tests.storage_tools import rows


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("files")) as running:
        yield running


def sends(scene: Stage, person: Person, name: str, data: bytes) -> None:
    if isinstance(person, OnKf):
        scene.wecom.callbacks.resident_media(person.chat, "file", name, data)
    else:
        scene.telegram.user_sends_document(int(person.chat), name, data)


@pytest.mark.parametrize("channel", [OnTelegram, OnKf], ids=lambda one: one.channel)
def test_a_contract_goes_with_the_form_and_a_program_does_not(scene: Stage, channel: type[Person]) -> None:
    person = next(one for one in scene.people() if isinstance(one, channel))
    person.says("我要申请法律援助")
    scene.settled(person, 1)
    sends(scene, person, "劳动合同.pdf", files.PDF)
    scene.settled(person, 2)
    assert "放在一起" in person.seen()[-1].said
    row = _until(lambda: _file(scene, "劳动合同.pdf", "stored"))
    assert (row["media_type"], row["size"]) == ("application/pdf", len(files.PDF))
    sends(scene, person, "eicar.com", files.EICAR)
    refused = _until(lambda: next((one for one in person.seen() if "没有收下" in one.said), None))
    assert "这种文件不能收" in refused.said


def _file(scene: Stage, name: str, state: str) -> dict[str, Any] | None:
    database: Database = scene.app.app.database
    found = [row for row in rows(database, attachments) if row["name"] == name and row["state"] == state]
    return found[-1] if found else None


def _until(look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 20
    while not (found := look()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return found
