"""Tools of the Telegram tests: two residents, and waiting for what the bot does."""

from typing import Any

from storage import schema as tables
from tests.peers.telegram.peer import TelegramPeer
from tests.running import Running

ANNA, BERT = 5_000_000_007, 5_000_000_008
SECRET = "a-secret-of-the-webhook"
WEBHOOK = {"telegram": {"mode": "webhook", "webhook_secret": SECRET}}


async def sent(app: Running, peer: TelegramPeer, person: int, count: int = 1) -> list[dict[str, Any]]:
    """What the bot has sent to a person, once there are `count` messages."""
    await app.until(lambda: len(peer.sent_to(person)) >= count, f"{count} messages to {person}")
    return peer.sent_to(person)


async def settled(app: Running, messages: int) -> None:
    """Everything that came in has been handled and every reply sent."""

    async def quiet() -> bool:
        inbox, outbox = await app.rows(tables.inbox), await app.rows(tables.outbox)
        waiting = [row for row in inbox if row.state == "new"] + [row for row in outbox if row.state == "due"]
        return len(inbox) == messages and not waiting

    await app.until(quiet, f"{messages} messages in the inbox, all settled")


def buttons(message: dict[str, Any]) -> list[dict[str, str]]:
    return [button for line in (message["reply_markup"] or {}).get("inline_keyboard", []) for button in line]
