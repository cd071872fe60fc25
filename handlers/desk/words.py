"""What residents read of the desk: who helps them, what happens to their matter, when it ends."""

from handlers.desk.staff import Staff
from handlers.desk.tools import Tools
from handlers.message import Reply

GIVEN_BACK = "接待您的同事先离开了，您的事已经放回队列，会有别的同事接着办，不用再说一遍。急事请打 12348（免费）。"
TAKEN_BACK = "接待您的同事一直没有回复，对不起。您的事已经放回队列，会有别的同事接着办。急事请打 12348（免费）。"
SOMEBODY = "您好，工作人员来接着办您的事了，接下来在这里回您，前面说过的都看得到。"
ENDED = "这次接待到这里。以后有事直接在这里说，我先答，需要人就发“转人工”。"


def greeting(tools: Tools, staff: Staff) -> Reply:
    """A member of staff introduces themselves; said in their name, so that the bot stays silent."""
    office = f"{staff.unit}公共法律服务工作站" if staff.unit else f"{tools.county.name}公共法律服务中心"
    text = f"您好，我是{office}的{staff.name}，您的事我来接着办，前面说过的我都看得到。"
    return Reply(text, author=staff.name, purpose="staff")
