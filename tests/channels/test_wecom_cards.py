"""Cards to staff: how they look, what a tap brings, and how they change for everybody (wecom.md 4.2, 4.3, 10)."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.base import DeliveryError, Refused, Sent, TooLate, TryLater, Unreachable
from bot.channels.wecom.cards import card
from handlers.message import Button, Reply
from storage.records import ConversationKey, OutboxRow
from tests.channels.wecom_service import Service, serving
from tests.peers.wecom import WeComPeer

LINK = "https://fawen.example.gov.cn/console/conversations/7"
ALERT = Reply(
    "乡镇：龙潭镇\n领域：劳动人事\n老板欠我三个月工钱，电话打不通\n等到：今天 16:00",
    title="新的转人工 RG0901-7",
    buttons=(Button("我来接待", "claim:7"), Button("看一看", "look:7")),
    purpose="alert",
    link=LINK,
)


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer() as running:
        yield running
        assert running.violations == []


def row_for(service: Service, userid: str, key: str = "a" * 32, purpose: str = "alert", attempts: int = 1) -> OutboxRow:
    chat = ConversationKey("wecom_app", service.app.account, userid)
    return OutboxRow(7, key, 1, None, chat, purpose, {}, None, attempts, None, service.now())


async def failure(service: Service, row: OutboxRow, reply: Reply = ALERT) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        await service.app.send(row, reply)
    return raised.value


def seen(peer: WeComPeer, userid: str) -> list[dict[str, Any]]:
    return [message["card"] for message in peer.app_sent_to(userid) if "card" in message]


def test_an_alert_is_a_card_with_buttons(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            sent = await service.app.send(row_for(service, "zhangsan"), ALERT)
            assert sent.update_code in peer.state.response_codes
            assert sent.platform_id in peer.state.app_messages
            (shown,) = seen(peer, "ZhangSan")
            assert shown == {
                "replaced": None,
                "card": {
                    "card_type": "button_interaction",
                    "main_title": {"title": "新的转人工 RG0901-7"},
                    "sub_title_text": "老板欠我三个月工钱，电话打不通",
                    "horizontal_content_list": [
                        {"keyname": "乡镇", "value": "龙潭镇"},
                        {"keyname": "领域", "value": "劳动人事"},
                        {"keyname": "等到", "value": "今天 16:00"},
                    ],
                    "card_action": {"type": 1, "url": LINK},
                    "task_id": "a" * 32,
                    "button_list": [{"text": "我来接待", "key": "claim:7"}, {"text": "看一看", "key": "look:7"}],
                },
            }

    asyncio.run(check())


def test_without_buttons_it_is_a_notice_with_its_link_or_a_text(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            told = Reply("张三 把一件接待转给您。", purpose="alert")
            notice = await service.app.send(row_for(service, "lisi"), Reply(told.text, purpose="alert", link=LINK))
            await service.app.send(row_for(service, "lisi", "b" * 32), told)
            # Only alerts are cards: an answer to a member stays a text they can answer.
            await service.app.send(row_for(service, "lisi", "c" * 32, purpose="answer"), ALERT)
            card_message, text, answer = peer.app_sent_to("LiSi")
            assert notice.update_code is None
            assert card_message["template_card"] == {
                "card_type": "text_notice",
                "main_title": {"title": told.text},
                "card_action": {"type": 1, "url": LINK},
            }
            assert text["text"]["content"].startswith(told.text)
            assert "回复数字：1 我来接待" in answer["text"]["content"]

    asyncio.run(check())


WORDS = st.text("工资不给：。\n怎么办a1", max_size=400)


@settings(max_examples=150, deadline=None)
@given(
    reply=st.builds(
        Reply,
        text=WORDS,
        title=st.text("标题很长", max_size=60),
        buttons=st.lists(
            st.builds(Button, st.text("有用么", min_size=1, max_size=30), st.text("abc", min_size=1, max_size=40)),
            min_size=1,
            max_size=9,
        ).map(tuple),
        link=st.sampled_from(("", LINK)),
    )
)
def test_nothing_on_a_card_is_longer_than_it_shows(reply: Reply) -> None:
    shown = card(reply, "task")
    assert 0 < len(shown["main_title"]["title"]) <= 36
    assert len(shown.get("sub_title_text", "")) <= 160
    assert len(shown.get("horizontal_content_list", ())) <= 6
    for fact in shown.get("horizontal_content_list", ()):
        assert 0 < len(fact["keyname"]) <= 5
        assert 0 < len(fact["value"]) <= 30
    assert len(shown["button_list"]) <= 6
    assert [button["key"] for button in shown["button_list"]] == [button.payload for button in reply.buttons[:6]]
    assert all(len(button["text"]) <= 10 for button in shown["button_list"])


def test_taken_is_shown_to_everybody_once(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            codes = {}
            for number, member in enumerate(("zhangsan", "lisi")):
                sent = await service.app.send(row_for(service, member, f"{number:032x}"), ALERT)
                codes[member] = sent.update_code or ""
            for number, member in enumerate(codes, 2):
                taken = Reply("张三 已接待", title="RG0901-7", updates=codes[member], purpose="alert")
                row = row_for(service, member, f"{number:032x}")
                peer.faults.reset_after("message/update_template_card")
                assert isinstance(await failure(service, row, taken), TryLater)
                # The code is used up by the try whose answer was lost.
                later = row_for(service, member, row.key, attempts=2)
                assert await service.app.send(later, taken) == Sent()
                assert type(await failure(service, row, taken)) is TooLate
            assert [seen(peer, member)[0]["replaced"] for member in ("ZhangSan", "LiSi")] == ["张三 已接待"] * 2
            assert len(peer.app_sent_to("ZhangSan")) == 1

    asyncio.run(check())


@pytest.mark.parametrize("used", [60140, 42022])
def test_after_72_hours_a_card_stays_as_it_is(peer: WeComPeer, tmp_path: Path, used: int) -> None:
    async def check() -> None:
        peer.rules.used_response_code = used
        async with serving(peer, tmp_path, start=False) as service:
            sent = await service.app.send(row_for(service, "lisi"), ALERT)
            change = Reply("已接待", updates=sent.update_code or "", purpose="alert")
            peer.clock.advance(72 * 3600)
            late = await failure(service, row_for(service, "lisi", "b" * 32), change)
            assert type(late) is TooLate
            assert "60140" in str(late)
            unknown = Reply("已接待", updates="made up", purpose="alert")
            assert type(await failure(service, row_for(service, "lisi", "c" * 32), unknown)) is TooLate
            assert seen(peer, "LiSi")[0]["replaced"] is None

    asyncio.run(check())


def test_a_member_who_has_no_such_card(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            sent = await service.app.send(row_for(service, "lisi"), ALERT)
            change = Reply("已接待", updates=sent.update_code or "", purpose="alert")
            late = await failure(service, row_for(service, "wangwu", "b" * 32), change)
            assert (type(late), str(late)) == (TooLate, "the member has no such card")
            assert isinstance(await failure(service, row_for(service, "Nobody", "c" * 32)), Unreachable)
            peer.app.visible = {"lisi"}
            assert isinstance(await failure(service, row_for(service, "WangWu", "d" * 32)), Unreachable)

    asyncio.run(check())


def test_a_card_whose_answer_was_lost_comes_once(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            peer.faults.reset_after("message/send")
            assert isinstance(await failure(service, row_for(service, "lisi")), TryLater)
            again = row_for(service, "lisi", attempts=2)
            await service.app.send(again, ALERT)
            # Later than the platform remembers messages the task's own id is known still.
            peer.clock.advance(3600)
            assert await service.app.send(again, ALERT) == Sent()
            assert len(seen(peer, "LiSi")) == 1
        peer.clear_violations()  # the peer notes a task that comes again, which here it does on purpose

    asyncio.run(check())


@pytest.mark.parametrize("code", [42014, 42035, 43012])
def test_a_card_that_the_platform_will_never_take_is_given_up_at_once(
    peer: WeComPeer, tmp_path: Path, code: int
) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            peer.faults.errcode("message/send", code)
            assert type(await failure(service, row_for(service, "lisi"))) is Refused

    asyncio.run(check())


def test_a_tap_is_a_message_with_a_right_to_answer(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            sent = await service.app.send(row_for(service, "lisi"), ALERT)
            assert sent.platform_id is not None
            peer.clock.advance(100 * 3600)  # an old card can still be tapped
            first = await service.act(peer.callbacks.click_button, "LiSi", sent.platform_id, "claim:7")
            assert first.delivery.accepted
            assert [(one.status, one.body) for one in first.delivery.attempts] == [(200, b"")]
            again = await service.act(peer.callbacks.raw, first.delivery.plaintext)
            double = await service.act(peer.callbacks.click_button, "LiSi", sent.platform_id, "claim:7")
            assert again.accepted
            assert double.delivery.accepted
            rows = await service.rows()
            assert [(row.chat, row.sender, row.state) for row in rows] == [("lisi", "lisi", "new")] * 2
            assert rows[0].body == {
                "kind": "button",
                "payload": "claim:7",
                "reply_token": first.response_code,
                "reply_within": 72 * 3600,
            }
            # With its code the tapped card changes, whatever became of the code that it was sent with.
            answer = Reply("已在您手上", updates=first.response_code)
            await service.app.send(row_for(service, "lisi", "b" * 32, purpose="answer"), answer)
            assert seen(peer, "LiSi")[0]["replaced"] == "已在您手上"

    asyncio.run(check())


def test_taps_that_say_nothing(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        async with serving(peer, tmp_path, start=False) as service:
            people = peer.callbacks
            for key, code in (("", "c"), ("k" * 1025, "c"), ("look:7", ""), ("look:8", "c" * 201)):
                extra = [("TaskId", "a" * 32), ("CardType", "button_interaction"), ("ResponseCode", code)]
                await service.act(people.member_event, "LiSi", "template_card_event", key, extra)
            rows = await service.rows()
            assert [row.body for row in rows] == [
                {"kind": "button", "payload": "look:7"},
                {"kind": "button", "payload": "look:8"},
            ]

    asyncio.run(check())
