"""What the form says of an answer: whether legal aid covers such a matter, what has to be proved, where to apply.

Screening, never a promise: the articles are named, and who decides (法律援助法 31, 32, 38, 41, 42, 行政复议法 20).
"""

from collections.abc import Mapping
from datetime import date, timedelta

from handlers.intake import dates
from handlers.intake.shared_steps import NO
from handlers.intake.steps import Answers
from handlers.safety import tells_of_violence

VIOLENCE = 4  # the choice 家暴、虐待、遗弃
CRIME = 5
WAGES, INJURY = 0, 1
MIGRANT, ELDERLY, DISABLED, MINOR, ON_RELIEF, HONOURED = range(6)
_SOON = timedelta(days=7)
_SIXTY = timedelta(days=60)
_MATTER: Mapping[int, str] = {
    WAGES: "这类事在法律援助范围里（法律援助法第31条第5项），批不批由法律援助机构审查。",
    INJURY: "这类人身损害在法律援助范围里（法律援助法第31条第7项），批不批由法律援助机构审查。",
    2: "这类事在法律援助范围里（法律援助法第31条第4项），批不批由法律援助机构审查。",
    3: "这类事在法律援助范围里（法律援助法第31条第2、3项），批不批由法律援助机构审查。",
    VIOLENCE: "遭受家暴、虐待、遗弃的受害人申请，不看经济条件（法律援助法第32条第4项），批不批由法律援助机构审查。",
    CRIME: "刑事案件也可以申请；未成年人、残疾人等几种情形由办案机关通知指派（法律援助法第24、25条）。",
    6: "这件事在不在法律援助范围里（法律援助法第31条），由法律援助机构审查，先把情况写清楚。",
}
_EXEMPT: Mapping[int, str] = {
    ON_RELIEF: "救助对象不用再核查经济困难（法律援助法第42条第2项），到时带上证明。",
    HONOURED: "优抚对象不用再核查经济困难（法律援助法第42条第2项），到时带上证明。",
    ELDERLY: "没有固定生活来源的老年人，不用再核查经济困难（法律援助法第42条第1项）。",
    DISABLED: "没有固定生活来源的残疾人，不用再核查经济困难（法律援助法第42条第1项）。",
    MINOR: "没有固定生活来源的未成年人，不用再核查经济困难（法律援助法第42条第1项）。",
}
_MIGRANT = "进城务工人员讨工钱、要工伤赔偿，不用再核查经济困难（法律援助法第42条第3项）。"
_CHECKED = "经济困难可以写个人诚信承诺，不用村里开证明（法律援助法第41条）。"
_ELSEWHERE = (
    "打官司的事向办案机关所在地的法律援助机构申请（法律援助法第38条）。先登记，工作人员会告诉您该找哪里、能不能帮您转。"
)
_NOT_BY_MEDIATION_ALONE = "有人打人、家暴的，先报警（110），还能申请人身安全保护令；调解代替不了这些。"
_RULE = "一般要在知道决定起 60 日内申请（行政复议法第20条）"
_OTHERS_DECIDE = "法院或别的机关已经受理、处理过的，调解组织一般不再受理。先登记，工作人员看了再说。"


def remark(kind: str, key: str, answers: Answers, today: date) -> str:
    """What is to be said after this answer, before the next question; "" where nothing is."""
    value = answers.get(key, "")
    if kind == "legal_aid":
        return _of_legal_aid(key, answers)
    if kind == "mediation" and key == "already" and value and value != NO:
        return _OTHERS_DECIDE
    if kind == "mediation" and key == "story" and tells_of_violence(value):
        return _NOT_BY_MEDIATION_ALONE
    if kind == "reconsideration" and key == "known" and value:
        return _time_left(value, today)
    return ""


def is_pressing(kind: str, answers: Answers, today: date) -> bool:
    """Whether the time to apply may be over within a week."""
    known = answers.get("known", "")
    if kind != "reconsideration" or not known:
        return False
    return dates.first_day(known) + _SIXTY - today <= _SOON


def _of_legal_aid(key: str, answers: Answers) -> str:
    if key == "matter":
        return _MATTER[int(answers[key])]
    if key == "where":
        return _ELSEWHERE if answers[key] == "1" else ""
    if key != "client" or answers.get("matter") == str(VIOLENCE):
        return ""
    client, matter = int(answers[key]), answers.get("matter", "")
    if client == MIGRANT:
        return _MIGRANT if matter in (str(WAGES), str(INJURY)) else _CHECKED
    return _EXEMPT.get(client, _CHECKED)


def _time_left(known: str, today: date) -> str:
    last = dates.first_day(known) + _SIXTY
    if last < today:
        return f"{_RULE}，看起来可能过了；有正当理由的可以说明，先登记，由复议机关审查。"
    told = f"{_RULE}，最早算到 {last.month}月{last.day}日。"
    return f"{told}时间很紧，登记后请马上打 12348 或到县司法局。" if last - today <= _SOON else told
