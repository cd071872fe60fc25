"""A reception on customer service from its card to its grade, through the whole program."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from storage import accounts
from storage import schema as tables
from storage.desk import Holder, claim
from tests.channels.kf_tools import said, standing
from tests.desk_tools import account
from tests.peers.wecom import WeComPeer, new_external_userid
from tests.running import Running, running

TUESDAY = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # 10:00 in China


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer() as running_peer:
        running_peer.clock.set(TUESDAY.timestamp())
        yield running_peer
        assert running_peer.violations == []


class Day:
    """The service with two servicers who have accounts, and what they see."""

    def __init__(self, peer: WeComPeer, app: Running) -> None:
        self.peer, self.app = peer, app
        self.resident = new_external_userid()

    async def asks(self, text: str = "转人工") -> None:
        await asyncio.to_thread(self.peer.callbacks.resident_text, self.resident, text)

    async def cards(self, *members: str) -> list[dict[str, Any]]:
        """The newest card of each member, once each has one."""
        found: list[dict[str, Any]] = []

        def all_there() -> bool:
            found[:] = [card for member in members for card in self._cards(member)[-1:]]
            return len(found) == len(members)

        await self.app.until(all_there, "the cards")
        return found

    async def taps(self, member: str, card: dict[str, Any]) -> None:
        (button,) = card["card"]["card"]["button_list"]
        assert button["text"] == "接待"
        click = await asyncio.to_thread(self.peer.callbacks.click_button, member, card["msgid"], button["key"])
        assert click.delivery.accepted

    def replaced(self, member: str) -> str | None:
        shown = self._cards(member)[-1]["card"]["replaced"]
        return None if shown is None else str(shown)

    def texts(self, member: str) -> list[str]:
        return [one["text"]["content"] for one in self.peer.app_sent_to(member) if one["msgtype"] == "text"]

    async def handover(self) -> Any:
        (row,) = await self.app.rows(tables.handovers)
        return row

    async def is_quiet(self) -> bool:
        """Everything that came in is handled, and what became of everything that went out is noted."""
        inbox, outbox = await self.app.rows(tables.inbox), await self.app.rows(tables.outbox)
        return all(row.state not in ("new", "due") for row in [*inbox, *outbox])

    def _cards(self, member: str) -> list[dict[str, Any]]:
        return [one for one in self.peer.app_sent_to(member) if "card" in one]


@asynccontextmanager
async def day(peer: WeComPeer, folder: Path) -> AsyncIterator[Day]:
    def clock() -> datetime:
        return datetime.fromtimestamp(peer.clock.now(), UTC)

    async with running(folder, peer, clock=clock, settings={"desk": {"group_webhooks": [peer.webhook.key]}}) as app:
        for login, name in (("zhangsan", "张三"), ("lisi", "李四")):
            account(app.app.database, login, name=name, wecom_userid=login)
        peer.callbacks.target = f"{app.base_url}/wecom/app"
        yield Day(peer, app)
        peer.callbacks.target = ""


def test_from_the_card_to_the_grade(peer: WeComPeer, tmp_path: Path) -> None:
    async def main() -> None:
        async with day(peer, tmp_path) as desk:
            await desk.asks()
            one, two = await desk.cards("ZhangSan", "LiSi")
            await desk.app.until(lambda: said(peer, desk.resident), "the number, said with the pool's code")
            assert standing(peer, desk.resident) == (2, None)
            assert [way for _, way in said(peer, desk.resident)] == ["send_msg_on_event"]
            await desk.app.until(desk.is_quiet, "the cards are noted")
            await desk.app.until(peer.group_sent, "the group")
            (told,) = peer.group_sent()
            assert (await desk.handover()).number in told["text"]["content"]
            # Both tap at the same moment: one gets it, and both see who.
            await asyncio.gather(desk.taps("ZhangSan", one), desk.taps("LiSi", two))
            await desk.app.until(lambda: desk.replaced("ZhangSan") and desk.replaced("LiSi"), "both cards changed")
            row = await desk.handover()
            winner, userid = {"张三": ("张三", "ZhangSan"), "李四": ("李四", "LiSi")}[row.claimed_name]
            loser = "LiSi" if userid == "ZhangSan" else "ZhangSan"
            await desk.app.until(lambda: standing(peer, desk.resident) == (3, userid), "the session is theirs")
            assert winner in (desk.replaced(loser) or "")
            await desk.app.until(lambda: len(said(peer, desk.resident)) == 2, "the greeting")
            assert f"的{winner}，" in said(peer, desk.resident)[1][0]
            # They answer in the client; the bot keeps silent, and both sides' words are kept.
            await asyncio.to_thread(peer.callbacks.servicer_says, userid, desk.resident, "把工资条拍给我")
            await desk.asks("没有签劳动合同怎么办")
            await desk.app.until(desk.is_quiet, "what was said is handled")
            await asyncio.to_thread(peer.callbacks.servicer_ends, userid, desk.resident)
            await desk.app.until(lambda: len(said(peer, desk.resident)) == 3, "the question")
            question, way = said(peer, desk.resident)[2]
            assert (way, question.count("[")) == ("send_msg_on_event", 5)
            words = [
                inbox.body.get("text") for inbox in await desk.app.rows(tables.inbox) if inbox.channel == "wecom_kf"
            ]
            assert words == ["转人工", "把工资条拍给我", "没有签劳动合同怎么办"]
            # The grade comes back through the menu of the end code.
            item = peer.sent_to(desk.resident)[2]["msgmenu"]["list"][0]["click"]
            await asyncio.to_thread(peer.callbacks.resident_text, desk.resident, item["content"], item["id"])
            await desk.app.until(lambda: len(said(peer, desk.resident)) == 4, "thanks")
            await desk.app.until(desk.is_quiet, "the grade")
            (rating,) = await desk.app.rows(tables.ratings)
            assert rating.grade == 5
            assert (await desk.handover()).state == "closed"

    asyncio.run(main())


def test_a_card_tapped_after_three_days_says_who_has_it(peer: WeComPeer, tmp_path: Path) -> None:
    async def main() -> None:
        async with day(peer, tmp_path) as desk:
            await desk.asks()
            one, two = await desk.cards("ZhangSan", "LiSi")
            await desk.app.until(desk.is_quiet, "what was sent is noted")
            peer.clock.advance(73 * 3600)
            await desk.taps("ZhangSan", one)
            # The session is over by then: nobody can take it, and that is said in words.
            await desk.app.until(lambda: desk.texts("ZhangSan") or desk.replaced("ZhangSan"), "an answer")
            words = "".join([*desk.texts("ZhangSan"), desk.replaced("ZhangSan") or ""])
            assert "会话已经结束" in words
            assert (await desk.handover()).state == "waiting"
            assert desk.replaced("LiSi") is None
            await desk.asks("我还在等")
            await desk.taps("LiSi", two)
            await desk.app.until(lambda: standing(peer, desk.resident) == (3, "LiSi"), "taken")
            assert (await desk.handover()).claimed_name == "李四"

    asyncio.run(main())


def test_whoever_is_off_duty_answers_from_here(peer: WeComPeer, tmp_path: Path) -> None:
    async def main() -> None:
        async with day(peer, tmp_path) as desk:
            for member in ("ZhangSan", "LiSi"):
                await asyncio.to_thread(peer.callbacks.servicer_duty, member, on=False)
            await desk.asks()
            (one,) = await desk.cards("ZhangSan")
            await desk.app.until(lambda: standing(peer, desk.resident) == (1, None), "the bot serves")
            await desk.taps("ZhangSan", one)
            await desk.app.until(lambda: desk.texts("ZhangSan"), "what to do")
            assert (await desk.handover()).claimed_name == "张三"
            assert standing(peer, desk.resident) == (1, None)
            await asyncio.to_thread(peer.callbacks.member_text, "ZhangSan", "您好，请带上欠条来窗口")
            await desk.app.until(lambda: "欠条" in "".join(words for words, _ in said(peer, desk.resident)), "relayed")
            words, way = said(peer, desk.resident)[-1]
            assert (words, way) == ("张三：\n您好，请带上欠条来窗口", "send_msg")

    asyncio.run(main())


def test_a_crash_between_the_claim_and_the_session_is_mended_by_the_second_tap(peer: WeComPeer, tmp_path: Path) -> None:
    async def main() -> None:
        async with day(peer, tmp_path) as desk:
            await desk.asks()
            (card,) = await desk.cards("ZhangSan")
            database = desk.app.app.database
            row = await desk.handover()
            zhang = database.read_now(lambda c: accounts.by_login(c, "zhangsan"))
            assert zhang is not None
            holder = Holder(zhang.id, zhang.name, "wecom_app")
            await desk.app.until(desk.is_quiet, "the session is in the pool")
            await database.write(lambda c: claim(c, row.conversation_id, holder, desk.app.app.tools.clock()))
            assert standing(peer, desk.resident) == (2, None)
            await desk.taps("ZhangSan", card)
            await desk.app.until(lambda: standing(peer, desk.resident) == (3, "ZhangSan"), "the session is theirs")

            async def in_client() -> bool:
                (conversation,) = [one for one in await desk.app.rows(tables.conversations) if one.kind == "resident"]
                return bool(conversation.holder_via == "client")

            await desk.app.until(in_client, "the record follows")

    asyncio.run(main())
