"""The audit log in words. A page module that writes new actions adds them here; an unknown one is shown as it is."""

from typing import Any

from handlers.desk.staff import ROLE_NAMES
from storage.records import Json

ACTIONS = {
    "sign_in": "登录",
    "sign_in.half": "密码对，等验证码",
    "sign_in.refused": "登录失败",
    "sign_out": "退出",
    "password.change": "改密码",
    "totp.on": "打开两步验证",
    "totp.off": "关闭两步验证",
    "account.create": "新建账号",
    "account.change": "改账号",
    "account.disable": "停用账号",
    "account.enable": "启用账号",
    "account.reset_password": "重设密码",
    "audit.seen": "看审计",
    "conversation.claim": "接待",
    "conversation.give_back": "放回队列",
    "conversation.hand_on": "转给同事",
}
OBJECTS = {
    "account": "账号",
    "audit": "审计",
    "case": "工单",
    "conversation": "会话",
    "handover": "转人工",
    "queue": "等候队列",
}
_KEYS = {
    "how": "方式",
    "why": "原因",
    "roles": "角色",
    "conversations": "会话",
    "cases": "工单",
    "to": "转给",
    "via": "经由",
}
_VALUES = {
    "password": "密码",
    "code": "验证码",
    "locked": "已锁定",
    "wecom": "企业微信",
    "console": "工作台",
    **{role.value: name for role, name in ROLE_NAMES.items()},
}


def action(word: str) -> str:
    """What was done."""
    return ACTIONS.get(word, word)


def thing(object_: str) -> str:
    """What it was done to: 账号 12."""
    kind, _, name = object_.partition(":")
    return f"{OBJECTS.get(kind, kind)} {name}".strip()


def detail(values: Json) -> str:
    """The rest in one line: 方式 密码；角色 接待员、主管."""
    return "；".join(f"{_KEYS.get(key, key)} {_told(value)}" for key, value in values.items())


def _told(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(map(_told, value))
    return _VALUES.get(value, value) if isinstance(value, str) else str(value)
