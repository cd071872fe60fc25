"""The audit log in words. A page module that writes new actions adds them here; an unknown one is shown as it is."""

from typing import Any

from handlers.cases.states import MOVES, STATE_NAMES
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
    "conversation.view": "看会话",
    "conversation.note": "写备注",
    "conversation.close": "办结接待",
    "conversation.recall": "收回同事的接待",
    "conversation.take_back": "没人回话，退回队列",
    "conversation.safe_mode_on": "打开安全模式",
    "conversation.safe_mode_off": "关闭安全模式",
    "handover.outcome": "填处置",
    "queue.seen": "看等候队列",
    "work.seen": "看我的接待",
    "search": "查找",
    "canned.seen": "看常用语",
    "canned.add": "写常用语",
    "canned.change": "改常用语",
    "canned.remove": "停用常用语",
    "rating.seen": "看评价",
    "rating.follow_up": "跟进差评",
    "knowledge.seen": "看知识",
    "knowledge.entry": "看知识条目",
    **{f"case.{move.action}": f"工单：{move.name}" for move in MOVES},
    "case.see": "看工单",
    "case.contact": "看工单的联系方式",
    "case.open": "代为登记工单",
    "case.note": "工单备注",
    "file.see": "看附件",
    "file.add": "添加附件",
    "file.remove": "移除附件",
    "directory.add": "登记机构",
    "directory.edit": "改机构",
    "directory.confirm": "核实机构",
    "roster.add": "排班",
    "roster.remove": "移除排班",
    "roster.copy": "照抄上周排班",
    "calendar.enter": "登记工作日历",
    "calendar.take_back": "撤掉工作日历",
}
OBJECTS = {
    "account": "账号",
    "audit": "审计",
    "case": "工单",
    "conversation": "会话",
    "handover": "转人工",
    "queue": "等候队列",
    "search": "查找",
    "canned": "常用语",
    "rating": "评价",
    "knowledge": "知识",
    "file": "附件",
    "workstation": "机构",
    "roster": "值班表",
    "calendar": "工作日历",
}
_NAMES = {
    "all": "全部",
    "desk": "",
    "new": "新的",
    "open": "待跟进",
    "closed": "跟进完的",
    "due": "要复审的",
    "?": "不明",
    "county": "县中心",
}
_KEYS = {
    "how": "方式",
    "why": "原因",
    "roles": "角色",
    "conversations": "会话",
    "cases": "工单",
    "to": "转给",
    "via": "经由",
    "case": "工单",
    "number": "编号",
    "after": "之后",
    "name": "名称",
    "was": "原来",
    "account": "账号",
    "shifts": "班次",
    "week": "周",
    "last": "到",
    "working": "上班",
    "note": "说明",
    "words": "查的词",
    "title": "标题",
    "outcome": "处置",
    "minutes": "分钟",
}
_VALUES = {
    "password": "密码",
    "code": "验证码",
    "locked": "已锁定",
    "wecom": "企业微信",
    "console": "工作台",
    **STATE_NAMES,
    **{role.value: name for role, name in ROLE_NAMES.items()},
}


def action(word: str) -> str:
    """What was done."""
    return ACTIONS.get(word, word)


def thing(object_: str) -> str:
    """What it was done to: 账号 12."""
    kind, _, name = object_.partition(":")
    return f"{OBJECTS.get(kind, kind)} {_NAMES.get(name, name)}".strip()


def detail(values: Json) -> str:
    """The rest in one line: 方式 密码；角色 接待员、主管."""
    return "；".join(f"{_KEYS.get(key, key)} {_told(value)}" for key, value in values.items())


def _told(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(map(_told, value))
    if isinstance(value, dict):
        return "、".join(f"{name} {_told(was) or '空'}" for name, was in value.items())
    if isinstance(value, bool):
        return "是" if value else "否"
    return _VALUES.get(value, value) if isinstance(value, str) else str(value)
