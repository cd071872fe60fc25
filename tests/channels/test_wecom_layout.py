"""What a reply looks like in WeCom, in bytes (wecom.md 4.1, 6.3)."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.wecom.layout import fit_lines, fit_menu, lines, menu, menu_id, payload_of
from bot.text import utf8
from handlers.message import Button, Reply

WORDS = st.text(alphabet=st.sampled_from("工资不给。\n怎么办a👨\u200d👩1"), max_size=1500)
PAYLOADS = st.from_regex(re.compile(r"[a-z0-9:.\-]{1,40}"), fullmatch=True)
BUTTONS = st.lists(st.builds(Button, st.text("有用么", min_size=1, max_size=60), PAYLOADS), max_size=6, unique=True)
REPLIES = st.builds(
    Reply,
    text=WORDS,
    title=st.text("标题", max_size=30),
    buttons=BUTTONS.map(tuple),
    cites=st.lists(st.text("法条", max_size=40), max_size=4).map(tuple),
)


@given(payload=st.one_of(PAYLOADS, st.text(min_size=1, max_size=12)))
def test_payloads_come_back_from_menu_ids(payload: str) -> None:
    encoded = menu_id(payload)
    assert re.fullmatch("[a-zA-Z0-9_]{1,128}", encoded)
    assert payload_of(encoded) == payload


def test_payloads_that_cannot_come_back() -> None:
    assert payload_of(menu_id("x" * 200)) == ""
    assert payload_of("") == ""
    assert payload_of("_ffffffffffff_a") == "a"
    assert payload_of("topic_3a_labor_") == "topic:labor_"


@settings(max_examples=150, deadline=None)
@given(reply=REPLIES)
def test_menus_fit_and_nothing_is_lost(reply: Reply) -> None:
    fitted = fit_menu(reply)
    shown = menu(fitted)
    if shown["msgtype"] == "text":
        assert utf8(shown["text"]["content"]) <= 2048
    else:
        body = shown["msgmenu"]
        assert utf8(body["head_content"]) <= 1024
        assert utf8(body.get("tail_content", "")) <= 1024
        assert body["head_content"].endswith(fitted.text)
        assert all(utf8(item["click"]["content"]) <= 128 for item in body["list"])
        ids = [item["click"]["id"] for item in body["list"]]
        assert len(ids) == len(set(ids)) <= 10
    assert squeezed(fitted.text + fitted.more) == squeezed(reply.text)


@settings(max_examples=150, deadline=None)
@given(reply=REPLIES, number=st.integers(0, 10**12))
def test_lines_fit_and_nothing_is_lost(reply: Reply, number: int) -> None:
    fitted = fit_lines(reply)
    assert utf8(lines(fitted, number)) <= 2048
    assert fitted.text in lines(fitted, number)
    assert squeezed(fitted.text + fitted.more) == squeezed(reply.text)


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_too_many_sources_are_left_out_whole() -> None:
    reply = Reply(
        "好", buttons=(Button("更多", "more"),), cites=tuple(f"《条例》第{n}条" + "某" * 90 for n in range(9))
    )
    tail = menu(reply)["msgmenu"]["tail_content"]
    assert tail.splitlines()[-1] in reply.cites
    assert 1 < len(tail.splitlines()) < 9
