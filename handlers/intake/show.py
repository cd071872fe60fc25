"""How a form reads in the chat: one question at a time with its place, and the summary before it is handed in."""

from collections.abc import Callable, Mapping

from handlers.cases.kinds import KINDS
from handlers.cases.people import masked_phone
from handlers.intake import dates
from handlers.intake.draft import Draft
from handlers.intake.shared_steps import AGREED, YES, is_under_14
from handlers.intake.steps import Circumstances, Step, Wants
from handlers.message import Button, Reply
from handlers.money import yuan
from handlers.personal import Seal

BACK, SKIP, CONFIRM, CANCEL = "back", "skip", "confirm", "cancel"
GO_ON = Button("接着填", "form:go")
ASK_FIRST = Button("先问别的", "form:ask")
DROP = Button("不填了", "form:drop")
_LONGEST_SHOWN = 24
_CONSENT = (
    "下面要记您的姓名和电话。只用来办这件事、和您联系，加密存着，只有办这件事的工作人员能看，办结后按档案规定的年限保存，到期销毁。"
    "您说的事里有健康、财产、家庭这些敏感内容的，也一样。不同意不影响您继续咨询。同意吗？"
)
_CONSENT_OF_GUARDIAN = (
    "申请人不满 14 周岁，要由父母或其他监护人同意才能记（个人信息保护法第31条）。只记监护人的姓名和电话，"
    "只用来办这件事、和您联系，加密存着，办结后按档案规定的年限保存，到期销毁。您是监护人、同意吗？"
)
_OF_GUARDIAN = {"name": "监护人叫什么名字？", "phone": "监护人的电话号码是多少？"}


def question(draft: Draft, step: Step, around: Circumstances, said: str = "") -> Reply:
    """The question of a step, with what is said before it."""
    number, total = draft.number(step, around), draft.total(around)
    text = "\n".join(part for part in (said, _asked(draft, step)) if part)
    return Reply(
        text,
        title=f"{KINDS[draft.kind].name}　第 {number} 步，共 {total} 步",
        buttons=_buttons(draft, step, first=number == 1),
    )


def summary(draft: Draft, around: Circumstances, seal: Seal, said: str = "") -> Reply:
    """Everything that was answered, numbered as the steps are, with the telephone made unreadable."""
    lines = [
        f"{number} {step.label}：{_shorter(shown(step, draft.answers[step.key], seal, masked=True))}"
        for number, step in enumerate(draft.steps(around), 1)
    ]
    hint = "都对就点“确认提交”。哪一项不对，发“改第2项”这样；现在还没有提交。"
    return Reply(
        "\n".join([*([said] if said else []), *lines, hint]),
        title=f"{KINDS[draft.kind].name}　请核对",
        buttons=(Button("确认提交", f"form:{CONFIRM}:{draft.id}"), Button("上一步", f"form:{BACK}"), DROP),
    )


def shown(step: Step, value: str, seal: Seal, *, masked: bool = False) -> str:
    """An answer as people read it; personal data is opened, and a telephone number masked where asked."""
    if value == "":
        return "（没有填）"
    if step.personal:
        opened = seal.open(value)
        return masked_phone(opened) if masked and step.wants is Wants.PHONE else opened
    plain_words = _SHOWN.get(step.wants)
    return value if plain_words is None else plain_words(step, value)


def resume(draft: Draft, around: Circumstances) -> Reply:
    """After a pause or a dead telephone: does the resident want to go on?"""
    step = draft.step(around)
    where = f"第 {draft.number(step, around)} 步" if step is not None else "最后核对"
    told = f"上次的“{KINDS[draft.kind].name}”填到{where}（共 {draft.total(around)} 步），前面填的都在，还没有提交。"
    return Reply(f"{told}接着填吗？", buttons=(GO_ON, ASK_FIRST, DROP))


_SHOWN: Mapping[Wants, Callable[[Step, str], str]] = {
    Wants.CHOICE: lambda step, value: step.choices[int(value)].label,
    Wants.AMOUNT: lambda _, value: f"{yuan(int(value))} 元",
    Wants.PAST: lambda _, value: dates.shown(value),
    Wants.COMING: lambda _, value: dates.shown(value),
    Wants.YES_NO: lambda _, value: "是" if value == YES else "否",
    Wants.CONSENT: lambda _, value: "同意" if value == AGREED else "不同意（不留姓名电话）",
}


def _asked(draft: Draft, step: Step) -> str:
    guardian = is_under_14(draft.answers)
    if step.wants is Wants.CONSENT:
        words = _CONSENT_OF_GUARDIAN if guardian else _CONSENT
        return f"{words}（也可以不留，发“不同意”）" if draft.form.anonymous else words
    return _OF_GUARDIAN.get(step.key, step.ask) if guardian else step.ask


def _buttons(draft: Draft, step: Step, *, first: bool) -> tuple[Button, ...]:
    place = f"form:{step.key}"
    if step.wants is Wants.CHOICE:
        found = [Button(one.label, f"{place}:{number}") for number, one in enumerate(step.choices)]
    elif step.wants is Wants.YES_NO:
        found = [Button("是", f"{place}:yes"), Button("不是", f"{place}:no")]
    elif step.wants is Wants.CONSENT:
        agree = "我是监护人，同意" if is_under_14(draft.answers) else "同意"
        found = [Button(agree, f"{place}:yes"), Button("不同意", f"{place}:no")]
    else:
        found = []
    if step.optional:
        found.append(Button("跳过", f"{place}:{SKIP}"))
    if not first:
        found.append(Button("上一步", f"form:{BACK}"))
    return tuple(found)


def _shorter(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_SHOWN else f"{line[:_LONGEST_SHOWN]}…"
