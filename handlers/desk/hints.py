"""What the law wants of staff at once, shown beside a matter: report, violence at home, custody, a short time limit.

Pure: from topics, flags and the residents' words to hints. The articles were read in the texts in force; recall comes
before precision, because staff can pass a hint over and a child cannot.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from handlers.safety import HARMED_CHILD, VIOLENCE, tells_of_violence
from knowledge.entry import Citation
from knowledge.normalize import plain

SHORT_DAYS = 7  # 法律援助法 44: 不足七日
_HARM_TO_CHILDREN = HARMED_CHILD | {"minor.school-bullying", "minor.teacher-punish"}
_CUSTODY_TOPICS = frozenset({"crime.family-detained", "crime.bail", "crime.lawyer-criminal"})
_IN_CUSTODY = re.compile(
    r"看守所|拘留所|戒毒所|监狱里|羁押|在押|服刑|(?:被|遭).{0,6}(?:拘留|刑拘|逮捕|抓走|抓了|抓进|抓起来|关进|关起来)"
)
_CHILD = "(?:孩子|娃|小孩|女儿|儿子|孙子|孙女|侄女|侄子|外甥女?|学生|同学|幼儿|婴儿|未成年人?|小女孩|小男孩)"
_AGE = r"(?<!\d)(?:[1-9]|1[0-7])岁"
_HURT = "打|揍|掐|烫|锁|关(?!进|押)|饿|虐待|猥亵|性侵|强奸|摸|侵犯|体罚|欺凌|欺负|卖|拐"
_HARMED_CHILD = re.compile(
    rf"{_CHILD}.{{0,12}}(?:被|遭|挨).{{0,8}}(?:{_HURT})"
    rf"|(?:打骂|毒打|暴打|殴打|虐待|猥亵|性侵|强奸|遗弃|体罚|欺负|饿|拐走?|打|摸|锁|关).{{0,3}}{_CHILD}"
    rf"|{_CHILD}.{{0,12}}(?:身上.{{0,4}}伤|浑身.{{0,4}}伤|没人管|不敢回家|自残|割腕|吃不饱)"
    rf"|逼.{{0,4}}(?:{_CHILD}|我).{{0,4}}(?:嫁|结婚|订婚|要饭|乞讨)"
    rf"|{_AGE}.{{0,20}}(?:打我|摸我|猥亵|性侵|强奸|虐待|锁我|打骂)|(?:打我|摸我|猥亵|性侵|虐待|锁我|打骂).{{0,20}}{_AGE}"
)
_GROWN_UP = re.compile(r"(?:儿子|女儿|他|她|孩子)(?:今年|都|已经)?(?:1[89]|[2-9]\d)岁")
_NUMBER = "(?:最后)?([0-9]{1,2}|十|[一二两三四五六七八九])"
_LIMIT = "到期|过期|截止|期限|时效|期满|上诉期|起诉期|仲裁期"
_LEFT = "(还有|只有|只剩|剩下|剩|不到|不足)"
_DAYS_LEFT = (
    re.compile(rf"{_LEFT}{_NUMBER}天.{{0,8}}(?:{_LIMIT})"),
    re.compile(rf"(?:{_LIMIT}).{{0,8}}{_LEFT}{_NUMBER}天"),
)
_NOW_OR_NEVER = re.compile(rf"(?:今天|明天|后天|最后一天|这两天).{{0,8}}(?:{_LIMIT})")
_CHINESE = {word: number for number, word in enumerate("一二三四五六七八九十", 1)} | {"两": 2}


@dataclass(frozen=True, slots=True)
class Hint:
    """`kind` is report, violence, custody or deadline; `lines` say what to do, in its order; `cites` on what ground."""

    kind: str
    title: str
    lines: tuple[str, ...]
    cites: tuple[Citation, ...]


REPORT = Hint(
    kind="report",
    title="强制报告：疑似有未成年人受侵害",
    lines=(
        "发现受侵害、疑似受侵害或面临危险，应当立即报告，不用先核实，也不用先征得家长同意。",
        "打 110 报公安，再报县民政局；和学校有关的，同时报教育部门。紧急的先救人：110、120。",
        "在内部备注里记：几点几分、向谁报的（单位、接报人）、报了什么、对方怎么答复。",
        "不得透露孩子的姓名、照片、住址、学校和别的能认出他的信息；备注里只写“孩子”或化名，不在群里说。",
        "不反复追问孩子经过，不找对方对质，不劝私了。不报告造成严重后果的，要给处分。",
    ),
    cites=(Citation(law="未成年人保护法", article=(11, 103, 117), edition=date(2024, 4, 26)),),
)
VIOLENCE_AT_HOME = Hint(
    kind="violence",
    title="家庭暴力：先保安全，再说办法",
    lines=(
        "还在危险中：请对方打 110，受伤打 120；不方便说话的，问能不能替其报警。尊重本人意愿，保护隐私。",
        "只在本人说方便的时候联系；不往可能被别人看到的号码打电话、发短信。已开安全模式，不会自动发消息。",
        "情节较轻、不给治安处罚的，可以请派出所出告诫书；告诫书、出警记录、伤情材料都是证据。",
        "可以向基层法院申请人身安全保护令，写有困难可以口头说；受理后 72 小时内、紧急的 24 小时内作出。",
        "本人因强制、威吓申请不了保护令的，近亲属、公安、妇联、村（居）委会、救助管理机构可以代为申请。",
        "没地方住：问县里的临时庇护场所、救助管理机构。",
        "申请法律援助不看经济困难。正在发生或情节严重的，不能用调解代替报警和保护。",
    ),
    cites=(
        Citation(law="反家庭暴力法", article=(5, 13, 16, 18, 20, 23, 24, 25, 28), edition=date(2015, 12, 27)),
        Citation(law="法律援助法", article=(32,), edition=date(2021, 8, 20)),
    ),
)
CUSTODY = Hint(
    kind="custody",
    title="人在羁押：申请 24 小时内要转到法律援助机构",
    lines=(
        "本人可以向办案机关、看守所等监管场所或值班律师提出，它们应当在 24 小时内转交法律援助机构。",
        "法定代理人、近亲属可以代为申请；向办案机关所在地的法律援助机构提，不一定是本县。",
        "没有委托辩护人的未成年人、残疾人（视力、听力、言语）、可能判无期或死刑的人等，由办案机关通知指派律师。",
        "我们收到的申请当天送审，记下收到的时间和转来的单位。",
    ),
    cites=(Citation(law="法律援助法", article=(25, 38, 39, 40), edition=date(2021, 8, 20)),),
)
DEADLINE = Hint(
    kind="deadline",
    title="期限不足 7 日：可以先行提供法律援助",
    lines=(
        "离法定时效或期限届满不足七日，要及时起诉、申请仲裁或行政复议的，法律援助机构可以决定先行提供。",
        "需要马上申请财产保全、证据保全或先予执行的，也可以。",
        "先问清期限到哪一天、收到文书是哪一天，马上报主管；手续和材料由受援人事后及时补。",
    ),
    cites=(Citation(law="法律援助法", article=(44,), edition=date(2021, 8, 20)),),
)


def hints(
    topics: Iterable[str], *, minor: bool = False, texts: Iterable[str] = (), days_left: int | None = None
) -> tuple[Hint, ...]:
    """The hints for a matter, the most pressing first.

    `topics` are those of its records and of the case; `minor` that a minor is concerned; `texts` what the resident
    wrote; `days_left` until a time limit that staff know of.
    """
    known, words = frozenset(topics), [plain(text) for text in texts]
    found = []
    if _child_is_harmed(known, minor, words):
        found.append(REPORT)
    if known & VIOLENCE or any(tells_of_violence(text) for text in words):
        found.append(VIOLENCE_AT_HOME)
    if known & _CUSTODY_TOPICS or any(_IN_CUSTODY.search(text) for text in words):
        found.append(CUSTODY)
    if _is_short(days_left) or any(_is_short(_days(text)) for text in words):
        found.append(DEADLINE)
    return tuple(found)


def _child_is_harmed(topics: frozenset[str], minor: bool, words: list[str]) -> bool:
    if topics & _HARM_TO_CHILDREN or any(_names_harm(text) for text in words):
        return True
    return minor and (bool(topics & VIOLENCE) or any(tells_of_violence(text) for text in words))


def _names_harm(text: str) -> bool:
    return bool(_HARMED_CHILD.search(text)) and not _GROWN_UP.search(text)


def _is_short(days: int | None) -> bool:
    return days is not None and days < SHORT_DAYS


def _days(text: str) -> int | None:
    """The days until a time limit that the words name; None where they name none."""
    if _NOW_OR_NEVER.search(text):
        return 0
    for pattern in _DAYS_LEFT:
        found = pattern.search(text)
        if found is not None:
            days = int(found[2]) if found[2].isdigit() else _CHINESE[found[2]]
            return days - 1 if found[1] in ("不到", "不足") else days
    return None
