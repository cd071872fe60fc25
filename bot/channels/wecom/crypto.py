"""Callbacks: the signature, the cipher, and requests that come a second time (wecom.md 2)."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from itertools import islice

from wechatpy.enterprise.crypto import PrpCrypto, WeChatCrypto
from wechatpy.enterprise.exceptions import InvalidCorpIdException

from bot.channels.wecom.elements import Fields, read_elements

OLDEST = 600  # seconds
CLOCKS_DIFFER = 120  # seconds that the platform's clock may be ahead of ours
REMEMBERED = 50_000
_KEY = re.compile(r"[A-Za-z0-9]{43}")
_TOKEN = re.compile(r"[A-Za-z0-9]{1,32}")
_ENCRYPT = re.compile(rb"<Encrypt>\s*(?:<!\[CDATA\[)?\s*([A-Za-z0-9+/=]+)\s*(?:\]\]>)?\s*</Encrypt>")


class Forged(Exception):
    """A request that is not the platform's or not readable: the status to answer, and which check failed."""

    def __init__(self, status: int, check: str) -> None:
        super().__init__(check)
        self.status = status
        self.check = check


class Seen:
    """Signatures of requests whose work is done, so that a copy of one is refused; bounded."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def __contains__(self, signature: str) -> bool:
        return signature in self._until

    def add(self, signature: str, now: float) -> None:
        """Remember it for as long as its timestamp would still be taken."""
        # The oldest stand first: all are kept equally long.
        for oldest in list(islice(self._until, 2)):
            if self._until[oldest] <= now or len(self._until) >= REMEMBERED:
                del self._until[oldest]
        self._until[signature] = now + OLDEST + CLOCKS_DIFFER


class Envelope:
    """Opens what the platform sends to a callback address."""

    def __init__(self, token: str, aes_key: str, corp_id: str) -> None:
        """Raises ValueError, naming the setting, where a key cannot be one."""
        if not _TOKEN.fullmatch(token):
            raise ValueError("[wecom] token: wants the 1 to 32 letters and digits of the app's 接收消息 page")
        if not _KEY.fullmatch(aes_key):
            raise ValueError("[wecom] aes_key: wants the EncodingAESKey, exactly 43 letters and digits")
        self._token = token.encode()
        self._corp_id = corp_id
        self._crypto = WeChatCrypto(token, aes_key, corp_id)
        self._cipher = PrpCrypto(self._crypto.key)
        self.seen = Seen()

    def plain(self, query: Mapping[str, str], encrypted: str, now: float) -> str:
        """The text inside `encrypted`, if the query signs it.

        Raises:
            Forged: a check failed; cheap and public ones come first.
        """
        step = "signature"
        try:
            signature = self._check_signature(query, encrypted)
            step = "timestamp"
            _check_time(int(query["timestamp"]), now)
            self._check_first(signature)
            step = "cipher"
            return str(self._cipher.decrypt(encrypted, self._corp_id))
        except Forged:
            raise
        except InvalidCorpIdException:
            raise Forged(403, "receiveid") from None
        # wechatpy raises six kinds of errors on validly signed rubbish (wecom-libraries.md 1.3.9).
        except Exception:  # noqa: BLE001
            raise Forged(403, step) from None

    def open(self, query: Mapping[str, str], body: bytes, now: float) -> Fields:
        """The plaintext's elements.

        Raises:
            Forged: with 403 where it is not the platform's, with 400 where it cannot be read.
        """
        # What is around the one element that is signed says nothing, so it is not read as XML.
        found = _ENCRYPT.findall(body)
        if len(found) != 1:
            raise Forged(400, "envelope without one Encrypt")
        return _elements(self.plain(query, found[0].decode("ascii"), now), "plaintext")

    def seal(self, text: str, timestamp: str, nonce: str) -> str:
        """An envelope as the platform would send it: for the doctor's round trip."""
        return str(self._crypto.encrypt_message(text, nonce, timestamp))

    def _check_signature(self, query: Mapping[str, str], encrypted: str) -> str:
        given = query["msg_signature"]
        parts = sorted((self._token, query["timestamp"].encode(), query["nonce"].encode(), encrypted.encode()))
        wanted = hashlib.sha1(b"".join(parts), usedforsecurity=False).hexdigest()
        if not hmac.compare_digest(wanted.encode(), given.encode()):
            raise Forged(403, "signature")
        return given

    def _check_first(self, signature: str) -> None:
        if signature in self.seen:
            raise Forged(403, "replay")


def _check_time(timestamp: int, now: float) -> None:
    if now - timestamp > OLDEST:
        raise Forged(403, "timestamp is old: is this machine's clock right?")
    if timestamp - now > CLOCKS_DIFFER:
        raise Forged(403, "timestamp is of the future: is this machine's clock right?")


def _elements(xml: bytes | str, what: str) -> Fields:
    try:
        return read_elements(xml)
    except ValueError:
        raise Forged(400, f"{what} is not XML") from None
