"""备注, 常用语 and 帮助: what helps to answer."""

from handlers.desk.canned import fill, phone_of
from handlers.desk.chat.at_work import AtWork, name_of
from handlers.desk.chat.talking import talk
from handlers.desk.notes import note
from handlers.desk.refused import Refused
from handlers.message import Button
from handlers.turn import Outcome
from storage import canned
from storage.canned import Canned
from storage.desk_views import Reception

CANNED = "desk:canned:"
SEND = "desk:send:"
_SHOWN = 9
_HELP = (
    "待接：看谁在等，点一下就接\n"
    "我的接待：看手上有谁；看 编号：换一位\n"
    "接了以后，您打的字都发给正在聊的那位；图片、语音不转\n"
    "结束：选处置结果，办结并请对方评价\n"
    "放回：放回队列；转给 姓名：转给同事\n"
    "备注 文字：内部备注，对方看不到\n"
    "常用语：选一条发给对方\n"
    "说 文字：原样发给对方（要发的话正好是上面的词时用）"
)


def show(at: AtWork) -> Outcome:
    """What can be done here."""
    return at.answer(_HELP, title=f"{at.staff.name}，您可以发")


async def write_note(at: AtWork, one: Reception, text: str) -> Outcome:
    """For colleagues; the resident never sees it."""
    if not text:
        return at.answer("备注要写内容：备注 对方下周一上午来窗口")
    refused = await note(at.tools, at.staff, one.conversation.id, text)
    return at.answer(
        f"没有记下：{refused.words}" if isinstance(refused, Refused) else f"备注记在 {name_of(one)} 上了。"
    )


async def choose(at: AtWork, words: str) -> Outcome:
    """The answers at hand, those with the words in them if any are given."""
    found = await at.tools.database.read(lambda c: canned.of_unit(c, at.staff.unit))
    if not found:
        return at.answer("还没有常用语。主管和内容员可以在工作台的“常用语”里加。")
    fitting = [one for one in found if words in one.title or words in one.body]
    if not fitting:
        return at.answer(f"没有带“{words}”的常用语。发“常用语”看全部。")
    rest = f"还有 {len(fitting) - _SHOWN} 条，发“常用语 关键词”找。" if len(fitting) > _SHOWN else ""
    buttons = (Button(one.title, f"{CANNED}{one.id}") for one in fitting[:_SHOWN])
    return at.answer(f"选一条，先给您看，再发。{rest}", *buttons)


async def preview(at: AtWork, payload: str) -> Outcome:
    """The answer as the resident would read it, to be sent by one more tap."""
    one = await _read(at, payload.removeprefix(CANNED))
    if one is None or at.focus is None:
        return at.answer(_why_not(at))
    send = Button("发给对方", f"{SEND}{at.focus.conversation.id}:{one.id}")
    return at.answer(await _filled(at, one, at.focus), send, title=f"给 {name_of(at.focus)}：")


async def send(at: AtWork, payload: str) -> Outcome:
    """Send it, if the one whom it was filled in for is still the one in focus."""
    conversation_id, _, number = payload.removeprefix(SEND).partition(":")
    one = await _read(at, number)
    if one is None or at.focus is None or str(at.focus.conversation.id) != conversation_id:
        return at.answer(_why_not(at))
    return await talk(at, await _filled(at, one, at.focus))


async def _read(at: AtWork, number: str) -> Canned | None:
    if not (number.isascii() and number.isdigit() and len(number) < 19):  # noqa: PLR2004 - a 64-bit id
        return None
    return await at.tools.database.read(lambda c: canned.read(c, int(number)))


async def _filled(at: AtWork, one: Canned, to: Reception) -> str:
    today = at.turn.now.astimezone(at.turn.office.hours.zone).date()
    phone = await at.tools.database.read(lambda c: phone_of(c, at.staff.unit, today))
    return fill(one.body, at.tools.county, at.staff, to.handover.number if to.handover else "", phone)


def _why_not(at: AtWork) -> str:
    return "没有发：这一条停用了，或者换了在聊的人。" if at.focus else "没有发：您手上没有在聊的人。"
