"""A form at work in one turn: its question asked, its answer taken, a step back, the summary, handed in."""

from dataclasses import dataclass, replace

from handlers.cases.kinds import KINDS
from handlers.intake import read, show
from handlers.intake.answers import ELSEWHERE, UNKNOWN
from handlers.intake.draft import Draft
from handlers.intake.forms import FORMS
from handlers.intake.hand_in import hand_in
from handlers.intake.remarks import VIOLENCE, remark
from handlers.intake.shared_steps import DECLINED
from handlers.intake.steps import Circumstances, Step, Wants
from handlers.message import Button, Reply
from handlers.personal import Seal
from handlers.turn import Outcome, Turn

_INTRODUCES = (
    "一共 {total} 步，两三分钟。填错了发“上一步”或“改第2项”，有事先放着发“暂停”，不办了发“取消”。"
    "没有确认以前都不算提交。"
)
_WITHOUT_CONSENT = (
    "不留姓名电话，没法和您联系，这一种办不了网上登记。您可以打 12348（免费），或者去乡镇工作站当面办；"
    "改主意了发“同意”，不办了发“取消”。"
)
_ASKS_SOMETHING = ("？", "?", "吗", "怎么", "咋", "多少", "多久", "什么", "哪", "啥")


@dataclass(frozen=True, slots=True)
class Filling:
    """A form, the turn in which something is done with it, and the key that seals what is personal."""

    turn: Turn
    draft: Draft
    seal: Seal

    @property
    def around(self) -> Circumstances:
        """What decides beside the answers which steps there are."""
        violence = self.draft.answers.get("matter") == str(VIOLENCE) and self.draft.kind == "legal_aid"
        return Circumstances(safe_mode=self.turn.conversation.safe_mode or violence)

    @property
    def step(self) -> Step | None:
        """The step that is due; None at the summary."""
        return self.draft.step(self.around)

    def with_draft(self, draft: Draft) -> "Filling":
        """The same with another draft."""
        return replace(self, draft=draft)

    def read_around(self) -> read.Around:
        """What reading an answer needs."""
        office = self.turn.office
        today = self.turn.now.astimezone(office.hours.zone).date()
        return read.Around(today, tuple(office.knowledge.townships), self.seal)


def begin(turn: Turn, kind: str, seal: Seal) -> Outcome:
    """A new form. The township that the conversation knows is filled in already; it can be corrected at the end."""
    known = turn.conversation.township
    has_place = known and any(step.wants is Wants.TOWNSHIP for step in FORMS[kind].steps)
    answers = {"township": known} if known and has_place else {}
    draft = Draft(kind, turn.inbox_id, turn.now, answers)
    filling = Filling(turn, draft, seal)
    return ask(filling, _INTRODUCES.format(total=draft.total(filling.around)))


def ask(filling: Filling, said: str = "") -> Outcome:
    """The question that is due, or the summary when all are answered."""
    draft = replace(filling.draft, at=filling.turn.now, paused=False, resuming=False)
    step = draft.step(filling.around)
    if step is None:
        return says(filling.with_draft(draft), show.summary(draft, filling.around, filling.seal, said))
    return says(filling.with_draft(draft), show.question(draft, step, filling.around, said))


def says(filling: Filling, reply: Reply) -> Outcome:
    """The reply, with the form and its choices in the conversation's memory."""
    dialog = replace(
        filling.turn.dialog,
        form=filling.draft.to_json(),
        options=reply.buttons,
        more="",
        confirming="",
        failures=0,
        greeted=True,
    )
    return Outcome(replies=(reply,), dialog=dialog)


def take(filling: Filling, step: Step, answer: read.Read, text: str = "", said: str = "") -> Outcome:
    """An answer came, or none that could be read."""
    if answer.value is None:
        return _not_understood(filling, answer.problem, text)
    if step.wants is Wants.CONSENT and answer.value == DECLINED and not filling.draft.form.anonymous:
        draft = replace(filling.draft, at=filling.turn.now, wrong=0)
        buttons = (Button("同意", f"form:{step.key}:yes"), show.DROP)
        return says(filling.with_draft(draft), Reply(_WITHOUT_CONSENT, buttons=buttons))
    draft = filling.draft.answered(step, answer.value, filling.turn.now)
    after = filling.with_draft(draft)
    told = remark(draft.kind, step.key, draft.answers, filling.read_around().today)
    outcome = ask(after, "\n".join(part for part in (said, told) if part))
    if step.wants is Wants.TOWNSHIP and answer.value not in (ELSEWHERE, UNKNOWN):
        outcome = replace(outcome, township=answer.value)
    return replace(outcome, safe_mode=True) if after.around.safe_mode and not _is_safe(filling) else outcome


