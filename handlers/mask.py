"""Personal data out of free text, before it is kept in a record or shown in a list."""

import re

_GAP = "[- ]?"
_IDENTITY = re.compile(rf"(?<!\d)(\d{{6}}){_GAP}\d{{8}}{_GAP}(\d{{3}}[\dXx])(?!\d)")
_MOBILE = re.compile(rf"(?<!\d)((?:\+?86{_GAP})?1[3-9]\d){_GAP}\d{{4}}{_GAP}(\d{{4}})(?!\d)")
_LANDLINE = re.compile(rf"(?<!\d)(0\d{{2,3}}{_GAP})\d{{4,5}}(\d{{3}})(?!\d)")
# Cards, old identity numbers of 15 digits, and numbers that were written without a gap between them.
_LONG = re.compile(r"(?<!\d)(\d{4})\d{7,}(\d{4})(?!\d)")
_CARD_IN_FOURS = re.compile(r"(?<!\d)(\d{4})([- ])\d{4}\2\d{4}\2(\d{4})(?:\2\d{1,4})?(?!\d)")
# Only from the beginning of a run of letters: trying each letter of a long one would take seconds.
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.]+")


def mask(text: str) -> str:
    """`text` with identity numbers, telephone numbers, bank cards and mail addresses made unreadable."""
    text = _IDENTITY.sub(r"\1********\2", text)
    text = _MOBILE.sub(r"\1****\2", text)
    text = _LONG.sub(r"\1********\2", text)
    text = _CARD_IN_FOURS.sub(r"\1********\3", text)
    text = _LANDLINE.sub(r"\1****\2", text)
    return _MAIL.sub("***@***", text)


def summary(text: str, longest: int = 200) -> str:
    """What was asked 诉求摘要: masked, one line, at most `longest` characters."""
    line = " ".join(mask(text).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
