"""结束, 放回, 转给: the one in focus leaves the hand."""

from handlers.desk.accounts import staff_of
from handlers.desk.chat.at_work import UNDECIDED, AtWork, name_of
from handlers.desk.chat.lately import answers_of
from handlers.desk.chat.talking import left_in_hand
from handlers.desk.claim import give_back, hand_on
from handlers.desk.close import Closing, close
from handlers.desk.refused import Refused
from handlers.desk.staff import Permission, Staff
from handlers.message import Button
from handlers.turn import Outcome
from storage import accounts
from storage.desk_views import Reception

END = "desk:end:"
GIVE = "desk:give:"
# 处置 as few as fit under a thumb; the others are chosen in the console.
_OUTCOMES = ("当场答复", "引导法援", "引导调解", "引导公证", "引导仲裁", "引导复议", "引导诉讼", "转12345", "其他")
_SHOWN = 8


def ask_outcome(at: AtWork, one: Reception) -> Outcome:
    """What came of it? Only after the answer it is over."""
    buttons = (Button(word, f"{END}{one.conversation.id}:{n}") for n, word in enumerate(_OUTCOMES))
    return at.answer(
        "选一个处置结果，选了就办结，并请对方评价。先不结束的，接着打字就行。", *buttons, title=f"结束 {name_of(one)}"
    )


async def end(at: AtWork, payload: str) -> Outcome:
    """The outcome was chosen: close it. What they said last stands in the record as the answer."""
    one, choice = _tapped(at, payload.removeprefix(END))
    if one is None or choice is None or choice >= len(_OUTCOMES):
        return at.answer("这一件已经不在您手上了，可能结束过了。")
    since, name = one.held_at, at.staff.name
    said = await at.tools.database.read(lambda c: answers_of(c, one.conversation, since, name))
    outcome = _OUTCOMES[choice]
    closed = await close(at.tools, at.staff, one.conversation.id, Closing(outcome, answer=said))
    if isinstance(closed, Refused):
        return at.answer(f"没有结束：{closed.words}")
    return _without(at, one, f"{name_of(one)} 办结了：{outcome}，咨询编号 {closed.number}。")


async def back(at: AtWork, one: Reception) -> Outcome:
    """Into the queue again."""
    given = await give_back(at.tools, at.staff, one.conversation.id)
    if isinstance(given, Refused):
        return at.answer(f"没有放回：{given.words}")
    return _without(at, one, f"{name_of(one)} 放回队列了，已经告诉对方会有别的同事接着办。")


async def hand_over(at: AtWork, one: Reception, name: str) -> Outcome:
    """To the colleague of this name; several of one name are shown to choose from."""
    able = await _colleagues(at, one)
    exact = [other for other in able if other.name == name]
    found = exact or [other for other in able if name and name in other.name]
    if len(found) == 1:
        return await _give(at, one, found[0])
    shown = found or able
    buttons = (Button(_called(other, shown), f"{GIVE}{one.conversation.id}:{other.id}") for other in shown[:_SHOWN])
    if found:
        return at.answer("有几位同名，选一位：", *buttons)
    if not able:
        return at.answer("没有别的同事能接这一件。可以发“放回”。")
    told = f"没有叫“{name}”的同事能接这一件，这句也没有发给居民（真要发，写“说 转给…”）。" if name else ""
    return at.answer(f"{told}转给谁？", *buttons)


async def give(at: AtWork, payload: str) -> Outcome:
    """A colleague was chosen."""
    one, account_id = _tapped(at, payload.removeprefix(GIVE))
    if one is None or account_id is None:
        return at.answer("这一件已经不在您手上了。")
    found = next((other for other in await _colleagues(at, one) if other.id == account_id), None)
    return await _give(at, one, found) if found else at.answer("这位同事现在接不了，换一位，或者发“放回”。")


async def _give(at: AtWork, one: Reception, to: Staff) -> Outcome:
    given = await hand_on(at.tools, at.staff, one.conversation.id, to)
    if isinstance(given, Refused):
        return at.answer(f"没有转成：{given.words}")
    return _without(at, one, f"{name_of(one)} 转给 {to.name} 了，已经告诉双方。")


async def _colleagues(at: AtWork, one: Reception) -> list[Staff]:
    everybody = await at.tools.database.read(accounts.everybody)
    staff = [staff_of(account) for account in everybody if account.disabled_at is None and account.id != at.staff.id]
    return [other for other in staff if other.may(Permission.SERVE) and other.covers(one.conversation.township)]


def _without(at: AtWork, one: Reception, told: str) -> Outcome:
    """It has left the hand; with one other left that one has the focus, with several one has to be chosen."""
    left = [other for other in at.hand if other is not one]
    if at.focus in left:
        return at.answer(told)
    if len(left) == 1:
        return at.answer(f"{told}\n现在您打的字发给 {name_of(left[0])}。", focus=left[0].conversation.id)
    return at.answer(f"{told}\n{left_in_hand(left)}" if left else told, focus=UNDECIDED if left else 0)


def _tapped(at: AtWork, numbers: str) -> tuple[Reception | None, int | None]:
    """The reception and the choice that a payload names, as far as it is still in hand."""
    parts = numbers.split(":")
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() for part in parts):  # noqa: PLR2004
        return None, None
    one = next((held for held in at.hand if held.conversation.id == int(parts[0])), None)
    return one, int(parts[1])


def _called(other: Staff, among: list[Staff]) -> str:
    same = [one for one in among if one.name == other.name]
    return other.name if len(same) == 1 else f"{other.name}（{other.unit or '县中心'}，{other.login}）"
