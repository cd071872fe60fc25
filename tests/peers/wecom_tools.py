"""Tools of the tests of the WeCom peer: an independent reading of callbacks, and calls about one resident."""

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

from wechatpy.enterprise.crypto import WeChatCrypto

from tests.peers.wecom import WeComPeer
from tests.peers.wecom.probe import Probe, Received

MENU_ITEM = {"type": "click", "click": {"id": "wages", "content": "劳动报酬"}}


def opened(wechatpy: WeChatCrypto, received: Received) -> dict[str, Any]:
    """A callback's plaintext fields, by the independent library."""
    query = received.query
    plain = wechatpy.decrypt_message(received.body, query["msg_signature"], query["timestamp"], query["nonce"])
    return {child.tag: child.text for child in ET.fromstring(plain)}  # noqa: S314 - made by the peer


def reply_with(wechatpy: WeChatCrypto, xml: str) -> Callable[[Received], bytes]:
    """A responder that replies passively, by the independent library."""

    def respond(received: Received) -> bytes:
        return str(wechatpy.encrypt_message(xml, "nonce1", "1409659813")).encode()

    return respond


def passive(peer: WeComPeer, body: str, to: str = "ZhangSan", sender: str | None = None) -> str:
    sender = sender or peer.corp.corpid
    head = f"<ToUserName>{to}</ToUserName><FromUserName>{sender}</FromUserName><CreateTime>1</CreateTime>"
    return f"<xml>{head}{body}</xml>"


class Desk:
    """The calls of these tests, about one resident."""

    def __init__(self, peer: WeComPeer, probe: Probe, resident: str) -> None:
        self.peer, self.probe, self.resident = peer, probe, resident
        self.open_kfid = peer.kf.open_kfid

    def say(self, content: str = "好", **more: Any) -> int:
        body = {"touser": self.resident, "open_kfid": self.open_kfid, "msgtype": "text", "text": {"content": content}}
        return int(self.probe.post("kf/send_msg", **{**body, **more})["errcode"])

    def move(self, to: int, **more: str) -> dict[str, Any]:
        body = {"open_kfid": self.open_kfid, "external_userid": self.resident, "service_state": to, **more}
        return self.probe.post("kf/service_state/trans", **body)

    def state(self) -> tuple[int, str | None]:
        body = {"open_kfid": self.open_kfid, "external_userid": self.resident}
        reply = self.probe.post("kf/service_state/get", **body)
        return reply["service_state"], reply.get("servicer_userid")

    def sync(self, **more: Any) -> dict[str, Any]:
        return self.probe.post("kf/sync_msg", **{"open_kfid": self.open_kfid, **more})

    def events(self) -> list[dict[str, Any]]:
        return [item["event"] for item in self.sync()["msg_list"] if item["msgtype"] == "event"]

    def use(self, code: str, msgtype: str = "text", **more: Any) -> int:
        body = {"text": {"content": "好"}} if msgtype == "text" else {"msgmenu": {"list": [MENU_ITEM]}}
        return int(
            self.probe.post("kf/send_msg_on_event", **{"code": code, "msgtype": msgtype, **body, **more})["errcode"]
        )
