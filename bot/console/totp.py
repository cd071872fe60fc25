"""The second factor: codes of six digits that change every thirty seconds (RFC 6238)."""

import hmac
from datetime import datetime

import pyotp
import segno

PERIOD = 30
_TOLERATED = (0, -1, 1)  # steps that a telephone's clock may be off


def new_secret() -> str:
    """A secret for an authenticator, in base32."""
    return pyotp.random_base32()


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step to which `code` belongs, if it is one of about now; else None."""
    if not (code.isascii() and code.isdigit()):
        return None
    present = int(now.timestamp()) // PERIOD
    known = pyotp.TOTP(secret, interval=PERIOD)
    for offset in _TOLERATED:
        if hmac.compare_digest(known.generate_otp(present + offset), code):
            return present + offset
    return None


def picture(secret: str, login: str, service: str) -> str:
    """The secret as a QR code for an authenticator: a data: address of an SVG."""
    address = pyotp.TOTP(secret, interval=PERIOD).provisioning_uri(name=login, issuer_name=service)
    return str(segno.make(address, error="m").svg_data_uri(scale=5, border=4, dark="#000", light="#fff"))
