"""The bureau's key: ids that nobody can guess, and the file it is kept in."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.privacy import PersonKeys, read_key
from storage.errors import Unready
from storage.records import ConversationKey

KEYS = PersonKeys(b"a key of this bureau")
OTHER = PersonKeys(b"a key of another bureau")
CHAT = ConversationKey("telegram", "700000001", "12345")
LONG_ID = "01HZX3J7Q2M5T8V9"  # 16 characters


def test_a_person_has_one_key_on_one_account_and_none_that_tells_the_platform_id() -> None:
    key = KEYS.person(CHAT, "12345")
    assert key == KEYS.person(ConversationKey("telegram", "700000001", "another chat"), "12345")
    assert len(key) == 32
    assert "12345" not in key
    others = [
        KEYS.person(CHAT, "12346"),
        KEYS.person(ConversationKey("wecom_kf", "700000001", "12345"), "12345"),
        KEYS.person(ConversationKey("telegram", "700000002", "12345"), "12345"),
        OTHER.person(CHAT, "12345"),
    ]
    assert len({key, *others}) == 5


def test_reply_keys_differ_and_fit_into_what_wecom_takes() -> None:
    keys = {KEYS.reply(CHAT, "s", f"m{n}", str(number)) for n in range(1, 40) for number in range(3)}
    assert len(keys) == 39 * 3
    assert all(len(key) == 32 and key.isalnum() for key in keys)
    assert KEYS.reply(CHAT, "s", "m", "0") == KEYS.reply(CHAT, "s", "m", "0")


def test_a_long_message_id_leads_to_the_same_conversation_and_a_short_one_never() -> None:
    assert KEYS.new_web_conversation(LONG_ID) == KEYS.new_web_conversation(LONG_ID)
    assert KEYS.new_web_conversation(LONG_ID) != OTHER.new_web_conversation(LONG_ID)
    assert KEYS.new_web_conversation(LONG_ID[:-1]) != KEYS.new_web_conversation(LONG_ID[:-1])
    assert KEYS.new_web_conversation(None) != KEYS.new_web_conversation(None)


@given(st.none() | st.text(max_size=40))
def test_only_ids_made_with_the_key_are_conversations(first_message_id: str | None) -> None:
    made = KEYS.new_web_conversation(first_message_id)
    assert KEYS.is_web_conversation(made)
    assert not OTHER.is_web_conversation(made)


@given(st.text() | st.from_regex(r"[0-9a-f]{40}\n?", fullmatch=True))
def test_a_made_up_id_is_no_conversation(made_up: str) -> None:
    assert not KEYS.is_web_conversation(made_up)


def test_the_key_file_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "deeper"
    key = read_key("", folder)
    assert len(key) >= 48
    assert read_key("", folder) == key
    assert stat.S_IMODE((folder / "privacy.key").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["privacy.key"]


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: read_key("", tmp_path), range(8)))
    assert len(keys) == 1


def test_a_key_from_the_settings_wins_and_writes_no_file(tmp_path: Path) -> None:
    read_key("", tmp_path)
    assert read_key("von Hand gesetzt", tmp_path / "other") == b"von Hand gesetzt"
    assert not (tmp_path / "other").exists()


def test_an_empty_key_file_is_refused_instead_of_hiding_nobody(tmp_path: Path) -> None:
    (tmp_path / "privacy.key").write_text("\n")
    with pytest.raises(Unready, match=r"privacy\.key is empty"):
        read_key("", tmp_path)
