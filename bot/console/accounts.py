"""Accounts of staff, for administrators: make, change, disable, enable, give a new password."""

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.console import guard
from bot.console.console import Console
from bot.console.passwords import one_time
from bot.console.refusal import Refusal
from bot.console.visit import Visit
from bot.console.words import COUNTY_NAME
from handlers.desk.accounts import LAST_ADMINISTRATOR, TAKEN, Particulars, disable
from handlers.desk.staff import COUNTY, ROLE_NAMES, Permission, Role
from storage import accounts
from storage.account_records import Account, NewAccount
from storage.audit import write_audit
from storage.hand_back import held_by

_MAY = Permission.ACCOUNTS
ROLE_WORDS = {
    Role.DESK: "接待居民、办工单",
    Role.SUPERVISOR: "同接待员，还能派活、收回、审批、看提醒",
    Role.ADMINISTRATOR: "管账号、机构和排班，不看会话",
    Role.AUDITOR: "看审计和登记册，不看个人信息",
    Role.EDITOR: "管知识和常用答复",
}


def routes(console: Console) -> list[BaseRoute]:
    """The list, one account, and what can be done with it."""
    one = "/accounts/{id:int}"
    return [
        guard.page(console, "/accounts", show_all, _MAY),
        guard.page(console, "/accounts/new", ask_new, _MAY),
        guard.action(console, "/accounts/new", make, _MAY),
        guard.page(console, one, show_one, _MAY),
        guard.action(console, one, change, _MAY),
        guard.action(console, f"{one}/reset-password", reset_password, _MAY),
        guard.action(console, f"{one}/disable", disable_one, _MAY),
        guard.action(console, f"{one}/enable", enable_one, _MAY),
    ]


async def show_all(visit: Visit) -> Response:
    """Everybody in scope, the disabled ones last."""
    everybody = await visit.read(accounts.everybody)
    found = [account for account in everybody if visit.staff.covers(account.unit)]
    return visit.render("accounts.html", accounts=found, role_names=ROLE_NAMES, now=visit.now)


async def ask_new(visit: Visit) -> Response:
    """An empty form."""
    return _form(visit, Particulars("", "", (Role.DESK,), COUNTY), {})


async def make(visit: Visit) -> Response:
    """Make the account and show its one-time password, once."""
    given = _particulars(visit, visit.text("login", 64).lower())
    faults = _faults(visit, given)
    if faults:
        return _form(visit, given, faults)
    password = one_time()
    hashed = await visit.console.passwords.hash(password)
    draft = NewAccount(
        given.login,
        given.name,
        tuple(given.roles),
        given.unit,
        hashed,
        must_change=True,
        wecom_userid=given.wecom_userid,
        telegram_id=given.telegram_id,
    )

    def work(connection: Connection) -> Account | str:
        made = accounts.create(connection, draft, visit.now)
        if made is None:
            return _taken(connection, given, None) or "login"
        detail = {"roles": list(made.roles)}
        write_audit(connection, visit.entry("account.create", f"account:{made.id}", unit=made.unit, **detail))
        return made

    made = await visit.write(work)
    if isinstance(made, str):
        return _form(visit, given, {made: TAKEN[made]})
    return visit.render("one_time.html", account=made, password=password, fresh=True)


async def show_one(visit: Visit) -> Response:
    """One account with what it has in hand."""
    account = await _account(visit)
    given = Particulars(
        account.login, account.name, account.roles, account.unit, account.wecom_userid, account.telegram_id
    )
    return await _page(visit, account, given, {})


async def change(visit: Visit) -> Response:
    """Name, roles, unit, bindings; they count from the next click on."""
    account = await _account(visit)
    given = _particulars(visit, account.login)
    faults = _faults(visit, given)
    if faults:
        return await _page(visit, account, given, faults)

    def work(connection: Connection) -> str | None:
        clash = _taken(connection, given, account.id)
        if clash is not None:
            return clash
        accounts.change(
            connection,
            account.id,
            name=given.name,
            roles=given.roles,
            unit=given.unit,
            wecom_userid=given.wecom_userid,
            telegram_id=given.telegram_id,
        )
        changed = visit.entry("account.change", f"account:{account.id}", unit=given.unit, roles=list(given.roles))
        write_audit(connection, changed)
        return None

    try:
        clash = await visit.write(work)
    except accounts.LastAdministrator as error:
        raise Refusal(409, LAST_ADMINISTRATOR, title="没有保存", back=_path(account)) from error
    except IntegrityError as error:  # somebody else took the name between the look and the change
        raise Refusal(409, back=_path(account)) from error
    if clash is not None:
        return await _page(visit, account, given, {clash: TAKEN[clash]})
    return visit.go(_path(account), "已经保存。")


