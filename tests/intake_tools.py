"""A resident who fills in forms: what they say goes through the routes and into a real database, turn by turn."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from handlers import routes
from handlers.desk.tools import Tools
from handlers.dialog import Dialog
from handlers.message import Kind, Media, Message, Reply
from handlers.turn import Outcome, Turn
from storage import inbox, leases
from storage.conversations import commit_turn
from storage.database import Database
from storage.records import Claim, ConversationKey, NewMessage, OutboxDraft
from storage.turn_result import TurnResult
from tests.case_tools import tools
from tests.handlers.tools import office
from tests.storage_tools import KEY

WEDNESDAY = datetime.fromisoformat("2026-03-04T10:00:00+08:00")


@dataclass
class Chat:
    """One resident's conversation; `at` is their time, which `later` moves on."""

    database: Database
    key: ConversationKey = KEY
    at: datetime = WEDNESDAY
    outcome: Outcome | None = None
    count: int = field(default=0)

    @property
    def tools(self) -> Tools:
        """The desk's tools at the same time."""
        return tools(self.database, lambda: self.at)

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.at += timedelta(**span)

    def says(self, text: str) -> Reply:
        """Write something; the one reply."""
        return self._only(self.hears(Kind.TEXT, text))

    def taps(self, payload: str, label: str = "") -> Reply:
        """Tap a button; the one reply."""
        return self._only(self.hears(Kind.BUTTON, label, payload))

    def sends(self, source: str = "media-1") -> Reply:
        """Send a picture; the one reply."""
        return self._only(self.hears(Kind.MEDIA, "", media=Media("picture", source)))

    def hears(self, kind: Kind, text: str, payload: str = "", media: Media | None = None) -> tuple[Reply, ...]:
        """A whole turn; the replies."""
        return self.handle(self.arrive(kind, text, payload, media))

    def arrive(self, kind: Kind, text: str, payload: str = "", media: Media | None = None) -> Claim:
        """A message is stored and its conversation leased, as before a crash."""
        self.count += 1
        key = self.key
        name = f"m{self.count}-{key.chat}-{self.at.timestamp()}"
        message = Message(
            key.channel, key.account, key.chat, key.chat, name, kind, self.at, self.at, text, payload, media=media
        )
        new = NewMessage(key, key.chat, name, message.body(), self.at, self.at)
        self.database.write_now(lambda c: inbox.accept(c, [new]))
        claim = self.database.write_now(lambda c: leases.claim(c, key, "w", self.at, timedelta(seconds=60)))
        assert claim is not None
        return claim

    def handle(self, claim: Claim, *, commit: bool = True) -> tuple[Reply, ...]:
        """Handle what waits; without `commit` the process dies before the transaction."""
        stored, conversation = claim.messages[0], claim.conversation
        known: dict[str, Any] = {
            "channel": stored.key.channel,
            "account": stored.key.account,
            "chat": stored.key.chat,
            "sender": stored.sender,
            "message_id": stored.message_id,
            "sent_at": stored.sent_at,
            "received_at": stored.received_at,
        }
        turn = Turn(
            message=Message.from_body(stored.body, **known),
            conversation=conversation,
            dialog=Dialog.from_json(conversation.dialog),
            now=self.at,
            office=replace(office(), tools=self.tools),
            person_key=self.tools.person(stored.key, stored.sender),
            inbox_id=stored.inbox_id,
        )
        self.outcome = asyncio.run(routes.handle(turn))
        if commit:
            result = self._result(turn, self.outcome)
            self.database.write_now(lambda c: commit_turn(c, result))
        return self.outcome.replies

    def fills(self, *answers: str) -> Reply:
        """Write one answer after the other; the last reply."""
        for text in answers:
            last = self.says(text)
        return last

    def _only(self, replies: tuple[Reply, ...]) -> Reply:
        assert len(replies) == 1, replies
        return replies[0]

    def _result(self, turn: Turn, outcome: Outcome) -> TurnResult:
        drafts = tuple(
            OutboxDraft(f"{turn.inbox_id}-{n}", reply.purpose, 2, reply.body(), self.at)
            for n, reply in enumerate(outcome.replies)
        )
        return TurnResult(
            inbox_id=turn.inbox_id,
            conversation_id=turn.conversation.id,
            owner="w",
            now=self.at,
            dialog=outcome.dialog.to_json(),
            person_key=turn.person_key,
            sender=turn.message.sender,
            org="YY",
            expected_holder=turn.conversation.holder,
            holder=outcome.holder,
            township=outcome.township,
            consultation=outcome.consultation,
            handover=outcome.handover,
            forget=outcome.forget,
            replies=drafts,
            case=outcome.case,
            case_change=outcome.case_change,
            parties=outcome.parties,
            attachments=outcome.attachments,
            safe_mode=outcome.safe_mode,
        )
