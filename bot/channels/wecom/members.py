"""Ids of members."""

SOMEBODY = "servicer"  # where the platform does not say which member serves


def member_id(userid: str) -> str:
    """The one spelling in which we keep a member: upper and lower case are the same to WeCom (wecom.md 4.1)."""
    return userid.lower()
