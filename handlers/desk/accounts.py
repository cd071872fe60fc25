"""Accounts of staff: who acts, what an account may be like, and what becomes of their work when somebody leaves."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from handlers.desk.drafts import to_resident
from handlers.desk.staff import COUNTY, Role, Staff
from handlers.desk.tools import Tools
from handlers.desk.words import GIVEN_BACK
from handlers.message import Reply
from storage import accounts, conversations
from storage.account_records import Account, HandedBack
from storage.audit import write_audit
from storage.desk_records import AuditEntry
from storage.records import ConversationKey

LONGEST_NAME = 20
_ROLES = frozenset(Role)
_LOGIN = re.compile(r"[a-z][a-z0-9._-]{1,31}")
_WECOM = re.compile(r"[a-z0-9][a-z0-9_.@-]{0,63}")
_TELEGRAM = re.compile(r"[1-9]\d{3,19}")


def staff_of(account: Account) -> Staff:
    """Who acts; a role that this version does not know allows nothing."""
    return Staff(
        id=account.id,
        login=account.login,
        name=account.name,
        roles=frozenset(Role(word) for word in account.roles if word in _ROLES),
        unit=account.unit,
        wecom_userid=account.wecom_userid,
        telegram_id=account.telegram_id,
    )


@dataclass(frozen=True, slots=True)
class Particulars:
    """What an administrator says of an account; empty bindings are None."""

    login: str
    name: str
    roles: Sequence[str]
    unit: str
    wecom_userid: str | None = None
    telegram_id: str | None = None

    def faults(self, townships: Collection[str]) -> dict[str, str]:
        """What is wrong, in words, by field; empty where all is well."""
        found = {}
        if not _LOGIN.fullmatch(self.login):
            found["login"] = "登录名要以小写字母开头，用小写字母、数字和 . _ -，2 到 32 位。"
        if not self.name or len(self.name) > LONGEST_NAME or not self.name.isprintable():
            found["name"] = f"写姓名，居民看得到，最多 {LONGEST_NAME} 个字。"
        if not self.roles or any(word not in _ROLES for word in self.roles):
            found["roles"] = "至少选一个角色。"
        if self.unit != COUNTY and self.unit not in townships:
            found["unit"] = "单位要是县中心或者一个乡镇街道。"
        if self.wecom_userid is not None and not _WECOM.fullmatch(self.wecom_userid):
            found["wecom_userid"] = "写企业微信通讯录里的账号（不是姓名、手机号）。"
        if self.telegram_id is not None and not _TELEGRAM.fullmatch(self.telegram_id):
            found["telegram_id"] = "写 Telegram 的数字编号，不是用户名。"
        return found


TAKEN = {
    "login": "这个登录名已经有人用了。",
    "wecom_userid": "这个企业微信账号已经绑在别的账号上。",
    "telegram_id": "这个 Telegram 编号已经绑在别的账号上。",
}
LAST_ADMINISTRATOR = "这是最后一个能用的管理员。先让别人当管理员，再改这个账号。"


async def disable(tools: Tools, account_id: int, by: int | None, actor: str) -> HandedBack:
    """Somebody leaves the bureau, or may act no more: their residents wait again and hear so, their cases are nobody's.

    `by` and `actor` are who disabled them; None for the command line.

    Raises:
        storage.accounts.LastAdministrator: they are the last one; nothing was changed.
    """

    def work(connection: Connection) -> tuple[HandedBack, list[ConversationKey]]:
        now = tools.clock()
        back = accounts.disable(connection, account_id, now, by, actor)
        told = [_tell_resident(connection, tools, talk, handover) for talk, handover in back.conversations.items()]
        counts = {"conversations": len(back.conversations), "cases": len(back.cases)}
        entry = AuditEntry(now, by, actor, "account.disable", f"account:{account_id}", detail=dict(counts))
        write_audit(connection, entry)
        return back, [key for key in told if key is not None]

    back, told = await tools.database.write(work)
    for key in told:
        tools.said(key)
    tools.changed()
    return back


def _tell_resident(
    connection: Connection, tools: Tools, conversation_id: int, handover_id: int
) -> ConversationKey | None:
    found = conversations.read_by_id(connection, conversation_id)
    if found is None:
        return None
    now = tools.clock()
    reply = Reply(GIVEN_BACK, purpose="closing")
    draft = to_resident(tools, found, reply, "given back", handover_id, now.timestamp())
    conversations.speak(connection, found, draft, now)
    return found.key
