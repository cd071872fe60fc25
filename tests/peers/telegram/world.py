"""What the server knows: people, chats, messages, files."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .arguments import Arguments
from .errors import CANNOT_BEGIN, ApiError, bad_request, group_upgraded
from .files import Files

Json = dict[str, Any]


@dataclass
class Stored:
    """A message, and what the person sees that the Message object leaves out."""

    message: Json
    by_bot: bool
    markup: Json | None = None


class World:
    """People and conversations. The bot may write only to a chat that somebody has opened."""

    def __init__(self, token: str, username: str, now: Callable[[], float]) -> None:
        self.now = now
        self.bot: Json = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Peer",
            "username": username,
        }
        self.users: dict[int, Json] = {}
        self.chats: dict[int, Json] = {}
        self.refusals: dict[int, str] = {}
        self.migrated: dict[int, int] = {}
        self._messages: dict[int, dict[int, Stored]] = {}
        self.files = Files()
        self._last_message = 0

    def add_user(self, user_id: int, first_name: str = "", username: str = "", language_code: str = "zh-hans") -> Json:
        """A person whose private chat with the bot is open; a second call renames the person."""
        handle = {"username": username} if username else {}
        name = {"first_name": first_name or f"User {user_id}"} | handle
        self.users[user_id] = {"id": user_id, "is_bot": False} | name | {"language_code": language_code}
        self.chats[user_id] = {"id": user_id} | name | {"type": "private"}
        return self.users[user_id]

    def user(self, user_id: int) -> Json:
        """A person who writes to the bot: that opens the private chat."""
        return self.users[user_id] if user_id in self.chats else self.add_user(user_id)

    def member(self, user_id: int) -> Json:
        """A person whom the bot knows from a group: it cannot write to them before they have opened the chat."""
        if user_id not in self.users:
            names: Json = {"first_name": f"User {user_id}", "language_code": "zh-hans"}
            self.users[user_id] = {"id": user_id, "is_bot": False} | names
        return self.users[user_id]

    def add_group(self, chat_id: int, title: str = "") -> Json:
        """A group; like the real ones, a supergroup's id begins with -100."""
        if chat_id >= 0:
            raise ValueError(f"a group's id is negative, not {chat_id}")
        kind = "supergroup" if str(chat_id).startswith("-100") else "group"
        self.chats[chat_id] = {"id": chat_id, "title": title or f"Group {chat_id}", "type": kind}
        return self.chats[chat_id]

    def writable(self, arguments: Arguments) -> Json:
        """The chat that the call names, if the bot may write there."""
        if not arguments.text("chat_id"):
            raise bad_request("chat_id is empty")
        chat = self.chats.get(arguments.chat_id or 0)
        if chat is None and arguments.chat_id in self.users:
            raise ApiError(403, CANNOT_BEGIN)
        if chat is None:
            raise bad_request("chat not found")
        if chat["id"] in self.migrated:
            raise group_upgraded(self.migrated[chat["id"]])
        if chat["id"] in self.refusals:
            raise ApiError(403, self.refusals[chat["id"]])
        return chat

    def put(self, chat: Json, sender: Json, content: Json, markup: Json | None = None) -> Stored:
        """A new message; identifiers run through all chats, as in the private chats of a real bot."""
        self._last_message += 1
        head = {"message_id": self._last_message, "from": sender, "chat": chat, "date": int(self.now())}
        stored = Stored(head | content, by_bot=bool(sender["is_bot"]), markup=markup)
        self._messages.setdefault(chat["id"], {})[self._last_message] = stored
        return stored

    def message(self, chat_id: int, message_id: int) -> Stored | None:
        return self._messages.get(chat_id, {}).get(message_id)

    def forget(self, chat_id: int, message_id: int) -> None:
        del self._messages[chat_id][message_id]

    def of_bot(self, chat_id: int) -> list[Stored]:
        return [item for item in self._messages.get(chat_id, {}).values() if item.by_bot]
