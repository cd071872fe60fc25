"""How a form begins: by a button, or by somebody who says in the first person that they want to apply.

A question about it, 怎么申请法律援助, is answered as a question; under the answer stands the button.
"""

import re
from collections.abc import Mapping

from handlers.intake.forms import FORMS
from handlers.message import Button, Message
from knowledge.normalize import plain

_PAYLOAD = "intake:"
_LABEL = "在线登记"
# What is asked, not wanted: it stays a question.
_ASKS = re.compile(
    r"怎么|怎样|咋|啷|如何|哪|什么|啥|多少|好多|多久|几天|条件|材料|流程|要钱|收费|吗|呢|么$|能不能|可不可以|可以不|行不行|是不是"
    r"|要不要|会不会|得不得|够不够"
)
_I = r"^(?:我|俺|帮我|给我|替我)(?:就是|现在|今天|真的|还是)?(?:想要|想|要|需要|来)?(?:在线|网上|在网上|在这里)?"
_GENTLY = r"(?:一下|一个|个|下)?"
_END = r"(?:一下|嘛|吧|哈|谢谢)?$"
_WORDS: Mapping[str, re.Pattern[str]] = {
    "legal_aid": re.compile(rf"{_I}(?:申请|办理|办|登记|请求){_GENTLY}(?:法律援助|法援){_END}"),
    "mediation": re.compile(
        rf"{_I}(?:申请|请求|请人|请你们|找人){{0,2}}{_GENTLY}(?:人民)?调解{_GENTLY}(?:纠纷|矛盾)?{_END}"
    ),
    "appeal": re.compile(rf"{_I}(?:反映|提|提出|登记){_GENTLY}(?:群众)?(?:问题|情况|诉求|意见){_END}"),
    "reconsideration": re.compile(rf"{_I}(?:申请|提|提出|办){_GENTLY}(?:行政)?复议{_END}"),
    "notarization": re.compile(rf"{_I}(?:预约|办理|办|做|申请){_GENTLY}(?:公证|公证书){_END}"),
    "complaint_enforcement": re.compile(
        rf"{_I}(?:投诉|举报){_GENTLY}(?:行政)?(?:乱|违法)?执法(?:人员|单位|部门|队|的人)?(?:乱来)?{_END}"
    ),
    "complaint_lawyer": re.compile(rf"{_I}(?:投诉|举报){_GENTLY}(?:律师|律师事务所|律所|法律服务所){_END}"),
    "visit": re.compile(
        rf"{_I}(?:申请|预约|请你们|请工作人员|请人|你们|工作人员)?{_GENTLY}上门(?:服务|办理|办|来)?{_END}"
    ),
}
# Topics of the knowledge whose answer leads to a form.
_TOPICS: Mapping[str, str] = {
    "service.legalaid-conditions": "legal_aid",
    "service.legalaid-materials": "legal_aid",
    "service.legalaid-where": "legal_aid",
    "service.legalaid-time": "legal_aid",
    "service.legalaid-fee": "legal_aid",
    "service.legalaid-exempt": "legal_aid",
    "service.mediation-apply": "mediation",
    "service.mediation-scope": "mediation",
    "service.mediation-center": "mediation",
    "service.youshu-jiban": "appeal",
    "service.notary-how": "notarization",
    "service.notary-online": "notarization",
    "service.notary-will": "notarization",
    "service.notary-inherit": "notarization",
    "service.notary-entrust": "notarization",
    "service.notary-abroad": "notarization",
    "service.complain-lawyer": "complaint_lawyer",
    "service.barrier-free": "visit",
    "admin.reconsider-apply": "reconsideration",
    "admin.reconsider-first": "reconsideration",
    "admin.penalty-unhappy": "reconsideration",
    "admin.officer-id": "complaint_enforcement",
}


def payload_of(kind: str) -> str:
    """What the button of a form carries; the web takes no underscores."""
    return _PAYLOAD + kind.replace("_", "-")


def kind_of(written: str) -> str:
    """The kind as a payload writes it; "" where there is no such form."""
    kind = written.replace("-", "_")
    return kind if kind in FORMS else ""


def button_for(topic: str) -> Button | None:
    """在线登记 under the answer of this topic; None where no form fits it."""
    kind = _TOPICS.get(topic)
    return Button(_LABEL, payload_of(kind)) if kind is not None else None


def wanted(message: Message) -> str:
    """The kind of the form that a tap or the words ask for; "" where they ask for none."""
    if message.payload.startswith(_PAYLOAD):
        return kind_of(message.payload.removeprefix(_PAYLOAD))
    if message.payload or not message.text:
        return ""
    words = plain(message.text)
    if _ASKS.search(words):
        return ""
    return next((kind for kind, pattern in _WORDS.items() if pattern.match(words)), "")
