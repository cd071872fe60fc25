"""My own account: password, second factor, what it is bound to."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.console import guard, passwords, totp
from bot.console.attempts import Refused
from bot.console.auth import address_of, let_in
from bot.console.console import Console
from bot.console.visit import Visit
from handlers.desk.staff import ROLE_NAMES
from storage import accounts

_TOTP = "/me/totp"


def routes(console: Console) -> list[BaseRoute]:
    """Everybody has one."""
    return [
        guard.page(console, "/me", show, None),
        guard.page(console, guard.PASSWORD, ask_password, None, before_change=True),
        guard.action(console, guard.PASSWORD, change_password, None, before_change=True),
        guard.page(console, _TOTP, ask_totp, None),
        guard.action(console, _TOTP, set_totp, None),
        guard.action(console, "/me/totp/off", drop_totp, None),
    ]


async def show(visit: Visit) -> Response:
    """What the account is like."""
    roles = [name for role, name in ROLE_NAMES.items() if role in visit.staff.roles]
    return visit.render("me.html", account=visit.account, roles=roles)


async def ask_password(visit: Visit) -> Response:
    """The form of a new password."""
    return visit.render("password.html", words="", first=visit.account.must_change)


async def change_password(visit: Visit) -> Response:
    """Take a new password; all other browsers are signed out, this one gets a new session."""
    new, account = visit.secret("new"), visit.account
    words = await _fault(visit, new)
    if words:
        return visit.render("password.html", 422, words=words, first=account.must_change)
    hashed = await visit.console.passwords.hash(new)
    changed = await visit.write(lambda c: accounts.set_password(c, account.id, hashed))
    line = visit.entry("password.change", f"account:{account.id}")
    return await let_in(visit, changed, "/me", line, words="密码改好了，别的设备上都已退出。")


async def ask_totp(visit: Visit) -> Response:
    """A new secret, which comes back with the form, sealed for this account."""
    return _totp_form(visit, totp.new_secret(), "")


async def set_totp(visit: Visit) -> Response:
    """Switch the second factor on, once its first code was right."""
    secret = _unsealed(visit)
    if not secret:
        return _totp_form(visit, totp.new_secret(), "这一页放得太久了，请用新的二维码再来一次。", 422)
    step = totp.step_of(secret, visit.text("code", 16).replace(" ", ""), visit.now)
    words = (
        "验证码不对：请看手机的时间准不准，再输一次现在显示的 6 位数字。"
        if step is None
        else await _wrong_password(visit)
    )
    if words:
        return _totp_form(visit, secret, words, 422)
    sealed = visit.console.tools.seal.seal(secret)
    return await _with_totp(visit, sealed, step, "totp.on", "两步验证已打开，下次登录要输验证码。")


async def drop_totp(visit: Visit) -> Response:
    """Switch the second factor off."""
    words = await _wrong_password(visit)
    if words:
        return visit.go("/me", words, "bad")
    return await _with_totp(visit, None, None, "totp.off", "两步验证已关闭。")


async def _with_totp(visit: Visit, sealed: str | None, step: int | None, action: str, words: str) -> Response:
    changed = await visit.write(lambda c: accounts.set_totp(c, visit.account.id, sealed, step))
    line = visit.entry(action, f"account:{visit.account.id}")
    return await let_in(visit, changed, "/me", line, words=words)


async def _fault(visit: Visit, new: str) -> str:
    """What is wrong with the form of a new password; "" if nothing."""
    fault = passwords.fault(new, visit.account.login)
    if fault is not None:
        return fault
    if new != visit.secret("again"):
        return "两次输入的新密码不一样。"
    if visit.account.must_change:  # they have just signed in with the one-time password, or through WeCom
        same = await visit.console.passwords.verify(await _hash_of(visit), new)
        return "新密码不能和一次性密码一样。" if same else ""
    if new == visit.secret("password"):
        return "新密码和现在的一样。"
    return await _wrong_password(visit)


async def _wrong_password(visit: Visit) -> str:
    address, login = address_of(visit.request), visit.account.login
    found = await visit.console.attempts.password(address, login, visit.secret("password"))
    return found.words.replace("登录名或密码不对", "现在的密码不对") if isinstance(found, Refused) else ""


async def _hash_of(visit: Visit) -> str | None:
    found = await visit.read(lambda c: accounts.credentials(c, visit.account.id))
    return found.password if found else None


def _totp_form(visit: Visit, secret: str, words: str, status: int = 200) -> Response:
    sealed = visit.console.tools.seal.seal(f"{visit.account.id} {secret}")
    picture = totp.picture(secret, visit.account.login, f"{visit.console.settings.service.name}工作台")
    spaced = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return visit.render("totp.html", status, sealed=sealed, picture=picture, secret=spaced, words=words)


def _unsealed(visit: Visit) -> str:
    """The secret of the form; "" if it is not ours or another account's."""
    try:
        owner, _, secret = visit.console.tools.seal.open(visit.secret("sealed")).partition(" ")
    except ValueError:
        return ""
    return secret if owner == str(visit.account.id) else ""
