"""The console's cookies: who is signed in, the guest's seed, and a word to be said on the next page."""

import base64
import hashlib
import json
import secrets

from starlette.requests import Request
from starlette.responses import Response

from bot.console.console import ROOT, Console

SESSION = "fawen_console"
GUEST = "fawen_guest"
FLASH = "fawen_flash"
_LONGEST_FLASH = 300  # characters: a cookie holds 4 KB


def new_token() -> str:
    """A token that nobody can guess."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What the database knows of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def give(
    console: Console, answer: Response, name: str, value: str, *, path: str = ROOT, seconds: int | None = None
) -> None:
    """Set a cookie that only our own pages get and no script can read; without `seconds` it ends with the browser."""
    answer.set_cookie(name, value, max_age=seconds, path=path, secure=console.secure, httponly=True, samesite="lax")


def take(console: Console, answer: Response, name: str, *, path: str = ROOT) -> None:
    """Delete a cookie."""
    answer.delete_cookie(name, path=path, secure=console.secure, httponly=True, samesite="lax")


def say_next(console: Console, answer: Response, seed: str, text: str, kind: str) -> None:
    """Let the next page of the same browser begin with a notice; `kind` is good, warn or bad."""
    words = json.dumps([kind, text[:_LONGEST_FLASH]], ensure_ascii=False).encode()
    packed = base64.urlsafe_b64encode(words).decode("ascii")
    give(console, answer, FLASH, f"{packed}.{console.mark('flash', seed, packed)}", seconds=120)


def said_before(console: Console, request: Request, seed: str) -> tuple[str, str] | None:
    """The notice that an earlier answer left: (kind, text); None if there is none, or it is not ours."""
    packed, _, mark = request.cookies.get(FLASH, "").rpartition(".")
    if not packed or not console.is_mark(mark, "flash", seed, packed):
        return None
    kind, text = json.loads(base64.urlsafe_b64decode(packed))
    return str(kind), str(text)
