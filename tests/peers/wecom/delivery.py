"""The sending side of callbacks: one try, three retries, five seconds (wecom.md 2.2)."""

import secrets
import time
from dataclasses import dataclass, field

import httpx

from .crypto import CallbackCrypto, CryptoError
from .kf_model import KfAccount
from .loopback import loopback_client
from .model import App, Corp
from .passive import Expected, PassiveReply, ReplyError, apply_reply, expected_for, open_reply
from .state import State, random_id
from .xml import Fields, Style, write

TRIES = 4
POST_SECONDS = 5.0
VERIFY_SECONDS = 1.0


@dataclass(frozen=True)
class Attempt:
    """One try: the HTTP status, or the error that took its place."""

    status: int | None
    error: str | None
    seconds: float
    body: bytes = b""


@dataclass
class Delivery:
    """One callback with all its tries; `problem` tells why an answer of 200 was still no good."""

    plaintext: str
    attempts: list[Attempt] = field(default_factory=list)
    reply: PassiveReply | None = None
    problem: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether the last try was answered 200 in time."""
        return bool(self.attempts) and self.attempts[-1].status == 200


def _read_until(response: httpx.Response, deadline: float) -> bytes:
    """The whole body; the limit is for the answer as a whole, not for each piece of it."""
    received = bytearray()
    for chunk in response.iter_raw():
        received += chunk
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout("the whole answer took too long")
    return bytes(received)


class CallbackTransport:
    """Sends callbacks of one app to `target`; `kf_target` differs only where a test wants it to.

    `time_factor` scales the limits of 5 s and 1 s. Calls block until the last try is over.
    """

    def __init__(self, state: State, corp: Corp, app: App, kf: KfAccount) -> None:
        self.state = state
        self.corp = corp
        self.app = app
        self.kf = kf
        self.target = ""
        self.kf_target: str | None = None
        self.time_factor = 1.0
        self.style = Style()
        self._client = loopback_client(limits=httpx.Limits(max_keepalive_connections=0))

    def close(self) -> None:
        """Let go of the HTTP client."""
        self._client.close()

    def now(self) -> int:
        """CreateTime and timestamp of what is sent now."""
        return int(self.state.clock.now())

    def raw(
        self,
        plaintext: str,
        *,
        target: str | None = None,
        expected: Expected | None = None,
        agent: bool = True,
    ) -> Delivery:
        """Encrypt and send a plaintext; each try has fresh random bytes, nonce and timestamp.

        Sending a former delivery's plaintext again is a redelivery. A passive reply must answer
        `expected`, which is the plaintext's sender unless given. The envelope names the app unless `agent` is off.
        """
        delivery = Delivery(plaintext)
        expected = expected or expected_for(self.app.crypto, self.app.agentid, plaintext)
        for _ in range(TRIES):
            params, body = self.seal(plaintext, agent=agent)
            attempt = self.post(params, body, target=target)
            delivery.attempts.append(attempt)
            if attempt.status == 200:
                self._take_reply(delivery, attempt.body, expected)
                break
        return delivery

    def seal(
        self, plaintext: str, *, crypto: CallbackCrypto | None = None, agent: bool = True, age: int = 0
    ) -> tuple[dict[str, str], bytes]:
        """The query and body of one POST; `crypto` and `age` let a test forge or age it."""
        crypto = crypto or self.app.crypto
        encrypted = crypto.encrypt(plaintext)
        timestamp, nonce = str(self.now() - age), random_id("", 10)
        params = {
            "msg_signature": crypto.sign(timestamp, nonce, encrypted),
            "timestamp": timestamp,
            "nonce": nonce,
        }
        fields: list[tuple[str, str]] = [("ToUserName", self.corp.corpid), ("Encrypt", encrypted)]
        if agent:
            fields.insert(1, ("AgentID", str(self.app.agentid)))
        return params, write(fields, self.style).encode()

    def post(self, params: dict[str, str], body: bytes, *, target: str | None = None) -> Attempt:
        """One POST as it is, without retry."""
        headers = {"content-type": self.style.content_type}
        return self._exchange("POST", params, body, headers, POST_SECONDS, target)

    def verify_url(self, *, target: str | None = None) -> Delivery:
        """The GET that the admin's save button sends: the plain echostr must come back within 1 s."""
        crypto, plain = self.app.crypto, str(secrets.randbelow(10**19))
        encrypted = crypto.encrypt(plain)
        timestamp, nonce = str(self.now()), random_id("", 10)
        params = {
            "msg_signature": crypto.sign(timestamp, nonce, encrypted),
            "timestamp": timestamp,
            "nonce": nonce,
            "echostr": encrypted,
        }
        attempt = self._exchange("GET", params, None, {}, VERIFY_SECONDS, target)
        delivery = Delivery(plain, [attempt])
        if attempt.status != 200 or attempt.body != plain.encode():
            delivery.problem = f"status {attempt.status} {attempt.error}, body {attempt.body[:80]!r}"
        return delivery

    def _exchange(
        self,
        method: str,
        params: dict[str, str],
        body: bytes | None,
        headers: dict[str, str],
        seconds: float,
        target: str | None,
    ) -> Attempt:
        limit, start = seconds * self.time_factor, time.monotonic()
        url = httpx.URL(target or self.target).copy_merge_params(params)
        try:
            with self._client.stream(method, url, content=body, headers=headers, timeout=limit) as response:
                received = _read_until(response, start + limit)
        except httpx.HTTPError as error:
            return Attempt(None, type(error).__name__, time.monotonic() - start)
        return Attempt(response.status_code, None, time.monotonic() - start, received)

    def _take_reply(self, delivery: Delivery, body: bytes, expected: Expected | None) -> None:
        try:
            delivery.reply = open_reply(expected, body)
            if delivery.reply is not None and expected is not None:
                apply_reply(self.state, expected, delivery.reply)
        except (ReplyError, CryptoError, ValueError) as error:
            delivery.problem = str(error)
            self.state.note("callback", "reply", str(error))

    def document(self, fields: Fields) -> str:
        """A plaintext in the present style."""
        return write(fields, self.style)
