"""Error codes in the shape in which the platform answers them (wecom.md 1, 6.7)."""

from typing import Any

MESSAGES: dict[int, str] = {
    0: "ok",
    -1: "system busy",
    40001: "invalid credential",
    40003: "invalid userid",
    40004: "invalid media type",
    40005: "invalid file type",
    40006: "invalid file size",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid corpid",
    40014: "invalid access_token",
    40029: "invalid code",
    40032: "invalid userid list size",
    40035: "invalid parameter",
    40056: "invalid agentid",
    40058: "invalid request parameter",
    40063: "some parameters are empty",
    40096: "invalid external userid",
    41001: "access_token missing",
    41005: "media data missing",
    41010: "url missing",
    41016: "title missing",
    41033: "description missing",
    42001: "access_token expired",
    42014: "invalid task_id",
    42022: "response_code already used",
    42031: "invalid card_type",
    42035: "invalid list length",
    42038: "invalid button text",
    42039: "invalid button key",
    42045: "invalid card_action",
    42052: "message can no longer be recalled",
    43001: "require GET method",
    43002: "require POST method",
    43012: "callback url is not set",
    44004: "content is empty",
    45002: "content size out of limit",
    45008: "article count out of limit",
    45009: "api freq out of limit",
    45033: "api concurrent out of limit",
    47001: "data format error",
    48002: "api forbidden",
    48006: "api forbidden because the app was idle",
    48007: "no permission of this kf account",
    50003: "app is disabled",
    60011: "no privilege to access/modify contact",
    60020: "not allow to access from your ip",
    60030: "userid out of visible range",
    60140: "invalid response_code",
    60252: "invalid open_kfid",
    81013: "user & party & tag all invalid",
    82001: "touser & toparty & totag all empty",
    82002: "invalid party list size",
    82003: "invalid tag list size",
    93000: "invalid webhook url",
    93001: "group forbids the webhook",
    93004: "webhook is disabled",
    93017: "content is empty",
    95000: "invalid open_kfid",
    95001: "send msg count limit",
    95002: "send msg time limit",
    95004: "open_kfid not exist",
    95007: "invalid msg token",
    95008: "menu item count out of limit",
    95009: "invalid menu item type",
    95013: "session has been closed",
    95014: "userid is not a servicer or not activated",
    95016: "invalid session state transition",
    95018: "send msg session status invalid",
    95019: "servicer stopped reception",
    95031: "no consultation in 48 hours",
    95033: "msgid repeated",
    301002: "no privilege for this agent",
    301019: "file md5 mismatch",
    830002: "file too large, use range",
}


class ApiError(Exception):
    """A refusal with an errcode; `hint` explains it to whoever reads the test's log."""

    def __init__(self, errcode: int, hint: str = "") -> None:
        super().__init__(f"{errcode} {MESSAGES.get(errcode, 'error')} {hint}".strip())
        self.errcode = errcode
        self.hint = hint


def error_body(errcode: int, hint: str = "", client_ip: str = "127.0.0.1") -> dict[str, Any]:
    """The JSON of a refusal: errmsg carries a hint, the caller's address and a link (wecom.md 1).

    Clients are to decide by errcode only, so the text is deliberately wordy.
    """
    text = MESSAGES.get(errcode, "error")
    link = f"https://open.work.weixin.qq.com/devtool/query?e={errcode}"
    errmsg = f"{text}, hint: [{hint or 'peer'}], from ip: {client_ip}, more info at {link}"
    return {"errcode": errcode, "errmsg": errmsg}
