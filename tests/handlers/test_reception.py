"""A reception from the handover to its end, as residents and staff live it, on the running service."""

import asyncio
from pathlib import Path

import pytest

from handlers.desk import claim, close, notes, say
from handlers.desk.accounts import staff_of
from handlers.desk.refused import NOT_YOURS, Refused, Why
from handlers.desk.staff import Staff
from storage import accounts
from storage.account_records import NewAccount
from storage.conversations import read_conversation
from storage.records import Conversation, ConversationKey
from storage.schema import audit, consultations, handovers, outbox
from tests.running import Clock, Running, question, running

pytestmark = pytest.mark.timeout(60)


async def member(app: Running, login: str, *roles: str, unit: str = "", **more: str) -> Staff:
    """A new member of staff."""
    new = NewAccount(login, more.pop("name", login), roles or ("desk",), unit, "no password", **more)  # type: ignore[arg-type]
    made = await app.app.database.write(lambda c: accounts.create(c, new, app.app.tools.clock()))
    assert made is not None
    return staff_of(made)


async def web_chat(app: Running, chat: str) -> Conversation:
    found = await app.app.database.read(lambda c: read_conversation(c, ConversationKey("web", "web", chat)))
    assert found is not None
    return found


def words(told: dict[str, object]) -> list[str]:
    replies = told["replies"]
    assert isinstance(replies, list)
    return [reply["text"] for reply in replies]


