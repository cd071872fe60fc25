"""From an account's row to the member of staff who acts."""

from handlers.desk.staff import Role, Staff
from storage.account_records import Account

_ROLES = frozenset(Role)


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
