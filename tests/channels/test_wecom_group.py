"""Staff groups are told by webhook: how fast, what is refused, and that the key stays a secret (wecom.md 5)."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from bot.channels.base import DeliveryError, Refused, Sent, TryLater
from bot.channels.wecom.group import CHAT, WeComGroupChannel
from bot.config import SettingsError, load_settings
from bot.desk_settings import Desk
from bot.outbox import Outbox
from handlers.message import Reply
from storage import conversations
from storage.database import Database
from storage.desk_records import StaffMessage
from storage.records import ConversationKey, OutboxDraft, OutboxRow
from storage.schema import outbox as outbox_table
from storage.upgrade import upgrade
from tests.in_client_tools import in_client
from tests.peers.wecom import WeComPeer
from tests.running import Clock

LINK = "https://fawen.example.gov.cn/console/queue"
ALERT = Reply("龙潭镇，等到今天 16:00", title="新的转人工 RG0901-7", purpose="alert", link=LINK)


@pytest.fixture
def peer() -> Iterator[WeComPeer]:
    with WeComPeer() as running:
        yield running
        assert running.violations == []


@asynccontextmanager
async def group(peer: WeComPeer, *keys: str) -> AsyncIterator[WeComGroupChannel]:
    channel = WeComGroupChannel(keys or (peer.webhook.key,), peer.base_url)
    try:
        yield channel
    finally:
        await channel.close()


def row_to(chat: ConversationKey) -> OutboxRow:
    clock = Clock()
    return OutboxRow(7, "a" * 32, 1, None, chat, "alert", {}, None, 1, None, clock())


async def failure(channel: WeComGroupChannel, chat: ConversationKey) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        await channel.send(row_to(chat), ALERT)
    return raised.value


def test_the_group_reads_title_text_and_link(peer: WeComPeer) -> None:
    async def check() -> None:
        async with group(peer) as channel:
            (chat,) = channel.chats
            assert await channel.send(row_to(chat), ALERT) == Sent()
            (told,) = peer.group_sent()
            assert told["text"]["content"] == f"新的转人工 RG0901-7\n龙潭镇，等到今天 16:00\n{LINK}"
            long = channel.fit(Reply("很长。" * 1000, title="标题", link=LINK))
            await channel.send(row_to(chat), long)
            content = peer.group_sent()[1]["text"]["content"]
            assert 1900 < len(content.encode()) <= 2048
            assert content.endswith(LINK)
            assert peer.token_fetches == 0

    asyncio.run(check())


def test_each_webhook_is_an_account_whose_name_is_not_its_key(peer: WeComPeer) -> None:
    async def check() -> None:
        other = peer.state.add_webhook()
        async with group(peer, peer.webhook.key, other.key) as channel:
            one, two = channel.chats
            assert one.account != two.account
            for chat, key in ((one, peer.webhook.key), (two, other.key)):
                assert key not in repr(chat)
                assert (chat.channel, chat.chat, len(chat.account)) == ("wecom_group", CHAT, 16)
            await channel.send(row_to(two), ALERT)
            assert (len(peer.group_sent()), len(other.sent)) == (0, 1)
            gone = await failure(channel, ConversationKey("wecom_group", "0" * 16, CHAT))
            assert type(gone) is Refused

    asyncio.run(check())


def test_what_the_group_refuses(peer: WeComPeer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def check() -> None:
        async with group(peer, peer.webhook.key, "f" * 32) as channel:
            chat, unknown = channel.chats
            removed = await failure(channel, unknown)
            assert (type(removed), str(removed)) == (Refused, "WeCom 93000: the group does not take it")
            for code in (93001, 93004, 93017, 40058):
                peer.faults.errcode("webhook/send", code)
                assert type(await failure(channel, chat)) is Refused
            peer.faults.errcode("webhook/send", 45009)
            fast = await failure(channel, chat)
            assert isinstance(fast, TryLater)
            assert (fast.after, fast.everybody) == (60, True)
            peer.faults.errcode("webhook/send", -1)
            peer.faults.status("webhook/send", 502)
            peer.faults.reset_before("webhook/send")
            shown = [await failure(channel, chat) for _ in range(3)]
            assert all(isinstance(error, TryLater) for error in shown)
            gone = WeComGroupChannel((peer.webhook.key,), "http://127.0.0.1:9")
            shown.append(await failure(gone, chat))
            await gone.close()
            text = caplog.text + "".join(map(repr, shown))
            assert peer.webhook.key not in text
            assert "f" * 32 not in text

    asyncio.run(check())
    # Only what somebody has to mend is said loudly.
    assert [record.levelname for record in caplog.records if record.name.endswith(".group")] == ["ERROR"] * 3


def test_a_storm_of_alerts_stays_below_twenty_a_minute(peer: WeComPeer, tmp_path: Path) -> None:
    async def check() -> None:
        database = Database(f"sqlite:///{tmp_path / 'fawen.db'}")
        upgrade(database)
        database.start()
        clock = Clock()
        async with group(peer) as channel:
            (chat,) = channel.chats

            def work(connection: Any) -> None:
                for number in range(30):
                    draft = OutboxDraft(f"{number:032x}", "alert", 2, ALERT.body(), clock())
                    conversations.tell_staff(connection, StaffMessage(chat, "group", draft), clock())

            await database.write(work)
            sender = Outbox(database, {channel.name: channel}, clock, random.Random(1), in_client(database, clock, {}))
            await sender.start()
            async with asyncio.timeout(10):
                while len(peer.group_sent()) < 5:
                    await asyncio.sleep(0.02)
            await asyncio.sleep(2)
            await sender.stop()
            rows = await database.read(lambda c: c.execute(outbox_table.select()).all())
            assert 5 <= len(peer.group_sent()) <= 6  # of thirty: five at once, then one in four seconds
            assert peer.webhook.key not in repr(rows)
        await database.close()
        assert channel.rate is not None
        assert channel.rate.burst + channel.rate.per_second * 60 <= peer.rules.webhook_per_minute

    asyncio.run(check())


@pytest.mark.parametrize(
    "setting",
    ["0123abcd-0123-4567-89ab-0123456789ab", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0123abcd-0123-4567"],
)
def test_a_webhook_is_set_by_its_address_or_its_key(setting: str) -> None:
    desk = Desk(group_webhooks=(SecretStr(setting),))
    assert desk.webhook_keys() == (setting.rpartition("=")[2],)
    assert setting not in repr(desk)


@pytest.mark.parametrize("setting", ["", "short", "https://example.org/send?token=abcdefghijk"])
def test_what_is_no_webhook_is_refused_without_being_repeated(setting: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="wants the Webhook address"):
        Desk(group_webhooks=(SecretStr(setting),))
    file = tmp_path / "config.toml"
    file.write_text(f'[desk]\ngroup_webhooks = ["{setting}"]\n', "utf-8")
    with pytest.raises(SettingsError) as raised:
        load_settings(file)
    assert "[desk] group_webhooks" in str(raised.value)
    assert not setting or setting not in str(raised.value)
