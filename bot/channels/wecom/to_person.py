"""A session of customer service goes to a member of staff: what the desk may ask of the platform (wecom.md 6.5)."""

from bot.channels.wecom.customer_service import BOT, NOT_YET, OVER, SERVICER, Standing
from bot.channels.wecom.errors import NOT_A_SERVICER, OFF_DUTY, SESSION_OVER, WINDOW_CLOSED, CallFailed, report
from bot.channels.wecom.sessions import Elsewhere, KfSessions
from handlers.desk.tools import SessionFault, SessionRefused
from storage.records import ConversationKey


async def hand_to(sessions: KfSessions, chat: ConversationKey, member: str, *, transfer: bool) -> str | None:
    """See `handlers.desk.tools.Sessions.hand_to`."""
    try:
        found = await sessions.standing(chat)
        # The platform would move it from one member to another without a word.
        if found.state == SERVICER and found.servicer != member and not transfer:
            raise SessionRefused(SessionFault.TAKEN, found.servicer)
        if found == Standing(SERVICER, member):
            return sessions.code(chat, SERVICER)
        return await sessions.reach(chat, SERVICER, member)
    except Elsewhere as error:
        raise _elsewhere(error.standing) from None
    except CallFailed as error:
        if error.errcode is not None:
            raise _refused(error) from None
    return await _look_again(sessions, chat, member)


async def is_bots(sessions: KfSessions, chat: ConversationKey) -> bool:
    """See `handlers.desk.tools.Sessions.is_bots`."""
    try:
        return (await sessions.standing(chat)).state in (NOT_YET, BOT)
    except CallFailed as error:
        raise _refused(error) from None


async def _look_again(sessions: KfSessions, chat: ConversationKey, member: str) -> str | None:
    """The answer did not come: the move may have been made."""
    try:
        if await sessions.standing(chat) == Standing(SERVICER, member):
            return sessions.code(chat, SERVICER)
    except CallFailed as error:
        raise _refused(error) from None
    raise SessionRefused(SessionFault.UNKNOWN)


def _elsewhere(standing: Standing) -> SessionRefused:
    if standing.state == SERVICER:
        return SessionRefused(SessionFault.TAKEN, standing.servicer)
    return SessionRefused(SessionFault.OVER if standing.state == OVER else SessionFault.REFUSED)


def _refused(error: CallFailed) -> SessionRefused:
    if error.errcode in NOT_A_SERVICER:
        return SessionRefused(SessionFault.NOT_A_SERVICER)
    if error.errcode == OFF_DUTY:
        return SessionRefused(SessionFault.OFF_DUTY)
    if error.errcode == SESSION_OVER or error.errcode in WINDOW_CLOSED:
        return SessionRefused(SessionFault.OVER)
    report(error)
    return SessionRefused(SessionFault.UNKNOWN)
