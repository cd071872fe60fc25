"""What a resident answers, step by step, in each form."""

from handlers.intake.draft import Draft
from tests.intake_tools import Chat

STORY = "去年三月我在龙潭工地干活，老板还欠我三万五工钱，一直拖着"
REACHED = ("同意", "张三", "13812345678")
# What a resident answers, step by step, for each kind of case.
ANSWERS = {
    "legal_aid": ("1", STORY, "本县", "农民工", "某某建筑公司", "龙潭镇", *REACHED),
    "mediation": ("邻里", STORY, "李四", "三万五", "没有", "龙潭镇", *REACHED),
    "appeal": ("我们村口的路灯坏了两个月没人修", "跳过", "龙潭镇", *REACHED),
    "reconsideration": ("某某县公安局", "行政处罚", "上周三", STORY, *REACHED),
    "notarization": ("遗嘱", "国内", "下周三", *REACHED),
    "complaint_enforcement": ("某某镇综合执法队", "昨天", STORY, "龙潭镇", *REACHED),
    "complaint_lawyer": ("某某律师事务所", "王律师", STORY, *REACHED),
    "visit": ("公证", "想立个遗嘱，不晓得怎么写", "龙潭镇", *REACHED, "龙潭镇某某村3组12号"),
}
BEGUN = "我要申请法律援助"


def confirm(chat: Chat) -> str:
    """What the button of the summary carries."""
    assert chat.outcome is not None
    draft = Draft.of(chat.outcome.dialog)
    assert draft is not None
    return f"form:confirm:{draft.id}"
