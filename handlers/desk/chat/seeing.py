"""看 and 我的接待: what is in hand, and choosing whom the next words go to."""

from handlers.desk.chat.at_work import AtWork, name_of
from handlers.desk.chat.taking import begin
from handlers.desk.neutral import visit
from handlers.message import Button
from handlers.turn import Outcome
from storage import desk
from storage.desk_views import Reception

SEE = "desk:see:"
_SHOWN = 8
_PLACES = {"console": "工作台", "wecom_app": "企业微信", "telegram": "Telegram", desk.IN_CLIENT: "微信客服"}


async def mine(at: AtWork) -> Outcome:
    """All that is in hand; a tap chooses one."""
    held = (*at.hand, *at.others)
    if not held:
        return at.answer("您手上现在没有人。发“待接”看等着的。")
    lines = [_line(at, one) for one in held[:_SHOWN]]
    buttons = (switch(one) for one in held[:_SHOWN] if one is not at.focus)
    return at.answer("\n".join(lines), *buttons, title=f"您手上 {len(held)} 位")


async def see(at: AtWork, about: str) -> Outcome:
    """Choose by number, of which the end is enough, or by the payload of a tap."""
    held = (*at.hand, *at.others)
    found = [one for one in held if _is(one, about)]
    if not found:
        return at.answer(f"您手上没有 {about}。发“我的接待”看手上的，发“待接”看等着的。")
    if len(found) > 1:
        return at.answer("有几位都对得上，选一位：", *map(switch, found))
    one = found[0]
    taken = await begin(at.tools, at.staff, at.turn.message.channel, one.conversation.id, one.handover)
    return at.taken(taken)


def switch(one: Reception) -> Button:
    """The choice of a reception."""
    return Button(f"看 {name_of(one)}", f"{SEE}{one.conversation.id}")


def _is(one: Reception, about: str) -> bool:
    if about.startswith(SEE):
        return about == f"{SEE}{one.conversation.id}"
    names = [name_of(one), visit(one.conversation.id).split()[-1]]
    return any(name.lower().endswith(about.lower()) for name in names)


def _line(at: AtWork, one: Reception) -> str:
    marks = ["正在聊"] if one is at.focus else []
    if one in at.others:
        marks.append(f"在{_PLACES.get(one.conversation.holder_via or '', '别处')}接待")
    if one.awaits_answer:
        marks.append("等您回")
    place = one.conversation.township or "乡镇不详"
    return f"{name_of(one)} {place}" + (f"（{'，'.join(marks)}）" if marks else "")
