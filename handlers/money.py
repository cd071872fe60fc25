"""Amounts of money: kept in fen, written in yuan the way people write them."""

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

MOST_FEN = 10**14  # a trillion yuan: what is more was a slip of the finger
_DIGITS = {"零": 0, "〇": 0, "一": 1, "壹": 1, "二": 2, "贰": 2, "两": 2, "三": 3, "叁": 3, "四": 4, "肆": 4}
_DIGITS |= {"五": 5, "伍": 5, "六": 6, "陆": 6, "七": 7, "柒": 7, "八": 8, "捌": 8, "九": 9, "玖": 9}
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_BIG = {"万": 10**4, "萬": 10**4, "w": 10**4, "亿": 10**8, "k": 10**3}
_HAN = "".join((*_DIGITS, *_UNITS))
_AROUND = r"(?:大概|大约|差不多|约|将近|接近|一共|总共|共|就|有|是|还|欠|要|赔|我|他|人民币|rmb|¥|￥|\s)*"
_MONEY = r"(?:元钱|元整|块钱|元|块|圆|rmb)"
_AFTER = r"(?:左右|上下|钱|整|吧|嘛|呢|多点|。|,|\s)*"
_DECIMAL = r"(\d{1,13}(?:,\d{3})*(?:\.\d{1,6})?)"
_ARABIC = re.compile(rf"^{_AROUND}{_DECIMAL}\s*(万|w|亿|k|千|百)?(?:(\d{{1,4}})\s*(千|百)?)?\s*{_MONEY}?{_AFTER}$")
_WRITTEN = re.compile(rf"^{_AROUND}([{_HAN}万亿半点]+){_MONEY}?(?:([{''.join(_DIGITS)}])[角毛])?{_AFTER}$")
_SMALL = {"百": 100, "千": 1000}


def yuan(fen: int) -> str:
    """Fen as yuan with a point, without needless noughts: 3500000 is 35000, 1250 is 12.5."""
    whole, rest = divmod(abs(fen), 100)
    shown = f"{whole}.{rest:02d}".rstrip("0").rstrip(".")
    return f"-{shown}" if fen < 0 else shown


def fen_of(text: str) -> int | None:
    """The amount that the whole text names, in fen; None where it names none, or one beyond all reason."""
    said = unicodedata.normalize("NFKC", text).strip().lower().replace("萬", "万").replace("億", "亿")
    value = _arabic(said)
    if value is None:
        value = _written(said)
    if value is None:
        return None
    fen = int((value * 100).quantize(Decimal(1), ROUND_HALF_UP))
    return fen if 0 <= fen <= MOST_FEN else None


def _arabic(said: str) -> Decimal | None:
    """35000, 35,000.5, 3.5万, 3万5 (35000), 3千5 (3500), 2w."""
    found = _ARABIC.match(said)
    if found is None:
        return None
    number, unit, more, small = found.groups()
    try:
        value = Decimal(number.replace(",", ""))
    except InvalidOperation:
        return None
    scale = (_BIG | _SMALL).get(unit or "", 1)
    if more is None:
        return value * scale
    if unit is None:
        return None
    if small:
        return value * scale + Decimal(more) * _SMALL[small]
    # 3万5 is 35000: what follows without a unit counts the next smaller one; 3万5000 is as it stands.
    return value * scale + (Decimal(more) * (scale // 10) if len(more) == 1 else Decimal(more))


def _written(said: str) -> Decimal | None:
    """三万五, 三千, 一万二千三百, 五十, 万把 is none."""
    found = _WRITTEN.match(said)
    if found is None:
        return None
    whole = han_number(found[1])
    return None if whole is None else whole + Decimal(_DIGITS[found[2]]) / 10 if found[2] else whole


def han_number(text: str) -> Decimal | None:
    """A number in Chinese characters, 三万五 as people say it (35000), 三点五万, 一万半; None where it is none."""
    if not text or any(char not in _DIGITS and char not in _UNITS and char not in "万亿半点" for char in text):
        return None
    whole = Decimal(0)
    rest, scale_before = text, None
    for unit, scale in (("亿", 10**8), ("万", 10**4)):
        if unit not in rest:
            continue
        head, _, rest = rest.partition(unit)
        counted = _below_ten_thousand(head)
        if counted is None or unit in rest:
            return None
        whole += counted * scale
        scale_before = scale
    tail = _tail(rest, scale_before)
    return None if tail is None else whole + tail


def _tail(rest: str, scale_before: int | None) -> Decimal | None:
    """What follows the last 万: 三万五 counts thousands, 三万零五 does not."""
    if not rest:
        return Decimal(0) if scale_before is not None else None
    if scale_before is not None:
        if rest == "半":
            return Decimal(scale_before) / 2
        if len(rest) == 1 and rest in _DIGITS:
            return Decimal(_DIGITS[rest]) * (scale_before // 10)
    return _below_ten_thousand(rest)


def _below_ten_thousand(text: str) -> Decimal | None:
    if "点" in text:
        head, _, fraction = text.partition("点")
        whole = _below_ten_thousand(head)
        if whole is None or not fraction or any(char not in _DIGITS for char in fraction):
            return None
        return whole + Decimal("0." + "".join(str(_DIGITS[char]) for char in fraction))
    if text == "半":
        return Decimal("0.5")
    if len(text) > 1:
        text = text.removeprefix("零").removeprefix("〇")
    if len(text) > 1 and all(char in _DIGITS for char in text):
        # 一二三 is read out digit by digit; 两三 means two or three, which is no amount.
        return Decimal("".join(str(_DIGITS[char]) for char in text)) if len(text) > 2 else None  # noqa: PLR2004
    return _counted(text)


def _counted(text: str) -> Decimal | None:
    """一千二百三十, 一千二 (1200), 十五, 一百零五."""
    total, digit, last = 0, None, None
    for char in text:
        if char in _UNITS:
            unit = _UNITS[char]
            if last is not None and unit >= last:
                return None
            total += (1 if digit is None else digit) * unit
            digit, last = None, unit
        elif char in _DIGITS:
            if digit not in (None, 0):
                return None
            digit = _DIGITS[char]
        else:
            return None
    if digit is None:
        return Decimal(total) if text else None
    plain_after_unit = last is not None and last >= 100 and text[-2] in _UNITS  # noqa: PLR2004 - 一百五 is 150
    return Decimal(total + digit * (last // 10 if plain_after_unit and last is not None else 1))
