"""The kinds of cases, with the ledger's own columns of each (LEDGER.md) and the results they may end with."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from handlers.money import fen_of, yuan

YES_NO = ("是", "否")
_LONGEST = 200
# DOMAIN 3.2: 调解纠纷类型.
DISPUTES = (
    "婚姻家庭",
    "邻里",
    "房屋宅基地",
    "合同",
    "生产经营",
    "损害赔偿",
    "山林土地",
    "征地拆迁",
    "环境",
    "劳动争议",
    "道路交通",
    "物业",
    "医疗",
    "电子商务/消费",
    "其他",
)
_CHECKED = ("属实", "部分属实", "不属实", "无法查实")


class BadValue(ValueError):
    """A value that its column does not take; the text tells staff what is wanted."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the ledger. `type` is text, word (one of `words`), yes_no, yuan or day.

    What is kept in `cases.details`: the text, the word, 是 or 否, whole fen as a number, or YYYY-MM-DD.
    """

    header: str
    type: str = "text"
    words: tuple[str, ...] = ()

    def read(self, given: str) -> str | int:
        """What is kept of what was typed.

        Raises:
            BadValue: the column does not take it.
        """
        text = " ".join(unicodedata.normalize("NFKC", given).split()) if self.type != "word" else given.strip()
        words = self.words or (YES_NO if self.type == "yes_no" else ())
        if words and text not in words:
            raise BadValue(f"“{self.header}”只能填：{'、'.join(words)}")
        if self.type == "yuan":
            return self._fen(text)
        if self.type == "day":
            return self._day(text)
        if len(text) > _LONGEST:
            raise BadValue(f"“{self.header}”太长了，最多 {_LONGEST} 个字")
        return text

    def shown(self, kept: object) -> str:
        """What was kept, as the ledger and the pages show it; "" where nothing was."""
        if kept is None or kept == "":
            return ""
        return yuan(int(str(kept))) if self.type == "yuan" else str(kept)

    def _fen(self, text: str) -> int:
        found = fen_of(text)
        if found is None:
            raise BadValue(f"“{self.header}”要写金额，例如 35000 或 3.5万")
        return found

    def _day(self, text: str) -> str:
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError as error:
            raise BadValue(f"“{self.header}”要写成 2026-03-05 这样的日期") from error


@dataclass(frozen=True, slots=True)
class CaseKind:
    """One kind of case. `at_station`: the township's workstation works on it, else the county centre.

    `guided` is the 处置 that a consultation gets when it led to such a case; `needed` are the columns without which a
    case cannot be closed; `amounts` the columns of the table, recovered and avoided, that have a meaning here.
    """

    id: str
    name: str
    prefix: str
    columns: tuple[Column, ...]
    results: tuple[str, ...]
    at_station: bool = False
    guided: str = ""
    needed: tuple[str, ...] = ()
    amounts: tuple[str, ...] = ()

    def column(self, header: str) -> Column | None:
        """The column of this header; None where the kind has none."""
        return next((column for column in self.columns if column.header == header), None)


AMOUNTS: Mapping[str, str] = {"recovered": "挽回损失元", "avoided": "避免损失元"}

KINDS: Mapping[str, CaseKind] = {
    kind.id: kind
    for kind in (
        CaseKind(
            id="legal_aid",
            name="法律援助申请",
            prefix="FY",
            columns=(
                Column("类别", "word", ("民事", "刑事", "行政")),
                Column("案由"),
                Column("受援人类别"),
            ),
            results=("诉求获支持", "部分支持", "调解和解", "未获支持", "提供咨询代书", "终止援助"),
            guided="引导法援",
            needed=("类别", "案由"),
            amounts=("recovered", "avoided"),
        ),
        CaseKind(
            id="mediation",
            name="人民调解申请",
            prefix="TJ",
            columns=(
                Column("纠纷类型", "word", DISPUTES),
                Column("协议金额元", "yuan"),
                Column("联动", "word", ("一庭两所", "6+X", "无")),
                Column("重大", "yes_no"),
                Column("项目"),
            ),
            results=("成功", "不成", "终止"),
            at_station=True,
            guided="引导调解",
            needed=("纠纷类型",),
        ),
        CaseKind(
            id="appeal",
            name="群众诉求",
            prefix="SQ",
            columns=(
                Column("处置", "word", ("现场答复", "分类交办")),
                Column("提请研究", "yes_no"),
                Column("方面"),
            ),
            results=("已解决", "部分解决", "已解释说明", "诉求不成立", "暂无法解决"),
            at_station=True,
            needed=("处置",),
        ),
        CaseKind(
            id="reconsideration",
            name="行政复议申请",
            prefix="XF",
            columns=(
                Column("被申请人"),
                Column("领域"),
                Column("程序", "word", ("普通", "简易")),
                Column("延期", "yes_no"),
            ),
            results=(
                "终止",
                "维持",
                "撤销并责令重作",
                "变更",
                "确认违法",
                "确认无效",
                "责令履行",
                "驳回申请",
                "驳回请求",
                "调解",
            ),
            guided="引导复议",
            needed=("被申请人",),
        ),
        CaseKind(
            id="notarization",
            name="公证预约",
            prefix="GZ",
            columns=(Column("事项"), Column("一次办结", "yes_no")),
            results=("已出公证书", "不予办理", "终止办理"),
            guided="引导公证",
            needed=("事项", "一次办结"),
        ),
        CaseKind(
            id="complaint_enforcement",
            name="行政执法投诉",
            prefix="TS",
            columns=(Column("被投诉单位"),),
            results=_CHECKED,
            needed=("被投诉单位",),
        ),
        CaseKind(
            id="complaint_lawyer",
            name="律师服务投诉",
            prefix="TL",
            columns=(Column("律师事务所"),),
            results=_CHECKED,
        ),
        CaseKind(
            id="visit",
            name="上门服务",
            prefix="SM",
            columns=(Column("服务内容"),),
            results=("已上门办结", "改为电话或线上办结", "未能上门"),
            at_station=True,
        ),
    )
}
_HEAD = rf"(?<![A-Z0-9])({'|'.join(kind.prefix for kind in KINDS.values())})[-_ ]*(20\d{{2}})[-_ ]*"
_NUMBERS = (
    re.compile(_HEAD + r"([A-Z0-9]{1,8})[-_ ]+(D?)(\d{1,12})(?!\d)"),
    re.compile(_HEAD + r"([A-Z]{1,8}?)(D?)(\d{1,12})(?!\d)"),  # without its lines
)


def case_number(kind: str, at: datetime, org: str, serial: int, zone: tzinfo) -> str:
    """The number of a case that a resident submitted: it follows from the confirming message's inbox id."""
    return f"{KINDS[kind].prefix}{at.astimezone(zone).year}-{org}-{serial:06d}"


def number_in(text: str) -> str:
    """The case number that a text holds, as it is kept, however it was typed; "" if it holds none."""
    words = unicodedata.normalize("NFKC", text).upper().replace("—", "-").replace("–", "-")
    found = next((hit for pattern in _NUMBERS for hit in [pattern.search(words)] if hit), None)
    if found is None:
        return ""
    prefix, year, org, desk, digits = found.groups()
    return f"{prefix}{year}-{org}-{desk}{digits.zfill(6)}"
