"""Who may move a customer-service session from where to where, as data (wecom.md 6.5)."""

from enum import IntEnum


class SessionState(IntEnum):
    """service_state of a session (wecom.md 6.5)."""

    NEW = 0
    BOT = 1
    POOL = 2
    HUMAN = 3
    ENDED = 4


API: dict[SessionState, frozenset[SessionState]] = {
    SessionState.NEW: frozenset({SessionState.BOT, SessionState.POOL, SessionState.HUMAN}),
    SessionState.BOT: frozenset({SessionState.POOL, SessionState.HUMAN}),
    SessionState.POOL: frozenset({SessionState.HUMAN}),
    SessionState.HUMAN: frozenset({SessionState.HUMAN, SessionState.ENDED}),
    SessionState.ENDED: frozenset(),
}
"""Moves by kf/service_state/trans that the page's text names. There is no way back from HUMAN to BOT."""

API_UNCONFIRMED: dict[SessionState, frozenset[SessionState]] = {
    SessionState.NEW: frozenset({SessionState.ENDED}),
    SessionState.BOT: frozenset({SessionState.ENDED}),
    SessionState.POOL: frozenset({SessionState.ENDED}),
}
"""Moves known from a third-party summary only; the page shows them as a picture."""

SENDABLE = frozenset({SessionState.NEW, SessionState.BOT})
"""States in which kf/send_msg works (wecom.md 6.3)."""


class ChangeType(IntEnum):
    """change_type of session_status_change: what a servicer did in the WeCom client (wecom.md 6.2)."""

    TOOK = 1
    TRANSFERRED = 2
    ENDED = 3
    REOPENED = 4


CLIENT: dict[ChangeType, tuple[SessionState, SessionState]] = {
    ChangeType.TOOK: (SessionState.POOL, SessionState.HUMAN),
    ChangeType.TRANSFERRED: (SessionState.HUMAN, SessionState.HUMAN),
    ChangeType.ENDED: (SessionState.HUMAN, SessionState.ENDED),
    ChangeType.REOPENED: (SessionState.ENDED, SessionState.HUMAN),
}
"""Moves by servicers in the client, from and to; only these raise an event."""


def api_may(current: SessionState, wanted: SessionState, *, unconfirmed: bool) -> bool:
    """Whether the API may move a session from `current` to `wanted`."""
    if wanted in API[current]:
        return True
    return unconfirmed and wanted in API_UNCONFIRMED.get(current, frozenset())
