"""Names and telephone numbers in the one spelling in which they are compared, and their keyed hashes.

Two spellings that people would call the same person or the same number come to the same hash; what says too little
about somebody (a surname alone, a hotline) comes to none.
"""

import re

from handlers.personal import Seal
from knowledge.normalize import clean, plain
from storage.desk_records import PartyDraft

_EXTENSION = re.compile(r"转|分机|ext|#|x", re.IGNORECASE)
_NO_DIGIT = re.compile(r"[^0-9]+")
_MOBILE = re.compile(r"(?:0086|86|0)?(1[3-9]\d{9})")
# Without the code of the place, which people leave out at home.
_LANDLINE = re.compile(r"(?:(?:(?:0086|86)0?|0)(?:10|2\d|[3-9]\d{2}))?([2-8]\d{6,7})")
_SERVICE = re.compile(r"[48]00\d{7}")
_BEFORE = re.compile(
    r"^(?:我?(?:的|们)?)?(?:老板|包工头|房东|老公|丈夫|前夫|男朋友|老婆|妻子|前妻|邻居|同事|被告|原告|对方)"
)
_AFTER = re.compile(
    r"(?:先生|女士|小姐|同志|老师|师傅|老板|经理|总经理|董事长|律师|医生|主任|书记|村长|组长|队长|科长|局长|所长|站长"
    r"|大哥|大姐|大爷|大妈|叔叔|阿姨|本人)$"
)
_COMPANY = re.compile(r"(?:集团)?(?:有限责任|股份有限|有限)公司$")
_SHORTEST_NAME = 2


def normal_phone(text: str) -> str:
    """The digits by which a number is known; "" for what is no number of somebody's own."""
    digits = _NO_DIGIT.sub("", _EXTENSION.split(clean(text), maxsplit=1)[0])
    found = _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits)
    if found is not None:
        return found[1]
    return digits if _SERVICE.fullmatch(digits) else ""


def normal_name(text: str) -> str:
    """A name without spaces, dots, brackets, titles and what somebody is to the writer; "" where no name is left."""
    name = plain(text)
    while True:
        bare = _COMPANY.sub("公司", _AFTER.sub("", _BEFORE.sub("", name)))
        if bare == name:
            return name if len(name) >= _SHORTEST_NAME and name != "公司" else ""
        name = bare


def phone_hash(seal: Seal, text: str) -> str | None:
    """The keyed hash of a telephone number; None for what is no number of somebody's own."""
    phone = normal_phone(text)
    return seal.hash("phone", phone) if phone else None


def name_hash(seal: Seal, text: str) -> str | None:
    """The keyed hash of a name; None where there is none."""
    name = normal_name(text)
    return seal.hash("name", name) if name else None


def party(seal: Seal, side: str, kind: str, text: str) -> PartyDraft | None:
    """Somebody on one side of a quarrel: `side` is own or other, `kind` name or phone. None where nothing is said."""
    hashed = phone_hash(seal, text) if kind == "phone" else name_hash(seal, text)
    return PartyDraft(side, kind, hashed) if hashed else None