def back(filling: Filling) -> Outcome:
    """One step back; what was answered stays until it is answered anew."""
    steps = filling.draft.steps(filling.around)
    number = filling.draft.number(filling.step, filling.around) if filling.step is not None else len(steps) + 1
    if number <= 1:
        return ask(filling, "这就是第一步了。")
    return ask(filling.with_draft(replace(filling.draft, at_step=steps[number - 2].key, wrong=0)))


def change(filling: Filling, number: int) -> Outcome:
    """Back to the step of this number, if it has been reached."""
    steps = filling.draft.steps(filling.around)
    reached = [step for step in steps if step.key in filling.draft.answers]
    if not 1 <= number <= len(steps):
        return ask(filling, f"没有第 {number} 项，一共 {len(steps)} 项。")
    if steps[number - 1] not in reached:
        return ask(filling, f"第 {number} 项还没填到，先按顺序填。")
    return ask(filling.with_draft(replace(filling.draft, at_step=steps[number - 1].key, wrong=0)))


def skip(filling: Filling) -> Outcome:
    """Pass over the step, where that is possible."""
    step = filling.step
    if step is None:
        return ask(filling)
    return take(filling, step, read.written(step, "跳过", filling.read_around()))


def put_aside(filling: Filling) -> Outcome:
    """The resident has something else to do or to ask."""
    draft = replace(filling.draft, paused=True, at=filling.turn.now)
    return says(filling.with_draft(draft), Reply("好，先放着，填过的都在。您可以问别的；想接着填，发“继续”。"))


def ask_whether_to_drop(filling: Filling) -> Outcome:
    """Nothing is thrown away without a second word."""
    name = KINDS[filling.draft.kind].name
    buttons = (Button("确定不填了", "form:dropped"), show.GO_ON)
    return says(filling, Reply(f"“{name}”不填了吗？填过的会删掉，没有提交给任何人。", buttons=buttons))


def drop(filling: Filling) -> Outcome:
    """The form is gone."""
    dialog = replace(filling.turn.dialog, form={}, options=(), confirming="")
    return Outcome(replies=(Reply("好，不填了，填过的都删了。以后要办，再说一声就行。"),), dialog=dialog)


def confirm(filling: Filling) -> Outcome:
    """All is answered and confirmed: hand it in. Anything else that is still due is asked first."""
    if filling.step is not None:
        return ask(filling, "还有没填完的。")
    return hand_in(filling.turn, filling.draft, filling.seal, filling.around)


def wait_for_word(filling: Filling, text: str) -> Outcome:
    """After a long while: keep what was written, and ask whether to go on."""
    pending = filling.seal.seal(text) if text else filling.draft.pending
    draft = replace(filling.draft, at=filling.turn.now, pending=pending, resuming=True)
    reply = show.resume(draft, filling.around)
    token = filling.turn.message.reply_token
    return says(filling.with_draft(draft), replace(reply, purpose="welcome") if token else reply)


def go_on(filling: Filling) -> Outcome:
    """Go on where the form stands; words that waited are tried as the answer."""
    step, waiting = filling.step, pending_words(filling)
    plain_draft = replace(filling.draft, pending="", paused=False, resuming=False)
    filling = filling.with_draft(plain_draft)
    if step is not None and waiting:
        answer = read.written(step, waiting, filling.read_around())
        if answer.value is not None:
            return take(filling, step, answer, said=f"您刚才写的“{waiting[:20]}”，就当这一步的答案了。")
    return ask(filling)


def pending_words(filling: Filling) -> str:
    """What came when nobody was sure that it was an answer."""
    return filling.seal.open(filling.draft.pending) if filling.draft.pending else ""


def _not_understood(filling: Filling, problem: str, text: str) -> Outcome:
    draft = replace(filling.draft, wrong=filling.draft.wrong + 1)
    hints = [problem]
    if any(word in text for word in _ASKS_SOMETHING):
        hints.append("想先问别的，发“暂停”，问完发“继续”。")
    elif draft.wrong > 1:
        hints.append("不好填就发“转人工”，请工作人员帮您填；想先放着，发“暂停”。")
    return ask(filling.with_draft(draft), "".join(hints))


def _is_safe(filling: Filling) -> bool:
    return filling.around.safe_mode
