"""Members of staff: their roles, and whose matters they may see."""

from dataclasses import dataclass
from enum import StrEnum

COUNTY = ""


class Role(StrEnum):
    """What somebody is there for. One person may have several roles."""

    DESK = "desk"  # 接待员: answers residents, works on cases
    SUPERVISOR = "supervisor"  # 主管: the same, and hands work out, takes it back, gets the reminders
    ADMINISTRATOR = "administrator"  # 管理员: accounts, directory, roster; reads no conversation
    AUDITOR = "auditor"  # 审计员: reads the audit log and the registers, without personal data
    EDITOR = "editor"  # 内容员: knowledge and canned answers


ROLE_NAMES = {
    Role.DESK: "接待员",
    Role.SUPERVISOR: "主管",
    Role.ADMINISTRATOR: "管理员",
    Role.AUDITOR: "审计员",
    Role.EDITOR: "内容员",
}


class Permission(StrEnum):
    """One thing that a role allows. Where it touches a resident's matter, the scope decides as well."""

    SERVE = "serve"  # see and answer conversations, work on cases
    DIRECT = "direct"  # transfer others' work, take it back, reopen, approve
    ACCOUNTS = "accounts"
    DIRECTORY = "directory"  # workstations, roster, calendar
    AUDIT = "audit"
    REGISTERS = "registers"  # case lists and ratings without personal data
    CANNED = "canned"
    KNOWLEDGE = "knowledge"


ALLOWED: dict[Permission, frozenset[Role]] = {
    Permission.SERVE: frozenset({Role.DESK, Role.SUPERVISOR}),
    Permission.DIRECT: frozenset({Role.SUPERVISOR}),
    Permission.ACCOUNTS: frozenset({Role.ADMINISTRATOR}),
    Permission.DIRECTORY: frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR}),
    Permission.AUDIT: frozenset({Role.AUDITOR, Role.ADMINISTRATOR}),
    Permission.REGISTERS: frozenset({Role.DESK, Role.SUPERVISOR, Role.AUDITOR}),
    Permission.CANNED: frozenset({Role.EDITOR, Role.SUPERVISOR}),
    Permission.KNOWLEDGE: frozenset(Role),
}


@dataclass(frozen=True, slots=True)
class Staff:
    """An account that may act. `unit` is a township, or COUNTY for the whole county."""

    id: int
    login: str
    name: str
    roles: frozenset[Role]
    unit: str = COUNTY
    wecom_userid: str | None = None
    telegram_id: str | None = None

    def may(self, permission: Permission) -> bool:
        """Whether one of the roles allows it at all."""
        return bool(self.roles & ALLOWED[permission])

    def covers(self, unit: str | None) -> bool:
        """Whether a matter of this township is in scope; one of no township is the county centre's."""
        return self.unit in (COUNTY, unit)

    def may_see_conversation(self, township: str | None, holder_id: int | None) -> bool:
        """A conversation in scope, or one's own."""
        return self.may(Permission.SERVE) and (self.covers(township) or holder_id == self.id)

    def may_see_case(self, unit: str, assignee_id: int | None) -> bool:
        """A case in scope, or one's own. Auditors see registers, not cases."""
        return self.may(Permission.SERVE) and (self.covers(unit) or assignee_id == self.id)
