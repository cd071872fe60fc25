"""What the desk tells in words: how long somebody waits, and why a reply did not go out."""

from datetime import timedelta

import pytest

from bot.console import delivery
from bot.console.desk_words import span
from bot.outbox import _TAKEN_OVER
from storage.outbox import SAFE_MODE


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (timedelta(seconds=-3), "不到 1 分钟"),
        (timedelta(seconds=59), "不到 1 分钟"),
        (timedelta(minutes=1), "1 分钟"),
        (timedelta(minutes=59, seconds=59), "59 分钟"),
        (timedelta(hours=1), "1 小时"),
        (timedelta(hours=3, minutes=20), "3 小时 20 分"),
        (timedelta(hours=24), "1 天"),
        (timedelta(days=2, hours=4, minutes=59), "2 天 4 小时"),
    ],
)
def test_how_long(time: timedelta, words: str) -> None:
    assert span(time) == words


# As `storage.outbox`, `bot.outbox` and the channels write them down.
REASONS = {
    "a person holds the conversation": "机器人没有插话",
    _TAKEN_OVER: "机器人没有插话",
    SAFE_MODE: "安全模式",
    "window: the platform allows no answer this long after the last message": "要等对方再发来消息",
    "window: the platform allows no more answers before the next message": "要等对方再发来消息",
    "window: its last message is left to an answer": "要等对方再发来消息",
    "window: 48 hours are over": "要等对方再发来消息",
    "window: WeCom 95001: send msg count limit": "要等对方再发来消息",
    "window: the session is over": "会话已经结束",
    "not delivered: more than 48 hours after the resident's message": "要等对方再发来消息",
    "not delivered: more than 5 messages": "要等对方再发来消息",
    "not delivered: the session is over": "会话已经结束",
    "not delivered: the resident refuses messages": "离开或屏蔽了我们",
    "not delivered: held back by the platform's security": "请换个说法",
    "not delivered: the corp is not verified": "请告诉管理员",
    "not delivered: the app is disabled": "请告诉管理员",
    "too late: the platform's time for this answer is over": "能发的时间过了",
    "WeCom 95007: invalid code": "能发的时间过了",
    "the session waits in the pool": "微信客服里排队",
    "a servicer has the session": "微信客服里由人接待",
    "WeCom 95018: send msg session status invalid": "微信客服里由人接待",
    "unreachable: 403 the person has blocked the bot or is gone, or the bot was removed from the group": "屏蔽了我们",
    "400 chat not found": "离开或屏蔽了我们",
    "WeCom: no such member in the app's range, or without a licence": "离开或屏蔽了我们",
    "WeCom 40201: content": "请换个说法",
    "given up after 8 tries: no answer": "试了很多次",
    "given up after 8 tries: WeCom 40096: invalid": "离开或屏蔽了我们",
    "429 too many requests": "平台嫌太快",
    "WeCom 45009: api freq out of limit": "平台嫌太快",
    "the token is refused": "请告诉管理员",
    "WeCom 60020: not allow to access from your ip": "请告诉管理员",
    "no answer": "平台没有回应",
    "WeCom: no answer within 10 s": "平台没有回应",
    "400 Bad Request: message is too long": "内容太长",
    "WeCom 45002: content size out of limit": "内容太长",
    "WeCom 99999: something new": "平台没有接收（代码 99999）",
    "400 Bad Request: can't parse entities": "平台没有接收（代码 400）",
    "ValueError": "平台没有接收",
    "": "已经取消",
}


@pytest.mark.parametrize(("error", "words"), REASONS.items())
def test_why_a_reply_did_not_go_out_is_told_in_chinese(error: str, words: str) -> None:
    told = delivery.why(error)
    assert words in told
    assert not any("a" <= letter.lower() <= "z" for letter in told)


@pytest.mark.parametrize(
    ("state", "error", "words"),
    [
        ("sent", None, ("已送达", "good")),
        ("due", None, ("正在发", "")),
        ("due", "429 too many requests", ("还没发出去，正在重试：平台嫌太快，排着队", "warn")),
        ("dead", "WeCom 99999: x", ("没发出去：平台没有接收（代码 99999）", "bad")),
        ("dropped", "a person holds the conversation", ("没发出去：有人在接待，机器人没有插话", "warn")),
        ("dropped", None, ("没发出去：已经取消", "warn")),
    ],
)
def test_how_a_reply_stands(state: str, error: str | None, words: tuple[str, str]) -> None:
    assert delivery.told(state, error) == words
