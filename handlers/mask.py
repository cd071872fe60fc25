"""Personal data out of free text, before it is kept in a record or shown in a list."""

import re

_IDENTITY = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)")
_MOBILE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3}[- ]?)\d{4,5}(\d{3})(?!\d)")
_CARD = re.compile(r"(?<!\d)(\d{4})\d{8,11}(\d{4})(?!\d)")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")


def mask(text: str) -> str:
    """`text` with identity numbers, telephone numbers, bank cards and mail addresses made unreadable."""
    text = _IDENTITY.sub(r"\1********\2", text)
    text = _CARD.sub(r"\1********\2", text)
    text = _MOBILE.sub(r"\1****\2", text)
    text = _LANDLINE.sub(r"\1****\2", text)
    return _MAIL.sub("***@***", text)


def summary(text: str, longest: int = 200) -> str:
    """What was asked 诉求摘要: masked, one line, at most `longest` characters."""
    line = " ".join(mask(text).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
