"""From what a handler decided to the rows of the one transaction that ends a turn."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.channels.base import Channel
from bot.faults import in_short
from bot.privacy import PersonKeys
from handlers.answer import MORE
from handlers.dialog import Dialog
from handlers.message import PRIORITY, Kind, Message, Reply
from handlers.turn import Outcome, StaffNotice
from storage.desk_records import StaffMessage
from storage.records import Conversation, OutboxDraft, StoredMessage
from storage.turn_result import AT_WORK, TurnResult

_FALLBACK = Reply(
    "对不起，我这边出了点问题，没能答上来；您的话已经记下了，工作人员会看到。"
    "急的话请打 12348（免费），人身有危险马上打 110。"
)


class TurnRows:
    """Makes the rows; `org` stands in the numbers of records, `owner` names this process in leases."""

    def __init__(self, channels: Mapping[str, Channel], keys: PersonKeys, org: str, owner: str) -> None:
        self._channels = channels
        self._keys = keys
        self._org = org
        self._owner = owner

    def result(
        self, stored: StoredMessage, conversation: Conversation, message: Message, outcome: Outcome, now: datetime
    ) -> TurnResult:
        """The rows of an outcome: replies cut to what the channel takes, each under its key."""
        channel = self._channels[stored.key.channel]
        fitted = tuple(channel.fit(reply) for reply in outcome.replies)
        more = fitted[-1].more if fitted else outcome.dialog.more
        dialog = outcome.dialog if not fitted else _remember_more(outcome.dialog, outcome.replies[-1], more)
        window = message.window
        return TurnResult(
            inbox_id=stored.inbox_id,
            conversation_id=conversation.id,
            owner=self._owner,
            now=now,
            dialog=dialog.to_json(),
            person_key=self._keys.person(stored.key, stored.sender),
            sender=stored.sender,
            org=self._org,
            state="ignored" if outcome.at_work else "done",
            error=AT_WORK if outcome.at_work else None,
            expected_holder=conversation.holder,
            holder=outcome.holder,
            township=outcome.township,
            window=(stored.sent_at + timedelta(hours=window.hours), window.messages) if window else None,
            reachable=message.kind is not Kind.LEAVE,
            consultation=outcome.consultation,
            handover=outcome.handover,
            handover_note=outcome.handover_note,
            feedback=outcome.feedback,
            forget=outcome.forget,
            case=outcome.case,
            case_change=outcome.case_change,
            rating=outcome.rating,
            parties=outcome.parties,
            attachments=outcome.attachments,
            safe_mode=outcome.safe_mode,
            to_staff=self._to_staff(stored, outcome.to_staff, now),
            replies=tuple(self._draft(stored, message, str(n), reply, now) for n, reply in enumerate(fitted)),
        )

    def _to_staff(
        self, stored: StoredMessage, notices: Sequence[StaffNotice], now: datetime
    ) -> tuple[StaffMessage, ...]:
        """What staff are told because of this message, in chats of theirs that this service can reach."""
        told = []
        for number, notice in enumerate(notices):
            channel = self._channels.get(notice.key.channel)
            if channel is None:
                continue
            draft = OutboxDraft(
                key=self._keys.reply(stored.key, stored.sender, stored.message_id, f"staff{number}"),
                purpose=notice.reply.purpose,
                priority=PRIORITY[notice.reply.purpose],
                body=channel.fit(notice.reply).body(),
                not_before=now,
            )
            told.append(StaffMessage(notice.key, notice.kind, draft, notice.about))
        return tuple(told)

    def _draft(
        self, stored: StoredMessage, message: Message | None, number: str, reply: Reply, now: datetime
    ) -> OutboxDraft:
        token = message.reply_token if message is not None and reply.purpose == "welcome" else None
        within = message.reply_within if message is not None and token else None
        return OutboxDraft(
            key=self._keys.reply(stored.key, stored.sender, stored.message_id, number),
            purpose=reply.purpose,
            priority=PRIORITY[reply.purpose],
            body=reply.body(),
            not_before=now,
            reply_token=token,
            expires_at=stored.sent_at + timedelta(seconds=within) if within else None,
            pulled=self._channels[stored.key.channel].rate is None,
        )

    def set_aside(
        self, stored: StoredMessage, conversation: Conversation, error: Exception, now: datetime
    ) -> TurnResult:
        """The rows of a message that could not be handled: set aside with the error's kind, and an apology."""
        silent = conversation.holder == "person"
        return TurnResult(
            inbox_id=stored.inbox_id,
            conversation_id=conversation.id,
            owner=self._owner,
            now=now,
            dialog=conversation.dialog,
            person_key=self._keys.person(stored.key, stored.sender),
            sender=stored.sender,
            org=self._org,
            expected_holder=conversation.holder,
            state="failed",
            error=in_short(error),
            replies=() if silent else (self._draft(stored, None, "apology", _FALLBACK, now),),
        )


def _remember_more(dialog: Dialog, reply: Reply, more: str) -> Dialog:
    """What did not fit is what 更多 shows next; a reply with nothing more of its own leaves the memory as it is."""
    if more == reply.more:
        return dialog
    options = dialog.options if any(option.payload == "more" for option in dialog.options) else (MORE, *dialog.options)
    return replace(dialog, more=more, options=options)
