"""Refusals, in the server's own words."""

from typing import Any

OTHER_POLLER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_TOOK_OVER = "Conflict: terminated by setWebhook request"
WEBHOOK_IS_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a "
    "current content and reply markup of the message"
)
BLOCKED = "Forbidden: bot was blocked by the user"
DEACTIVATED = "Forbidden: user is deactivated"
KICKED = "Forbidden: bot was kicked from the group chat"
CANNOT_BEGIN = "Forbidden: bot can't initiate conversation with a user"


class ApiError(Exception):
    """An answer with ``"ok": false``."""

    def __init__(
        self, code: int, description: str, retry_after: int | None = None, migrate_to_chat_id: int | None = None
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after
        self.migrate_to_chat_id = migrate_to_chat_id

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
        if self.migrate_to_chat_id is not None:
            body["parameters"] = {"migrate_to_chat_id": self.migrate_to_chat_id}
        return body


def bad_request(text: str) -> ApiError:
    """400 with the prefix and the capital letters that the server gives it."""
    # The server lowers the first letter of a sentence but leaves codes such as BUTTON_DATA_INVALID alone.
    is_code = len(text) > 1 and (text[1] == "_" or text[1].isupper())
    return ApiError(400, "Bad Request: " + (text if is_code else text[:1].lower() + text[1:]))


def group_upgraded(supergroup: int) -> ApiError:
    """A basic group that has become a supergroup takes nothing any more; the answer names the new chat."""
    text = "Bad Request: group chat was upgraded to a supergroup chat"
    return ApiError(400, text, migrate_to_chat_id=supergroup)
