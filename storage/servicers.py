"""How much members have in hand in a platform's own client, as far as we know."""

from sqlalchemy import Connection, func, select

from storage.desk import IN_CLIENT
from storage.schema import accounts, conversations


def held_in_client(connection: Connection, channel: str, account: str) -> dict[str, int]:
    """How many conversations each member holds there, by the platform's id in lower case."""
    member = func.lower(func.coalesce(accounts.c.wecom_userid, conversations.c.holder_name))
    rows = connection.execute(
        select(member, func.count())
        .select_from(conversations.outerjoin(accounts, accounts.c.id == conversations.c.holder_id))
        .where(conversations.c.channel == channel, conversations.c.account == account)
        .where(conversations.c.holder == "person", conversations.c.holder_via == IN_CLIENT)
        .group_by(member)
    )
    return {str(userid): int(count) for userid, count in rows}
