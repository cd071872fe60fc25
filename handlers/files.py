"""Files that residents send: kept where something waits for them, else said plainly that nobody can read them here."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from handlers.cases.states import ENDED, move_of
from handlers.desk.tools import Tools
from handlers.dialog import Dialog
from handlers.message import Kind, Media, Reply
from handlers.turn import UNHANDLED, Handled, Outcome, Turn
from storage import attachments, cases, conversations
from storage.case_records import CaseRow
from storage.desk_records import AttachmentDraft
from storage.records import ConversationKey

STORED = "sha256:"  # before the hash of a file that the channel has stored already
MOST_A_DAY = 60
ADDING = timedelta(hours=3)  # after that, what comes is about something else
_SUPPLEMENT = (
    "supplement:"  # in Dialog.confirming, before the number of the case that is being added to, and since when
)
_NAMES = {"picture": "图片", "voice": "录音", "film": "视频", "file": "文件"}


def supplementing(number: str, now: datetime) -> str:
    """What the dialog keeps while a case is being added to."""
    return f"{_SUPPLEMENT}{number}:{int(now.timestamp())}"


def still_adding(confirming: str, now: datetime) -> str:
    """The number of the case that is being added to; "" where none is, or no longer."""
    if not confirming.startswith(_SUPPLEMENT):
        return ""
    number, _, since = confirming.removeprefix(_SUPPLEMENT).rpartition(":")
    return number if now.timestamp() - int(since) <= ADDING.total_seconds() else ""


def draft(media: Media, case_number: str | None = None) -> AttachmentDraft:
    """The file as it is noted, for a case where one is named."""
    sha256 = media.source.removeprefix(STORED) if media.source.startswith(STORED) else None
    name = media.name or _NAMES.get(media.form, "文件")
    return AttachmentDraft(media.source, name, media.media_type, media.size, case_number, sha256)


async def handle(turn: Turn) -> Handled:
    """A file for a case that is being added to, for the person who is waited for, or for one's open case."""
    media = turn.message.media
    if turn.message.kind is not Kind.MEDIA or media is None:
        return UNHANDLED
    name = _NAMES.get(media.form, "文件")
    case = await _case(turn)
    if case is not None:
        text = f"收到这个{name}，放进 {case.number} 了，办的人会看到。还有就接着发。"
        return Outcome((Reply(text),), turn.dialog, attachments=(draft(media, case.number),))
    if turn.conversation.holder == "waiting":
        number = f"，和编号 {turn.dialog.handover} 放在一起" if turn.dialog.handover else ""
        text = f"收到这个{name}{number}，工作人员会看到。我自己看不了，要紧的请再写一两句。"
        return Outcome((Reply(text),), replace(turn.dialog, greeted=True), attachments=(draft(media),))
    return UNHANDLED


def for_the_holder(turn: Turn, outcome: Outcome) -> Outcome:
    """While a person holds the conversation the bot is silent; a file is kept for them all the same."""
    media = turn.message.media
    if turn.conversation.holder != "person" or turn.message.kind is not Kind.MEDIA or media is None:
        return outcome
    return replace(outcome, attachments=(draft(media),))


async def _case(turn: Turn) -> CaseRow | None:
    """The case that is being added to; else, where nobody is waited for, the newest that is still open."""
    tools = turn.office.tools
    if tools is None:
        return None
    own = await tools.database.read(lambda c: cases.of_person(c, turn.person_key, 20))
    number = still_adding(turn.dialog.confirming, turn.now)
    if number:
        return next((case for case in own if case.number == number and move_of(case.state, "add") is not None), None)
    if turn.conversation.holder == "waiting":
        return None
    still_open = [case for case in own if case.state not in ENDED]
    asked_for = [case for case in still_open if case.state == "need_supplement"]
    return next(iter(asked_for or still_open), None)


async def is_awaited(tools: Tools, key: ConversationKey, person_key: str, now: datetime) -> bool:
    """Whether a file sent here now would belong to something: a form, a case, a person who is waited for or speaks."""

    def work(connection: Connection) -> bool:
        found = conversations.read_conversation(connection, key)
        if found is None:
            return False
        dialog = Dialog.from_json(found.dialog)
        if found.holder != "bot" or "kind" in dialog.form or still_adding(dialog.confirming, now):
            return True
        return any(case.state not in ENDED for case in cases.of_person(connection, person_key, 20))

    return await tools.database.read(work)


async def are_too_many(tools: Tools, key: ConversationKey, now: datetime) -> bool:
    """Whether a conversation has sent as many files within a day as anybody could need."""
    since = now - timedelta(days=1)
    return await tools.database.read(lambda c: attachments.sent_since(c, key, since)) >= MOST_A_DAY
