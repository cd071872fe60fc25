"""What became of a reply, in words for staff: 已送达, 正在发, or why it did not go out."""

import re

Told = tuple[str, str]  # words, and their colour: "", good, warn, bad
_UNSENT = "没发出去"
_CLOSED = "微信不让再发了：超过 48 小时，或者条数用完，要等对方再发来消息"
_GONE = "对方已经离开或屏蔽了我们"
# What `storage.outbox` and the channels write down, with what it means at the desk. The first that fits is told.
_WHY: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), words)
    for pattern, words in (
        (r"a person holds|has taken", "有人在接待，机器人没有插话"),
        (r"safe mode", "安全模式，不主动给对方发消息"),
        (r"waits in the pool", "会话在微信客服里排队，由接待人员答复"),
        (r"a servicer|95018|95016", "会话在微信客服里由人接待，请在那里说"),
        (r"session is over|95013", "微信那边的会话已经结束，要等对方再发来消息"),
        (r"window|95001|95002|95031|48 hours|more than 5 messages", _CLOSED),
        (r"too late|95007|41050", "能发的时间过了"),
        (r"unreachable|blocked|chat not found|no such member|refuses messages|40096|supergroup", _GONE),
        (r"40201|40204|security", "平台检查内容以后没有放行，请换个说法"),
        (r"45002|too long", "内容太长，平台不收"),
        (r"given up", "试了很多次都没发成，请换个方式联系对方"),
        (r"429|as fast as|45009|45033", "平台嫌太快，排着队"),
        (
            r"token is refused|60020|40001|40013|48002|9500[034]|9501[127]|deleted|disabled|not verified|logged in",
            "平台不认我们的账号或设置，请告诉管理员",
        ),
        (r"no answer|timed? ?out|WeCom: |WeCom -1", "平台没有回应"),
    )
)
_CODE = re.compile(r"\b(\d{3,6})\b")


def told(state: str, error: str | None) -> Told:
    """How a reply stands. `state` is the outbox's; `error` what was written down with it."""
    if state == "sent":
        return "已送达", "good"
    if state == "due":
        return (f"还没发出去，正在重试：{why(error)}", "warn") if error else ("正在发", "")
    return f"{_UNSENT}：{why(error)}", "bad" if state == "dead" else "warn"


def why(error: str | None) -> str:
    """The reason in Chinese; a code of the platform where the reason is not known, never its own words."""
    if not error:
        return "已经取消"
    for pattern, words in _WHY:
        if pattern.search(error):
            return words
    code = _CODE.search(error)
    return f"平台没有接收（代码 {code[1]}）" if code else "平台没有接收"
