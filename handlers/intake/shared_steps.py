"""The steps that forms share: where one lives; how one can be reached, asked last and only with consent."""

from handlers.intake.answers import Choice
from handlers.intake.steps import Answers, Circumstances, Step, Wants

AGREED, DECLINED = "agreed", "declined"
YES, NO = "yes", "no"
UNDER_AGE = "未成年人"
CALL_AT_TIMES = 1  # the number of that answer
_MINORS_CHOICE = "3"


def agreed(answers: Answers, _: Circumstances) -> bool:
    return answers.get("consent") == AGREED


def is_minor(answers: Answers, _: Circumstances) -> bool:
    return answers.get("client") == _MINORS_CHOICE


def is_under_14(answers: Answers) -> bool:
    """Whether the applicant said to be younger than fourteen: only a guardian may agree then."""
    return answers.get("client") == _MINORS_CHOICE and answers.get("age") == NO


def _safe_and_agreed(answers: Answers, around: Circumstances) -> bool:
    return around.safe_mode and agreed(answers, around)


def _at_times(answers: Answers, around: Circumstances) -> bool:
    return _safe_and_agreed(answers, around) and answers.get("safe") == str(CALL_AT_TIMES)


STORY = "用几句话说说经过：谁、什么时候、出了什么事、您想要什么结果。身份证号不用写。"
STORY_EXAMPLE = "比如：去年三月到十月我在龙潭一个工地干活，老板还欠我工钱，打电话不接，想把钱要回来。"

TOWNSHIP = Step(
    "township",
    "乡镇街道",
    "您在哪个乡镇、街道？",
    Wants.TOWNSHIP,
    "直接写名字，比如“龙潭镇”；在外地的写“外地”，不想说写“不清楚”。",
)
CONTACT = (
    Step("consent", "同意", "", Wants.CONSENT, "同意就发“同意”，不同意就发“不同意”。"),
    Step("name", "姓名", "您叫什么名字？", Wants.NAME, "只写姓名，比如“张三”。", when=agreed),
    Step(
        "phone",
        "电话",
        "您的电话号码是多少？",
        Wants.PHONE,
        "手机号是 11 位，比如 13800000000；座机带上区号，比如 023-70000000。",
        when=agreed,
    ),
)
SAFE_CALL = (
    Step(
        "safe",
        "能不能打电话",
        "打您这个电话安全吗？会不会被别人接到、看到？",
        Wants.CHOICE,
        choices=(
            Choice("可以打", "^(可以|能|安全|随时)"),
            Choice("只能在我说的时间打", "时间|有时|白天|晚上|上午|下午"),
            Choice("不要打，我自己来查", "不要|不能|别打|不安全|不行"),
        ),
        when=_safe_and_agreed,
    ),
    Step(
        "safetime",
        "什么时候、怎么打",
        "什么时候打安全？接电话的不是您，工作人员该怎么说？",
        Wants.TEXT,
        "比如：工作日上午打，就说是村里通知开会。",
        when=_at_times,
    ),
)
REACHED = (*CONTACT, *SAFE_CALL)
