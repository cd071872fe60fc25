"""Bells of customer service: content-free callbacks that may come late, twice, or never (wecom.md 6.1)."""

from dataclasses import dataclass, field
from enum import Enum

from .delivery import CallbackTransport, Delivery
from .kf_log import new_bell_token
from .kf_model import KfAccount
from .xml import Value


class Bell(Enum):
    """What becomes of the bell for something new in the log."""

    RING = "ring"
    TWICE = "twice"
    """Two bells, each with its own token."""
    REPEATED = "repeated"
    """One bell delivered twice, as after a lost answer."""
    HELD = "held"
    """Kept until release_bells(): late, or out of order."""
    LOST = "lost"


@dataclass
class Arrival:
    """A new entry in the log, and the bells that rang for it at once."""

    msgid: str
    bells: list[Delivery] = field(default_factory=list)


class Bells(CallbackTransport):
    """Rings bells."""

    _held: list[str] | None = None

    def _bell(self, account: KfAccount) -> str:
        # No FromUserName and no AgentID: a bell belongs to no member (wecom.md 3).
        fields: list[tuple[str, Value]] = [
            ("ToUserName", self.corp.corpid),
            ("CreateTime", self.now()),
            ("MsgType", "event"),
            ("Event", "kf_msg_or_event"),
            ("Token", new_bell_token(self.state, account)),
            ("OpenKfId", account.open_kfid),
        ]
        return self.document(fields)

    def ring(self, account: KfAccount | None = None) -> Delivery:
        """A bell, whether or not there is anything new."""
        return self._send_bell(self._bell(account or self.kf))

    def _send_bell(self, plaintext: str) -> Delivery:
        return self.raw(plaintext, target=self.kf_target or self.target, agent=False)

    def announce(self, account: KfAccount, msgid: str, bell: Bell) -> Arrival:
        """Ring for a new entry in the way `bell` says; without a target every bell is lost."""
        if bell is Bell.LOST or not (self.kf_target or self.target):
            return Arrival(msgid)
        if bell is Bell.TWICE:
            return Arrival(msgid, [self.ring(account), self.ring(account)])
        plaintext = self._bell(account)
        if bell is Bell.HELD:
            with self.state.lock:
                self._held = [*(self._held or []), plaintext]
            return Arrival(msgid)
        times = 2 if bell is Bell.REPEATED else 1
        return Arrival(msgid, [self._send_bell(plaintext) for _ in range(times)])

    def release_bells(self, *, backwards: bool = False) -> list[Delivery]:
        """Ring the held bells with the times and tokens they were made with, perhaps out of order."""
        with self.state.lock:
            held, self._held = self._held or [], None
        return [self._send_bell(plaintext) for plaintext in (reversed(held) if backwards else held)]
