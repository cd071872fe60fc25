"""Callbacks of WeCom as its platform would send them: members of the bureau who write."""

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from tests.benchmarks.client import post
from tests.peers.wecom.crypto import CallbackCrypto

MEMBERS = tuple(f"member{number:03}" for number in range(500))


@dataclass(frozen=True, slots=True)
class Corp:
    """What a callback has to be made with."""

    corp_id: str
    agent_id: int
    secret: str
    token: str
    aes_key: str
    base_url: str

    def settings(self) -> dict[str, str]:
        """The environment that makes a service serve this corp."""
        return {
            "FAWEN__WECOM__ENABLED": "true",
            "FAWEN__WECOM__CORP_ID": self.corp_id,
            "FAWEN__WECOM__AGENT_ID": str(self.agent_id),
            "FAWEN__WECOM__SECRET": self.secret,
            "FAWEN__WECOM__TOKEN": self.token,
            "FAWEN__WECOM__AES_KEY": self.aes_key,
            "FAWEN__WECOM__API_BASE": self.base_url,
        }


class Writers:
    """Makes callbacks that were never sent before: every one has its own message id and nonce."""

    def __init__(self, corp: Corp, texts: Sequence[str]) -> None:
        self._corp = corp
        self._texts = texts
        self._crypto = CallbackCrypto(corp.token, corp.aes_key, corp.corp_id)
        self._numbers = itertools.count(1)

    def requests(self, count: int) -> list[bytes]:
        """So many requests, signed now."""
        return [self._request(next(self._numbers)) for _ in range(count)]

    def _request(self, number: int) -> bytes:
        timestamp, nonce = str(int(time.time())), f"nonce{number}"
        encrypted = self._crypto.encrypt(self._plain(number, timestamp))
        signature = self._crypto.sign(timestamp, nonce, encrypted)
        body = (
            f"<xml><ToUserName><![CDATA[{self._corp.corp_id}]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt>"
            f"<AgentID><![CDATA[{self._corp.agent_id}]]></AgentID></xml>"
        )
        path = f"/wecom/app?msg_signature={signature}&timestamp={timestamp}&nonce={nonce}"
        return post(path, body.encode(), "text/xml")

    def _plain(self, number: int, timestamp: str) -> str:
        return (
            f"<xml><ToUserName><![CDATA[{self._corp.corp_id}]]></ToUserName>"
            f"<FromUserName><![CDATA[{MEMBERS[number % len(MEMBERS)]}]]></FromUserName>"
            f"<CreateTime>{timestamp}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
            f"<Content>{escape(self._texts[number % len(self._texts)])}</Content>"
            f"<MsgId>{number}</MsgId><AgentID>{self._corp.agent_id}</AgentID></xml>"
        )
