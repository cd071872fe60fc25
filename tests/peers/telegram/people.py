"""What people do in their Telegram apps."""

import copy
import math
import time
from typing import Any

from .arguments import Upload
from .entities import found_entities
from .errors import BLOCKED, DEACTIVATED, KICKED
from .images import blank_png
from .keyboards import callback_data
from .state import Press, State
from .world import Stored

Json = dict[str, Any]


class People:
    """Every action returns the update it caused, with ``update_id``; a ``chat_id`` of None is the private chat."""

    def __init__(self, state: State) -> None:
        self.state = state

    def add_user(self, user_id: int, first_name: str = "", username: str = "") -> Json:
        """Someone who has opened the chat with the bot some time ago: no update."""
        return self.state.world.add_user(user_id, first_name, username)

    def add_group(self, chat_id: int, title: str = "") -> Json:
        """A group the bot is a member of: no update."""
        return self.state.world.add_group(chat_id, title)

    def says(self, user_id: int, text: str, chat_id: int | None = None) -> Json:
        content: Json = {"text": text}
        entities = found_entities(text)
        return self.sends(user_id, content | ({"entities": entities} if entities else {}), chat_id)

    def sends(self, user_id: int, content: Json, chat_id: int | None = None) -> Json:
        """Any message: ``content`` is what the Message object carries besides its head."""
        stored = self.state.world.put(self._chat(user_id, chat_id), self.state.world.users[user_id], content)
        return self.state.queue.add("message", stored.message)

    def sends_location(self, user_id: int, latitude: float, longitude: float, chat_id: int | None = None) -> Json:
        return self.sends(user_id, {"location": {"latitude": latitude, "longitude": longitude}}, chat_id)

    def sends_photo(
        self, user_id: int, data: bytes | None = None, caption: str = "", chat_id: int | None = None
    ) -> Json:
        content: Json = {"photo": self.state.world.files.photo(data or blank_png())}
        return self.sends(user_id, content | ({"caption": caption} if caption else {}), chat_id)

    def sends_document(
        self, user_id: int, name: str, data: bytes, caption: str = "", chat_id: int | None = None
    ) -> Json:
        document = self.state.world.files.document(Upload(name, "application/octet-stream", data))
        content: Json = {"document": document} | ({"caption": caption} if caption else {})
        return self.sends(user_id, content, chat_id)

    def sends_file(
        self, user_id: int, form: str, media_type: str, data: bytes, caption: str = "", chat_id: int | None = None
    ) -> Json:
        """A "voice", "video", "video_note" or "audio" that the bot can fetch."""
        file = self.state.world.files.add(form, "", media_type, data)
        sizes = {"video": {"width": 640, "height": 480}, "video_note": {"length": 240}}.get(form, {})
        # A video note has no type of its own: it is always a small round MP4.
        kind = {} if form == "video_note" else {"mime_type": media_type}
        content: Json = {form: file.as_json | {"duration": 3} | kind | sizes}
        return self.sends(user_id, content | ({"caption": caption} if caption else {}), chat_id)

    def edits(self, user_id: int, message_id: int, text: str, chat_id: int | None = None) -> Json:
        """A person changes the text, or the caption, of a message of their own."""
        stored = self._own(user_id, message_id, chat_id)
        word = "text" if "text" in stored.message else "caption"
        marks = "entities" if word == "text" else "caption_entities"
        entities = found_entities(text)
        kept = {name: value for name, value in stored.message.items() if name not in {word, marks}}
        changed = {"edit_date": int(self.state.world.now()), word: text}
        stored.message = kept | changed | ({marks: entities} if entities else {})
        return self.state.queue.add("edited_message", stored.message)

    def touches(self, user_id: int, message_id: int, chat_id: int | None = None) -> Json:
        """Something that the bot is not told changed in a message: an edit that looks like no change at all."""
        stored = self._own(user_id, message_id, chat_id)
        stored.message = stored.message | {"edit_date": int(self.state.world.now())}
        return self.state.queue.add("edited_message", stored.message)

    def moves(self, user_id: int, message_id: int, latitude: float, longitude: float) -> Json:
        """A live location goes on: every few seconds an edit of the same message."""
        stored = self._own(user_id, message_id, None)
        place = {"latitude": latitude, "longitude": longitude, "live_period": 900}
        stored.message = stored.message | {"edit_date": int(self.state.world.now()), "location": place}
        return self.state.queue.add("edited_message", stored.message)

    def presses(self, user_id: int, message_id: int, button: str, chat_id: int | None = None) -> Json:
        """A press on an inline button, named by its label or its data."""
        chat = self._chat(user_id, chat_id)
        stored = self._message(chat["id"], message_id)
        data = callback_data(stored.markup, button)
        press = Press(str(next(self.state.press_ids)), user_id, message_id, data, time.monotonic())
        self.state.presses[press.query_id] = press
        query = {
            "id": press.query_id,
            "from": self.state.world.users[user_id],
            "message": stored.message,
            "chat_instance": str(abs(chat["id"]) * 7_919 + 1),
            "data": data,
        }
        return self.state.queue.add("callback_query", query)

    def forget_presses(self) -> None:
        """Time passes: no button pressed so far can be answered any more."""
        for press in self.state.presses.values():
            press.at = -math.inf

    def blocks(self, user_id: int) -> Json:
        """The person stops the bot; Telegram tells the bot so."""
        user = self.state.world.user(user_id)
        self.state.world.refusals[user_id] = BLOCKED
        return self._membership(user_id, user, "member", "kicked")

    def unblocks(self, user_id: int) -> Json:
        self.state.world.refusals.pop(user_id, None)
        return self._membership(user_id, self.state.world.user(user_id), "kicked", "member")

    def deactivates(self, user_id: int) -> None:
        """The person's account is gone; nothing tells the bot before it tries to write."""
        self.state.world.user(user_id)
        self.state.world.refusals[user_id] = DEACTIVATED

    def removes_bot(self, user_id: int, chat_id: int) -> Json:
        """Somebody throws the bot out of a group."""
        user = self.state.world.member(user_id)
        self.state.world.refusals[chat_id] = KICKED
        return self._membership(chat_id, user, "member", "kicked")

    def adds_bot(self, user_id: int, chat_id: int) -> Json:
        """Somebody takes the bot into a group, for the first time or again."""
        user = self.state.world.member(user_id)
        self.state.world.refusals.pop(chat_id, None)
        return self._membership(chat_id, user, "left", "member")

    def upgrades_group(self, user_id: int, chat_id: int, supergroup: int) -> list[Json]:
        """A group becomes a supergroup with an id of its own; each of the two chats shows a message about it."""
        world = self.state.world
        user, group = world.member(user_id), self._chat(user_id, chat_id)
        large = world.add_group(supergroup, group["title"])
        world.migrated[chat_id] = supergroup
        said = world.put(group, user, {"migrate_to_chat_id": supergroup})
        heard = world.put(large, user, {"migrate_from_chat_id": chat_id})
        return [self.state.queue.add("message", item.message) for item in (said, heard)]

    def raw(self, body: Json | None = None) -> Json:
        """An update as given, without any check; the default one is known to break python-telegram-bot."""
        return self.state.queue.add_raw(body or _POISON)

    def repeats(self, update_id: int) -> None:
        """The server delivers an update a second time, as it does after a lost acknowledgement."""
        self.state.queue.repeat(update_id)

    def sent_to(self, chat_id: int) -> list[Json]:
        """The bot's messages as this chat shows them now: edited ones changed, deleted ones gone."""
        shown = self.state.world.of_bot(chat_id)
        return [copy.deepcopy({"text": None} | item.message | {"reply_markup": item.markup}) for item in shown]

    def _chat(self, user_id: int, chat_id: int | None) -> Json:
        world = self.state.world
        (world.user if chat_id is None else world.member)(user_id)
        chat_id = user_id if chat_id is None else chat_id
        if chat_id in world.refusals:
            raise ValueError(f"nobody writes in chat {chat_id}: {world.refusals[chat_id]}")
        return world.chats.get(chat_id) or world.add_group(chat_id)

    def _message(self, chat_id: int, message_id: int) -> Stored:
        stored = self.state.world.message(chat_id, message_id)
        if stored is None:
            raise LookupError(f"no message {message_id} in chat {chat_id}")
        return stored

    def _own(self, user_id: int, message_id: int, chat_id: int | None) -> Stored:
        stored = self._message(chat_id or user_id, message_id)
        if stored.message["from"]["id"] != user_id:
            raise LookupError(f"message {message_id} is not by user {user_id}")
        return stored

    def _membership(self, chat_id: int, user: Json, before: str, after: str) -> Json:
        world = self.state.world
        chat = world.chats.get(chat_id) or world.add_group(chat_id)
        change = {"chat": chat, "from": user, "date": int(world.now())}
        members = {"old_chat_member": self._member(before), "new_chat_member": self._member(after)}
        return self.state.queue.add("my_chat_member", change | members)

    def _member(self, status: str) -> Json:
        until = {"until_date": 0} if status == "kicked" else {}
        return {"user": self.state.world.bot, "status": status} | until


_POISON: Json = {
    # No chat_instance: python-telegram-bot raises TypeError while it builds the CallbackQuery.
    "callback_query": {"id": "1", "from": {"id": 1, "is_bot": False, "first_name": "Poison"}, "data": "x"}
}
