"""Signing in with WeCom: there with a state that only this browser can bring back, back with a code."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Damaged

from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from bot.channels.wecom.sign_in import NotAMember, Unavailable, WeComSignIn
from bot.console import cookies, guard
from bot.console.attempts import entry
from bot.console.console import ROOT, Console
from bot.console.refusal import Refusal
from bot.console.sign_in import PLAIN, WECOM, welcome
from bot.console.visit import SEE_OTHER, Guest
from storage import accounts
from storage.account_records import Account
from storage.audit import write_audit

_BACK = f"{WECOM}/back"
_COOKIE = "fawen_wecom"
_PATH = ROOT + WECOM
_TEN_MINUTES = 600


def routes(console: Console) -> list[BaseRoute]:
    """There and back."""
    return [guard.open_page(console, WECOM, there), guard.open_page(console, _BACK, back)]


async def there(guest: Guest) -> Response:
    """To the platform's page. Where to go afterwards waits in a cookie, which the state is the mark of."""
    asked = urlsafe_b64encode(guest.text("next", 500).encode()).decode("ascii")
    kept = f"{cookies.new_token()}.{asked}"
    address = _sign_in(guest).address(f"{guest.console.public_url}{ROOT}{_BACK}", guest.console.mark("wecom", kept))
    answer = RedirectResponse(address, status_code=SEE_OTHER)
    cookies.give(guest.console, answer, _COOKIE, kept, path=_PATH, seconds=_TEN_MINUTES)
    return answer


async def back(guest: Guest) -> Response:
    """With a code: whose is it, and have they an account here?"""
    kept = guest.request.cookies.get(_COOKIE, "")
    if not kept or not guest.console.is_mark(guest.text("state", 128), "wecom", kept):
        raise Refusal(
            403, "这次登录不是从这个浏览器发起的，或者放得太久了。请再登录一次。", title="没有登录", back=PLAIN
        )
    account = await _whose(guest)
    answer = await welcome(guest, account, _next(kept), "wecom", verified=not account.has_totp)
    cookies.take(guest.console, answer, _COOKIE, path=_PATH)
    return answer


async def _whose(guest: Guest) -> Account:
    try:
        member = await _sign_in(guest).member(guest.text("code", 600))
    except NotAMember as error:
        words = "企业微信没有确认您的身份：可能链接用过了，或者您不在本单位的企业微信里。请再登录一次。"
        raise Refusal(403, words, title="没有登录", back=PLAIN) from error
    except Unavailable as error:
        raise Refusal(503, "企业微信现在没有回应，请用登录名和密码登录。", back=PLAIN) from error
    account = await guest.read(lambda connection: accounts.by_wecom_userid(connection, member))
    if account is None:
        line = entry(None, "sign_in.refused", guest.now, why="unbound")
        await guest.write(lambda connection: write_audit(connection, line))
        words = "您的企业微信还没有绑定工作台账号，请管理员在“账号”里填上。"
        raise Refusal(403, words, title="没有登录", back=PLAIN)
    return account


def _sign_in(guest: Guest) -> WeComSignIn:
    found = guest.console.wecom
    if found is None:
        raise Refusal(404, "这里没有打开企业微信登录。", back=PLAIN)
    return found


def _next(kept: str) -> str:
    """Where to go afterwards, out of a cookie whose mark was right."""
    try:
        return urlsafe_b64decode(kept.partition(".")[2]).decode()
    except (Damaged, UnicodeDecodeError):
        return "/"