def test_the_whole_way_on_the_web(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            tools = app.app.tools
            wang = await member(app, "wang", name="王敏")
            told = await app.say("我们村修路占了我家的地，村里说没有钱赔")
            chat = told["conversation"]
            told = await app.say("转人工", conversation=chat)
            assert "RG" in told["replies"][0]["title"]
            about = await web_chat(app, chat)
            claimed = await claim.claim(tools, wang, about.id)
            assert isinstance(claimed, claim.Claimed)
            assert claimed.fresh
            assert words(await app.say("喂，有人吗", conversation=chat)) == []
            said = await say.say(tools, wang, about.id, "请把征地的通知拍下来，我帮您看。", "1")
            again = await say.say(tools, wang, about.id, "请把征地的通知拍下来，我帮您看。", "1")
            assert isinstance(said, say.SaidIt)
            assert isinstance(again, say.SaidIt)
            later = (await app.later(chat, told["next"]))["replies"]
            assert [reply.get("author") for reply in later] == ["王敏", "王敏"]
            assert "王敏" in later[0]["text"]
            assert later[1]["text"] == "请把征地的通知拍下来，我帮您看。"
            closing = close.Closing("引导法援", "告知征地补偿要先有公告，指引申请法律援助", township="龙潭镇")
            closed = await close.close(tools, wang, about.id, closing)
            assert isinstance(closed, close.Closed)
            (record,) = await app.rows(consultations)
            assert (record.number, record.responder, record.disposition) == (closed.number, "王敏", "引导法援")
            assert (record.township, record.status) == ("龙潭镇", "已答复")
            (handover,) = await app.rows(handovers)
            assert (handover.state, handover.outcome) == ("closed", "引导法援")
            assert handover.first_reply_at is not None
            last = (await app.later(chat, told["next"]))["replies"][-1]
            assert [button["label"] for button in last["buttons"]] == [
                "很满意",
                "满意",
                "基本满意",
                "不满意",
                "很不满意",
            ]
            await app.say(conversation=chat, payload=last["buttons"][1]["payload"])
            (record,) = await app.rows(consultations)
            assert record.satisfaction == "满意"
            assert words(await app.say(question(), conversation=chat)) != []
            actions = [row.action for row in await app.rows(audit) if row.action.startswith("conversation.")]
            assert actions == ["conversation.claim", "conversation.close"]

    asyncio.run(main())


def test_danger_is_answered_in_every_hand(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            wang = await member(app, "wang")
            chat = (await app.say("转人工"))["conversation"]
            await claim.claim(app.app.tools, wang, (await web_chat(app, chat)).id)
            told = await app.say("他拿刀要杀我，救命", conversation=chat)
            assert told["replies"][0]["topic"].startswith("urgent.")
            assert "110" in told["replies"][0]["title"]

    asyncio.run(main())


def test_who_comes_second_hears_who_was_first(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            tools = app.app.tools
            wang, li = await member(app, "wang", name="王敏"), await member(app, "li", name="李四")
            about = await web_chat(app, (await app.say("转人工"))["conversation"])
            first, second = await asyncio.gather(claim.claim(tools, wang, about.id), claim.claim(tools, li, about.id))
            lost = first if isinstance(first, Refused) else second
            assert isinstance(lost, Refused)
            assert lost.why is Why.TAKEN
            holder = (await web_chat(app, about.key.chat)).holder_name
            assert lost.words == f"{holder} 正在接待，不用重复接。"
            loser = li if holder == "王敏" else wang
            assert (await say.say(tools, loser, about.id, "我也来", "1")) == NOT_YOURS

    asyncio.run(main())


def test_a_workstation_cannot_reach_into_another(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            tools = app.app.tools
            there = await member(app, "there", unit="麻旺镇")
            told = await app.say("我是龙潭镇的，村里修路占了我家的地，村里说没有钱赔")
            await app.say("转人工", conversation=told["conversation"])
            about = await web_chat(app, told["conversation"])
            assert about.township == "龙潭镇"
            refusals = [
                await claim.claim(tools, there, about.id),
                await say.say(tools, there, about.id, "您好", "1"),
                await close.close(tools, there, about.id, close.Closing("当场答复")),
                await notes.note(tools, there, about.id, "看一下"),
                await claim.give_back(tools, there, about.id),
            ]
            assert {refused.why for refused in refusals if isinstance(refused, Refused)} == {Why.NOT_FOUND}
            assert len(refusals) == sum(isinstance(one, Refused) for one in refusals)

    asyncio.run(main())


def test_given_back_and_handed_on_the_resident_hears_it(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            tools = app.app.tools
            wang, li = await member(app, "wang", name="王敏"), await member(app, "li", name="李四")
            editor = await member(app, "editor", "editor")
            told = await app.say("转人工")
            about = await web_chat(app, told["conversation"])
            await claim.claim(tools, wang, about.id)
            wrong = await claim.hand_on(tools, wang, about.id, editor)
            assert isinstance(wrong, Refused)
            assert wrong.why is Why.INPUT
            assert not isinstance(await claim.hand_on(tools, wang, about.id, li), Refused)
            assert (await web_chat(app, about.key.chat)).holder_name == "李四"
            assert not isinstance(await claim.give_back(tools, li, about.id), Refused)
            later = words(await app.later(about.key.chat, told["next"]))
            assert [("王敏" in text, "李四" in text, "放回队列" in text) for text in later] == [
                (True, False, False),
                (False, True, False),
                (False, False, True),
            ]
            assert (await app.rows(handovers))[0].state == "waiting"

    asyncio.run(main())


def test_a_reception_that_nobody_asked_for_is_on_record_too(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            tools, wang = app.app.tools, await member(app, "wang", name="王敏")
            chat = (await app.say("你好"))["conversation"]
            about = await web_chat(app, chat)
            await claim.claim(tools, wang, about.id)
            closed = await close.close(tools, wang, about.id, close.Closing("当场答复", "回访，已解决"))
            assert isinstance(closed, close.Closed)
            (record,) = await app.records()
            assert (record.number, record.values["responder"], record.values["people"]) == (closed.number, "王敏", 1)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("closing", "told"),
    [
        (close.Closing(""), "处置"),
        (close.Closing("随便"), "处置"),
        (close.Closing("当场答复", topic="labor.no-such"), "主题"),
        (close.Closing("当场答复", township="上海市"), "乡镇"),
    ],
)
def test_what_cannot_be_closed_says_what_is_missing(tmp_path: Path, closing: close.Closing, told: str) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            tools, wang = app.app.tools, await member(app, "wang")
            about = await web_chat(app, (await app.say("转人工"))["conversation"])
            await claim.claim(tools, wang, about.id)
            refused = await close.close(tools, wang, about.id, closing)
            assert isinstance(refused, Refused)
            assert told in refused.words
            assert (await web_chat(app, about.key.chat)).holder == "person"

    asyncio.run(main())


def test_nothing_and_too_much_are_not_said(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as app:
            tools, wang = app.app.tools, await member(app, "wang")
            about = await web_chat(app, (await app.say("转人工"))["conversation"])
            await claim.claim(tools, wang, about.id)
            before = len(await app.rows(outbox))
            for text in ("", "   ", "长" * 5000):
                refused = await say.say(tools, wang, about.id, text, "1")
                assert isinstance(refused, Refused)
                assert refused.why is Why.INPUT
            assert len(await app.rows(outbox)) == before

    asyncio.run(main())


def test_a_turn_under_way_at_the_claim_is_silent(tmp_path: Path) -> None:
    """The message is handled again for the new holder, and its words are kept."""

    async def main() -> None:
        async with running(tmp_path, clock=Clock()) as app:
            tools, wang = app.app.tools, await member(app, "wang")
            chat = (await app.say("转人工"))["conversation"]
            about = await web_chat(app, chat)
            told, _ = await asyncio.gather(app.say(question(), conversation=chat), claim.claim(tools, wang, about.id))
            silent = await app.say(question("labor.unpaid-wages-construction"), conversation=chat)
            assert silent["replies"] == []
            assert len(told["replies"]) <= 1

    asyncio.run(main())
