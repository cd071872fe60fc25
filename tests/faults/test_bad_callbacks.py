"""Whatever comes to the callback address of the running program, it answers calmly, tells nothing and goes on."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import httpx
import pytest

from storage.database import Database
from storage.health import read_health
from tests.faults.program import Program, sections_for, small_knowledge
from tests.peers.telegram.peer import TelegramPeer
from tests.peers.wecom import WeComPeer
from tests.peers.wecom.crypto import CallbackCrypto
from tests.peers.wecom.state import random_id

WORDS = "我叫田桂花，老板打人还不给工钱"
BOMB = (
    '<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>'
)
OUTSIDE = '<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@dataclass
class Gate:
    """The running program, and ways to knock."""

    peer: WeComPeer
    program: Program
    database: Database

    @property
    def url(self) -> str:
        return f"{self.program.base_url}/wecom/app"

    @property
    def crypto(self) -> CallbackCrypto:
        return self.peer.app.crypto

    def knock(self, params: dict[str, str], body: bytes, kind: str = "text/xml") -> httpx.Response:
        headers = {"content-type": kind}
        return httpx.post(self.url, params=params, content=body, headers=headers, trust_env=False, timeout=10)

    def text(self, inside: str = "", kind: str = "text", msgid: str = "<MsgId>77</MsgId>", at: str = "") -> str:
        """A plaintext of a member."""
        at = at or str(int(time.time()))
        head = f"<FromUserName>LiSi</FromUserName><CreateTime>{at}</CreateTime><MsgType>{kind}</MsgType>"
        return f"<xml>{head}<Content>{inside or WORDS}</Content>{msgid}</xml>"

    def sealed(self, plaintext: str, crypto: CallbackCrypto | None = None, age: int = 0) -> httpx.Response:
        return self.knock(*self.peer.callbacks.seal(plaintext, crypto=crypto, age=age))

    def signed(self, encrypted: str) -> httpx.Response:
        """A right signature around anything."""
        at, nonce = str(int(time.time())), random_id("", 10)
        params = {"msg_signature": self.crypto.sign(at, nonce, encrypted), "timestamp": at, "nonce": nonce}
        return self.knock(params, f"<xml><Encrypt>{encrypted}</Encrypt></xml>".encode())

    def altered(self, **changes: str) -> httpx.Response:
        """A good request with other parameters; an empty one is left out."""
        params, body = self.peer.callbacks.seal(self.text())
        return self.knock({name: value for name, value in (params | changes).items() if value}, body)

    def replayed(self) -> httpx.Response:
        params, body = self.peer.callbacks.seal(self.text("你好"))
        assert self.knock(params, body).status_code == 200
        return self.knock(params, body)

    def as_type(self, kind: str) -> httpx.Response:
        return self.knock(*self.peer.callbacks.seal(self.text("你好")), kind)

    def asks(self, **params: str) -> httpx.Response:
        return httpx.get(self.url, params=params, trust_env=False)


# What comes, and what the answer may be: 200 where WeCom would otherwise send it again for nothing.
Knock = Callable[[Gate], httpx.Response]
BAD: dict[str, tuple[Knock, int]] = {
    "wrong signature": (lambda gate: gate.altered(msg_signature="0" * 40), 403),
    "signature not in ASCII": (lambda gate: gate.altered(msg_signature="签名"), 403),
    "no signature": (lambda gate: gate.altered(msg_signature=""), 403),
    "no nonce": (lambda gate: gate.altered(nonce=""), 403),
    "timestamp is no number": (lambda gate: gate.altered(timestamp="yesterday"), 403),
    "replayed": (Gate.replayed, 403),
    "an hour old": (lambda gate: gate.sealed(gate.text(), age=3600), 403),
    "of tomorrow": (lambda gate: gate.sealed(gate.text(), age=-86400), 403),
    "broken base64": (lambda gate: gate.signed("%%%not base64%%%"), 400),
    "no cipher": (lambda gate: gate.signed(""), 400),
    "half a block": (lambda gate: gate.signed(gate.crypto.encrypt(gate.text())[:20]), 403),
    "cut in the middle": (lambda gate: gate.signed(gate.crypto.encrypt(gate.text())[:64]), 403),
    "wrong corp": (lambda gate: gate.sealed(gate.text(), replace(gate.crypto, receive_id="ww0000000000000000")), 403),
    "wrong key": (lambda gate: gate.sealed(gate.text(), replace(gate.crypto, aes_key="A" * 43)), 403),
    "wrong token": (lambda gate: gate.sealed(gate.text(), replace(gate.crypto, token="other")), 403),
    "bomb outside": (lambda gate: gate.knock({}, f"{BOMB}<xml><Encrypt>&d;</Encrypt></xml>".encode()), 400),
    "bomb inside": (lambda gate: gate.sealed(BOMB + gate.text("&d;")), 400),
    "file read outside": (lambda gate: gate.knock({}, f"{OUTSIDE}<xml><Encrypt>&a;</Encrypt></xml>".encode()), 400),
    "file read inside": (lambda gate: gate.sealed(OUTSIDE + gate.text("&a;")), 400),
    "one megabyte": (lambda gate: gate.knock({}, b"<xml>" + b"a" * 1024 * 1024), 413),
    "one megabyte inside": (lambda gate: gate.sealed(gate.text("长" * 350_000)), 413),
    "nothing": (lambda gate: gate.knock({}, b""), 400),
    "JSON": (lambda gate: gate.knock({}, b'{"xml": {"Encrypt": "a"}}', "application/json"), 400),
    "form": (lambda gate: gate.knock({}, b"Encrypt=a&b=c", "application/x-www-form-urlencoded"), 400),
    "not UTF-8": (lambda gate: gate.knock({}, b"<xml><Encrypt>\xff\xfe\x00</Encrypt></xml>"), 400),
    "deep": (lambda gate: gate.knock({}, b"<xml>" + b"<a>" * 15_000), 400),
    "deep inside": (lambda gate: gate.sealed("<xml>" + "<a>" * 6_000 + "</a>" * 6_000 + "</xml>"), 400),
    "no XML inside": (lambda gate: gate.sealed(WORDS), 400),
    "no sender": (lambda gate: gate.sealed("<xml><MsgType>text</MsgType><MsgId>1</MsgId></xml>"), 400),
    "no type": (lambda gate: gate.sealed(f"<xml><Content>{WORDS}</Content></xml>"), 400),
    "no id": (lambda gate: gate.sealed(gate.text(msgid="")), 400),
    "id too long": (lambda gate: gate.sealed(gate.text(msgid=f"<MsgId>{'9' * 400}</MsgId>")), 400),
    "time is none": (lambda gate: gate.sealed(gate.text(at="9" * 40)), 400),
    "NUL inside": (lambda gate: gate.sealed(gate.text("a&#0;b")), 400),
    "unknown type": (lambda gate: gate.sealed(gate.text(kind="hologram")), 200),
    "unknown event": (lambda gate: gate.sealed(gate.text(kind="event", msgid="<Event>moon_phase</Event>")), 200),
    "bell without account": (
        lambda gate: gate.sealed(gate.text(kind="event", msgid="<Event>kf_msg_or_event</Event>")),
        400,
    ),
    "JSON type, good body": (lambda gate: gate.as_type("application/json"), 200),
    "form type, good body": (lambda gate: gate.as_type("application/x-www-form-urlencoded"), 200),
    "no type, good body": (lambda gate: gate.as_type(""), 200),
    "GET with nothing": (lambda gate: gate.asks(), 403),
    "GET with anything": (lambda gate: gate.asks(msg_signature="a", timestamp="1", nonce="b", echostr="c"), 403),
    "PUT": (lambda gate: httpx.put(gate.url, content=b"a", trust_env=False), 405),
}


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    folder = tmp_path_factory.mktemp("gate")
    knowledge = small_knowledge(folder / "knowledge")
    with TelegramPeer() as telegram, WeComPeer() as peer:
        sections = sections_for(folder / "data", telegram, peer, knowledge=knowledge)
        with Program(folder, sections) as program:
            program.start()
            program.wait_until_up()
            peer.callbacks.target = f"{program.base_url}/wecom/app"
            database = Database(f"sqlite:///{folder / 'data' / 'fawen.db'}")
            yield Gate(peer, program, database)
            database.engine.dispose()


def check_tells_nothing(gate: Gate, told: str) -> None:
    app = gate.peer.app
    for secret in (app.secret, app.callback_token, app.aes_key, "田桂花", "Traceback", "root:"):
        assert secret not in told


@pytest.mark.parametrize("kind", BAD)
def test_bad_callback_is_answered_and_nothing_is_told(kind: str, gate: Gate) -> None:
    knock, status = BAD[kind]
    before = gate.database.read_now(read_health).inbox_failed
    answer = knock(gate)
    assert answer.status_code == status
    assert len(answer.content) < 100
    check_tells_nothing(gate, answer.text + gate.program.log)
    assert gate.database.read_now(read_health).inbox_failed == before


@pytest.mark.parametrize(
    "text", ["😀👩‍👩‍👧", "\u200b\u200d\ufeff", "\u202e岸到钱欠\u202c", "A" * 20_000, " ", "<b>&amp;</b> ' \" --"]
)
def test_strange_text_of_a_member_is_answered_kindly(text: str, gate: Gate) -> None:
    before = len(gate.peer.app_sent_to("WangWu"))
    assert gate.peer.callbacks.member_text("WangWu", text).accepted
    wait_for_answer(gate, before + 1)
    check_tells_nothing(gate, gate.program.log)


def test_after_all_of_it_a_good_message_is_answered(gate: Gate) -> None:
    for knock, _ in BAD.values():
        knock(gate)
    before = len(gate.peer.app_sent_to("WangWu"))
    assert gate.peer.callbacks.verify_url().problem is None
    assert gate.peer.callbacks.member_text("WangWu", "没有签劳动合同怎么办").accepted
    wait_for_answer(gate, before + 1)
    health = gate.database.read_now(read_health)
    assert (health.inbox_failed, health.outbox_dead, health.inbox_waiting) == (0, 0, 0)


def wait_for_answer(gate: Gate, count: int) -> None:
    deadline = time.monotonic() + 10
    while len(gate.peer.app_sent_to("WangWu")) < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)
