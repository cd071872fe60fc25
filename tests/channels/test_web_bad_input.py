"""Whatever comes in at `/api/v1/messages`: a clear 4xx in Chinese or a kind reply, never a 5xx, never a trace."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.openapi import describe
from storage import schema as tables
from tests.running import Apart, question, running_apart
from tests.schema import faults

DOCUMENT = describe("test")
PATH = "/api/v1/messages"
JSON = {"content-type": "application/json"}
_JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_FIELDS = st.sampled_from(["conversation", "id", "text", "payload", "kind"])
_MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    with running_apart(tmp_path_factory.mktemp("web")) as app:
        yield app
        assert {row.state for row in app.do(app.running.rows(tables.inbox))} <= {"done"}, "something was set aside"


@pytest.fixture
def client(service: Apart) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.base_url, timeout=30) as client:
        yield client


def check(answer: httpx.Response) -> None:
    """Good, or refused as the contract says."""
    assert answer.status_code == 200 or 400 <= answer.status_code < 500, answer.text
    assert "Traceback" not in answer.text
    name = "Replies" if answer.status_code == 200 else "Error"
    assert faults(answer.json(), {"$ref": f"#/components/schemas/{name}"}, DOCUMENT) == []
    if answer.status_code == 200:
        replies = answer.json()["replies"]
        assert all(reply["text"].strip() for reply in replies)
    else:
        message = answer.json()["error"]["message"]
        assert any("\u4e00" <= character <= "\u9fff" for character in message)


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"", JSON, 400, "not_json"),
        (b"{", JSON, 400, "not_json"),
        (b"text=hello", JSON, 400, "not_json"),
        (b'{"text": "\xff\xfe"}', JSON, 400, "not_json"),
        (b"\xef\xbb\xbf\x00", JSON, 400, "not_json"),
        (b"[" * 100_000, JSON, 400, "not_json"),
        (b'{"a":' * 40_000, JSON, 400, "not_json"),
        (b'{"text": ' + b"9" * 5000 + b"}", JSON, 400, "not_json"),
        (b"{}", {"content-type": "text/plain"}, 415, "not_json"),
        (b"{}", {"content-type": "application/x-www-form-urlencoded"}, 415, "not_json"),
        (b"{}", {}, 415, "not_json"),
        (b'[{"text": "x"}]', JSON, 422, "not_an_object"),
        (b'"text"', JSON, 422, "not_an_object"),
        (b"null", JSON, 422, "not_an_object"),
        (b'{"text": null}', JSON, 422, "bad_text"),
        (b'{"text": 12348}', JSON, 422, "bad_text"),
        (b'{"text": ["a"]}', JSON, 422, "bad_text"),
        (b'{"text": "a", "id": ""}', JSON, 422, "bad_id"),
        (b'{"text": "a", "id": 7}', JSON, 422, "bad_id"),
        (b'{"text": "a", "id": "a b"}', JSON, 422, "bad_id"),
        (b'{"text": "a", "id": "\\u0000"}', JSON, 422, "bad_id"),
        (b'{"text": "a", "id": "' + b"a" * 101 + b'"}', JSON, 422, "bad_id"),
        (b'{"payload": "Topic:X"}', JSON, 422, "bad_payload"),
        (b'{"payload": {"a": 1}}', JSON, 422, "bad_payload"),
        (b'{"payload": "' + b"a" * 65 + b'"}', JSON, 422, "bad_payload"),
        (b'{"text": "a", "conversation": 7}', JSON, 404, "unknown_conversation"),
        (b'{"text": "a", "conversation": "\\ud800"}', JSON, 404, "unknown_conversation"),
        (b'{"text": "' + b"a" * 1_000_000 + b'"}', JSON, 413, "too_large"),
    ],
)
def test_a_bad_body_is_refused_with_its_reason(
    service: Apart, client: httpx.Client, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    before = len(service.do(service.running.rows(tables.inbox)))
    answer = client.post(PATH, content=body, headers=headers)
    check(answer)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert len(service.do(service.running.rows(tables.inbox))) == before


def test_a_body_without_an_announced_length_is_cut_off_too(client: httpx.Client) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 10_000

    answer = client.post(PATH, content=endless(), headers=JSON)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n\t\u3000",
        "\u200b\u200d\ufeff",
        "\x00",
        "老板\x00不给\x00工资",
        "\x07\x1b[31m",
        "\u202e资工给不板老",
        "👨\u200d👩\u200d👧🇨🇳👍🏽1\ufe0f\u20e3",
        "e\u0301" * 50,
        "<script>alert(1)</script>",
        "' OR 1=1; DROP TABLE inbox; --",
        "%s %d {0} {x} ${x} {{7*7}}",
        "../../etc/passwd",
        "1",
        "999999999999999999999",
        "①",
        "ｶﾞｷﾞｸﾞ ＡＢＣ",
        "𠮷" * 30,
        "？！。，",
    ],
)
def test_an_odd_text_gets_a_kind_reply(client: httpx.Client, text: str) -> None:
    answer = client.post(PATH, json={"text": text})
    check(answer)
    assert answer.status_code == 200
    assert len(answer.json()["replies"]) == 1


def test_lone_surrogates_get_a_kind_reply(client: httpx.Client) -> None:
    body = rb'{"text": "\ud83d \udc00 \ud83d\ude00 \udfff", "extra": "\ud800"}'
    answer = client.post(PATH, content=body, headers=JSON)
    check(answer)
    assert answer.status_code == 200


def test_twenty_thousand_characters_are_kept_and_answered(service: Apart, client: httpx.Client) -> None:
    told = question() + "。" + "我在工地上干活，老板说没有钱。" * 1400
    answer = client.post(PATH, json={"text": told})
    check(answer)
    assert "前面 2000 个字" in answer.json()["replies"][0]["text"]
    assert service.do(service.running.rows(tables.inbox))[-1].body["text"] == told


@_MANY
@given(body=_JSON_VALUES | st.dictionaries(_FIELDS, _JSON_VALUES, max_size=5))
def test_any_json_gets_an_answer_as_the_contract_says(client: httpx.Client, body: Any) -> None:
    check(client.post(PATH, content=json.dumps(body), headers=JSON))


@_MANY
@given(text=st.text(st.characters(), max_size=300))
def test_any_text_gets_a_kind_reply(client: httpx.Client, text: str) -> None:
    answer = client.post(PATH, content=json.dumps({"text": text}), headers=JSON)
    check(answer)
    assert answer.json()["replies"]


@_MANY
@given(body=st.binary(max_size=200), kind=st.sampled_from([*JSON.values(), "application/json; charset=utf-16", "x"]))
def test_any_bytes_get_an_answer_as_the_contract_says(client: httpx.Client, body: bytes, kind: str) -> None:
    check(client.post(PATH, content=body, headers={"content-type": kind}))


@_MANY
@given(after=st.text(max_size=25) | st.integers().map(str), header=st.sampled_from(["", "last-event-id"]))
def test_any_after_gets_an_answer_as_the_contract_says(
    service: Apart, client: httpx.Client, after: str, header: str
) -> None:
    conversation = service.app.keys.new_web_conversation(None)
    headers = [(header.encode(), after.encode())] if header and after.isprintable() and after.strip() == after else []
    check(client.get(PATH, params={"conversation": conversation, "after": after}, headers=headers))


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "１", "²", "9" * 19, "0x1", " 1"])
def test_a_bad_after_is_refused(service: Apart, client: httpx.Client, after: str) -> None:
    conversation = service.app.keys.new_web_conversation(None)
    answer = client.get(PATH, params={"conversation": conversation, "after": after})
    check(answer)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_after")
