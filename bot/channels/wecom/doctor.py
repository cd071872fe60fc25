"""What the doctor says of WeCom: one line a problem, with how to mend it."""

from datetime import datetime

from bot.channels.wecom.crypto import Envelope, Forged
from bot.channels.wecom.errors import NOT_TRUSTED, CallFailed

_PLAINTEXT = "<xml><MsgType>text</MsgType></xml>"
_MEND = {
    40001: "secret 不对或应用已停用：在企业微信管理后台的应用页重新复制 Secret，填到 [wecom] secret",
    40013: "corp_id 不对：在管理后台“我的企业”最下面复制企业 ID，填到 [wecom] corp_id",
    40056: "agent_id 不对：在应用页复制 AgentId，填到 [wecom] agent_id",
    48002: "应用没有微信客服的接口权限：在“微信客服 → API → 可调用接口的应用”里加上本应用",
    48007: "这个客服账号没有交给接口管理：在“微信客服 → 通过API管理微信客服账号”里加上它",
    50003: "应用被停用了：在管理后台启用它",
    48006: "应用太久没用，权限被收回：在管理后台重新启用它",
    45009: "调用太频繁，被暂时限制：等一小时再试；如果 secret 填错过，先改对",
}


def round_trip(envelope: Envelope, now: datetime) -> list[str]:
    """Whether what is sealed with the configured keys can be opened with them."""
    timestamp, nonce = str(int(now.timestamp())), "fawen"
    try:
        sealed = envelope.seal(_PLAINTEXT, timestamp, nonce)
        signature = sealed.split("<MsgSignature><![CDATA[")[1].partition("]]>")[0]
        query = {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}
        envelope.open(query, sealed.encode(), now.timestamp())
    except (Forged, IndexError) as error:
        return [f"企业微信：回调的加解密自检没有通过（{error}）。请重新复制 [wecom] token、aes_key 和 corp_id。"]
    return []


def explain(error: CallFailed) -> str:
    """A refused call in words for the administrator."""
    if error.errcode is None:
        return f"企业微信：连不上接口（{error.text}）。请检查网络、出口防火墙和 [wecom] api_base。"
    if error.errcode == NOT_TRUSTED and error.ip is not None:
        return f"企业微信：本机出口 IP {error.ip} 不在可信名单（60020）。请在应用页“企业可信IP”里加上它。"
    mend = _MEND.get(error.errcode, "请对照企业微信的错误码说明处理")
    return f"企业微信：接口返回 {error.errcode}（{error.text}）。{mend}。"
