"""The cipher and signature of callbacks, written from the description alone (wecom.md 2).

Independent of the library that the service uses: a shared misreading would otherwise go unseen.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import struct
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
"""Padding unit: twice the cipher's own block, so pad values run from 1 to 32 (wecom.md 2)."""
_AES_BLOCK = 16
_RANDOM = 16
_HEAD = _RANDOM + 4
_KEY = re.compile(r"[A-Za-z0-9]{43}")


class CryptoError(Exception):
    """An envelope that the real platform would refuse; the text says which check failed."""


def _pad(data: bytes) -> bytes:
    count = BLOCK - len(data) % BLOCK
    return data + bytes([count]) * count


def _unpad(data: bytes) -> bytes:
    count = data[-1]
    if not 1 <= count <= BLOCK or data[-count:] != bytes([count]) * count:
        raise CryptoError("padding")
    return data[:-count]


def sign(token: str, timestamp: str, nonce: str, encrypted: str) -> str:
    """Lower-case hex SHA-1 over the four values in byte order (wecom.md 2)."""
    parts = sorted(value.encode() for value in (token, timestamp, nonce, encrypted))
    return hashlib.sha1(b"".join(parts), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class CallbackCrypto:
    """Keys of one app's callback: Token, EncodingAESKey and the receiveid (wecom.md 2)."""

    token: str
    aes_key: str
    receive_id: str

    def _cipher(self) -> Cipher[modes.CBC]:
        if not _KEY.fullmatch(self.aes_key):
            raise CryptoError("EncodingAESKey is not 43 letters and digits")
        key = base64.b64decode(self.aes_key + "=")
        return Cipher(algorithms.AES(key), modes.CBC(key[:_AES_BLOCK]))

    def encrypt(self, message: str, *, random: bytes | None = None) -> str:
        """The base64 text of one encrypted message, with fresh random bytes unless they are given."""
        body = message.encode()
        head = (random or secrets.token_bytes(_RANDOM)) + struct.pack(">I", len(body))
        encryptor = self._cipher().encryptor()
        sealed = encryptor.update(_pad(head + body + self.receive_id.encode())) + encryptor.finalize()
        return base64.b64encode(sealed).decode()

    def sign(self, timestamp: str, nonce: str, encrypted: str) -> str:
        """The signature under this callback's Token."""
        return sign(self.token, timestamp, nonce, encrypted)

    def verify(self, signature: str, timestamp: str, nonce: str, encrypted: str) -> None:
        """Raise CryptoError unless the signature fits."""
        if not hmac.compare_digest(self.sign(timestamp, nonce, encrypted).encode(), signature.encode()):
            raise CryptoError("signature")

    def decrypt(self, encrypted: str) -> str:
        """The message inside; refuses bad base64, padding, length, text and receiveid."""
        try:
            sealed = base64.b64decode(encrypted, validate=True)
        except binascii.Error as error:
            raise CryptoError("base64") from error
        if not sealed or len(sealed) % _AES_BLOCK:
            raise CryptoError("cipher length")
        decryptor = self._cipher().decryptor()
        plain = _unpad(decryptor.update(sealed) + decryptor.finalize())
        if len(plain) < _HEAD:
            raise CryptoError("plain length")
        (length,) = struct.unpack(">I", plain[_RANDOM:_HEAD])
        body, receive_id = plain[_HEAD : _HEAD + length], plain[_HEAD + length :]
        if len(body) != length:
            raise CryptoError("message length")
        if receive_id != self.receive_id.encode():
            raise CryptoError("receiveid")
        try:
            return body.decode()
        except UnicodeDecodeError as error:
            raise CryptoError("utf-8") from error
