"""TelegramPeer: what a test holds in its hand."""

import copy
import time
from collections.abc import Callable
from typing import Any

from .faults import Fault
from .journal import Call
from .rates import Limits, Violation
from .server import Server
from .state import Press
from .webhook import Delivery

Json = dict[str, Any]


class TelegramPeer(Server):
    """A Telegram Bot API server on loopback for one bot: ``with TelegramPeer() as peer: …``.

    Actions return the update they caused (``update["update_id"]``, ``update["message"]["message_id"]``).
    Waiting methods block the thread; a test that runs the bot in its own event loop calls them with
    ``asyncio.to_thread``.
    """

    # What people do.

    def add_user(self, user_id: int, first_name: str = "", username: str = "") -> Json:
        """Someone who has written to the bot before: no update, but the bot may write."""
        return self._do(self._people.add_user, user_id, first_name, username)

    def add_group(self, chat_id: int, title: str = "") -> Json:
        return self._do(self._people.add_group, chat_id, title)

    def user_says(self, user_id: int, text: str, *, chat_id: int | None = None) -> Json:
        """A text, in the private chat or in the group ``chat_id``."""
        return self._do(self._people.says, user_id, text, chat_id)

    def user_sends(self, user_id: int, content: Json, *, chat_id: int | None = None) -> Json:
        """Any other message, such as ``{"voice": {…}}`` or ``{"sticker": {…}}``."""
        return self._do(self._people.sends, user_id, content, chat_id)

    def user_sends_location(
        self, user_id: int, latitude: float, longitude: float, *, chat_id: int | None = None
    ) -> Json:
        return self._do(self._people.sends_location, user_id, latitude, longitude, chat_id)

    def user_sends_photo(
        self, user_id: int, data: bytes | None = None, caption: str = "", *, chat_id: int | None = None
    ) -> Json:
        """A photo (PNG or JPEG; a blank one by default) that the bot can fetch with getFile."""
        return self._do(self._people.sends_photo, user_id, data, caption, chat_id)

    def user_sends_document(
        self, user_id: int, name: str, data: bytes, caption: str = "", *, chat_id: int | None = None
    ) -> Json:
        return self._do(self._people.sends_document, user_id, name, data, caption, chat_id)

    def user_sends_file(
        self,
        user_id: int,
        form: str,
        media_type: str,
        data: bytes,
        caption: str = "",
        *,
        chat_id: int | None = None,
    ) -> Json:
        """A "voice", "video", "video_note" or "audio" that the bot can fetch with getFile."""
        return self._do(self._people.sends_file, user_id, form, media_type, data, caption, chat_id)

    def user_edits(self, user_id: int, message_id: int, text: str, *, chat_id: int | None = None) -> Json:
        """A new text, or a new caption where the message is no text."""
        return self._do(self._people.edits, user_id, message_id, text, chat_id)

    def user_touches(self, user_id: int, message_id: int, *, chat_id: int | None = None) -> Json:
        """An edit in which nothing that the bot can see is different."""
        return self._do(self._people.touches, user_id, message_id, chat_id)

    def user_moves(self, user_id: int, message_id: int, latitude: float, longitude: float) -> Json:
        """A live location goes on."""
        return self._do(self._people.moves, user_id, message_id, latitude, longitude)

    def user_presses(self, user_id: int, message_id: int, button: str, *, chat_id: int | None = None) -> Json:
        """A press on the inline button with this label or this data; LookupError when there is none."""
        return self._do(self._people.presses, user_id, message_id, button, chat_id)

    def blocked_by(self, user_id: int) -> Json:
        """Sending now fails with 403; the update is my_chat_member."""
        return self._do(self._people.blocks, user_id)

    def unblocked_by(self, user_id: int) -> Json:
        return self._do(self._people.unblocks, user_id)

    def deactivated(self, user_id: int) -> None:
        self._do(self._people.deactivates, user_id)

    def removed_from_group(self, user_id: int, chat_id: int) -> Json:
        return self._do(self._people.removes_bot, user_id, chat_id)

    def added_to_group(self, user_id: int, chat_id: int) -> Json:
        return self._do(self._people.adds_bot, user_id, chat_id)

    def group_upgraded(self, user_id: int, chat_id: int, supergroup: int) -> list[Json]:
        """The group becomes the supergroup; sending to the old id fails with 400 and names the new one."""
        return self._do(self._people.upgrades_group, user_id, chat_id, supergroup)

    def raw_update(self, body: Json | None = None) -> Json:
        """An unchecked update; without a body one that python-telegram-bot cannot parse."""
        return self._do(self._people.raw, body)

    def deliver_again(self, update_id: int) -> None:
        """The same update a second time, confirmed or not."""
        self._do(self._people.repeats, update_id)

    # What goes wrong.

    def inject(self, fault: Fault) -> None:
        self._do(self._state.faults.add, fault)

    def too_many_requests(
        self, retry_after: int = 1, *, chat_id: int | None = None, times: int | None = 1, method: str = ""
    ) -> None:
        """429; calls that come before ``retry_after`` is over are violations in strict mode."""
        text = f"Too Many Requests: retry after {retry_after}"
        self.inject(Fault("refuse", times, chat_id, method, 429, text, retry_after))

    def forbidden(
        self, description: str = "", *, chat_id: int | None = None, times: int | None = 1, method: str = ""
    ) -> None:
        text = description or "Forbidden: bot was blocked by the user"
        self.inject(Fault("refuse", times, chat_id, method, 403, text))

    def server_error(
        self,
        status: int = 500,
        *,
        chat_id: int | None = None,
        times: int | None = 1,
        method: str = "",
        raw: str = "",
    ) -> None:
        """5xx; ``raw`` is a body in place of JSON, such as a gateway's HTML page."""
        text = {500: "Internal Server Error", 502: "Bad Gateway"}.get(status, f"Error {status}")
        self.inject(Fault("refuse", times, chat_id, method, status, text, raw=raw))

    def slow(self, seconds: float, *, chat_id: int | None = None, times: int | None = 1, method: str = "") -> None:
        """The work is done at once; the answer comes late."""
        self.inject(Fault("slow", times, chat_id, method, seconds=seconds))

    def reset_before(self, *, chat_id: int | None = None, times: int | None = 1, method: str = "") -> None:
        """The connection breaks and nothing has been done."""
        self.inject(Fault("reset_before", times, chat_id, method))

    def reset_after(self, *, chat_id: int | None = None, times: int | None = 1, method: str = "") -> None:
        """The connection breaks, but the message has been sent."""
        self.inject(Fault("reset_after", times, chat_id, method))

    def clear_faults(self) -> None:
        self._do(self._state.faults.clear)

    def watch_rates(self, limits: Limits | None = None, *, strict: bool = True) -> None:
        """Strict mode: record in ``violations`` what is sent too fast or during a halt."""
        rates = self._state.rates
        rates.limits, rates.strict = limits or Limits(), strict

    def expire_callback_queries(self) -> None:
        """Every button pressed so far is too old to be answered."""
        self._do(self._people.forget_presses)

    # What has happened.

    @property
    def violations(self) -> list[Violation]:
        return self._do(self._state.rates.violations.copy)

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt to deliver an update to the webhook."""
        return self._do(self._state.sender.deliveries.copy)

    @property
    def pending_updates(self) -> list[Json]:
        """Updates that the bot has not confirmed."""
        return self._do(lambda: [copy.deepcopy(item.update) for item in self._state.queue.pending])

    @property
    def presses(self) -> list[Press]:
        """The pressed buttons; ``answer`` is the bot's ``{"text", "show_alert"}`` or None."""
        return self._do(lambda: copy.deepcopy(list(self._state.presses.values())))

    @property
    def commands(self) -> list[Json]:
        """The commands of the default scope."""
        return self._do(lambda: copy.deepcopy(self._state.commands.get(("", ""), [])))

    def sent_to(self, chat_id: int) -> list[Json]:
        """The bot's messages as the chat shows them now: with text, reply_markup (any kind), message_id."""
        return self._do(self._people.sent_to, chat_id)

    def calls(self, method: str = "") -> list[Call]:
        """The calls of one method, or all, refused ones included."""
        journal = self._state.journal
        return self._do(lambda: copy.deepcopy(journal.of(method) if method else journal.calls))

    def file_bytes(self, file_id: str) -> bytes:
        """What a file that somebody sent contains."""
        return self._do(lambda: self._state.world.files.get(file_id).data)

    def file_path(self, file_id: str) -> str:
        """What getFile says of where a file can be fetched."""
        return self._do(lambda: self._state.world.files.get(file_id).path)

    def wait_for_sent(self, chat_id: int, count: int = 1, timeout: float = 5.0) -> list[Json]:
        """``sent_to`` as soon as it holds ``count`` messages."""
        self.wait_until(lambda: len(self.sent_to(chat_id)) >= count, timeout, f"{count} messages to {chat_id}")
        return self.sent_to(chat_id)

    def wait_until(self, condition: Callable[[], object], timeout: float = 5.0, what: str = "") -> None:
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {timeout} s in vain for {what or 'the condition'}")
            time.sleep(0.01)