async def reset_password(visit: Visit) -> Response:
    """Another one-time password, shown once; sessions, locks and the second factor are gone."""
    account = await _account(visit)
    if account.id == visit.staff.id:
        raise Refusal(409, "自己的密码请在“我的账号”里改。", title="没有重设", back="/me")
    password = one_time()
    hashed = await visit.console.passwords.hash(password)

    def work(connection: Connection) -> None:
        accounts.reset_password(connection, account.id, hashed)
        write_audit(connection, visit.entry("account.reset_password", f"account:{account.id}", unit=account.unit))

    await visit.write(work)
    return visit.render("one_time.html", account=account, password=password, fresh=False)


async def disable_one(visit: Visit) -> Response:
    """Nobody acts under this account any more; what it had in hand goes back to the queue."""
    account = await _account(visit)
    if account.id == visit.staff.id:
        raise Refusal(409, "不能停用自己，请另一位管理员来做。", title="没有停用", back=_path(account))
    if account.disabled_at is not None:
        return visit.go(_path(account), "这个账号早已停用。", "warn")
    try:
        back = await disable(visit.console.tools, account.id, visit.staff.id, visit.staff.name)
    except accounts.LastAdministrator as error:
        raise Refusal(409, LAST_ADMINISTRATOR, title="没有停用", back=_path(account)) from error
    words = f"已停用 {account.name}。"
    if back.conversations or back.cases:
        words += f"退回队列：会话 {len(back.conversations)} 个，工单 {len(back.cases)} 件，请主管安排人接。"
    return visit.go("/accounts", words)


async def enable_one(visit: Visit) -> Response:
    """The account may act again, also where it was locked."""
    account = await _account(visit)

    def work(connection: Connection) -> None:
        accounts.enable(connection, account.id)
        write_audit(connection, visit.entry("account.enable", f"account:{account.id}", unit=account.unit))

    await visit.write(work)
    return visit.go(_path(account), "可以登录了。忘了密码就再重设一次。")


async def _account(visit: Visit) -> Account:
    number = visit.request.path_params["id"]
    found = await visit.read(lambda connection: accounts.by_id(connection, number)) if number < 2**63 else None
    if found is None or not visit.staff.covers(found.unit):
        raise Refusal(404, "没有这个账号，或者它不在您的范围里。", back="/accounts")
    return found


def _particulars(visit: Visit, login: str) -> Particulars:
    roles = [role.value for role in Role if role.value in visit.form.getlist("roles")]
    return Particulars(
        login=login,
        name=visit.text("name", 64),
        roles=roles,
        unit=visit.text("unit", 32),
        wecom_userid=visit.text("wecom_userid", 64).lower() or None,
        telegram_id=visit.text("telegram_id", 32) or None,
    )


def _faults(visit: Visit, given: Particulars) -> dict[str, str]:
    """What is wrong; a workstation's administrator makes no accounts that see more than their own."""
    found = given.faults(_townships(visit))
    if "unit" not in found and not visit.staff.covers(given.unit):
        found["unit"] = "只能管本单位的账号，别的单位请找县里的管理员。"
    return found


def _taken(connection: Connection, given: Particulars, besides: int | None) -> str | None:
    return accounts.taken(
        connection,
        login=given.login,
        wecom_userid=given.wecom_userid,
        telegram_id=given.telegram_id,
        besides=besides,
    )


def _form(visit: Visit, given: Particulars, faults: dict[str, str]) -> Response:
    return visit.render("account_new.html", 422 if faults else 200, given=given, faults=faults, **_choices(visit))


async def _page(visit: Visit, account: Account, given: Particulars, faults: dict[str, str]) -> Response:
    held = await visit.read(lambda connection: held_by(connection, account.id))
    context = {"account": account, "held": held, "given": given, "faults": faults, "now": visit.now}
    return visit.render("account.html", 422 if faults else 200, **context, **_choices(visit))


def _choices(visit: Visit) -> dict[str, object]:
    every = [(COUNTY, COUNTY_NAME), *((name, name) for name in _townships(visit))]
    units = [(unit, name) for unit, name in every if visit.staff.covers(unit)]
    roles = [(role.value, ROLE_NAMES[role], ROLE_WORDS[role]) for role in Role]
    return {"units": units, "roles": roles}


def _townships(visit: Visit) -> list[str]:
    return [township.name for township in visit.console.tools.knowledge.townships]


def _path(account: Account) -> str:
    return f"/accounts/{account.id}"
