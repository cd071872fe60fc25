"""`fawen user`: accounts of staff from the command line, for the first ones and for when nobody can sign in."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from sqlalchemy import Connection

from bot.app import now
from bot.commands.common import ConfigOption, settings, upgraded_database
from bot.config import Settings
from bot.console.passwords import hash_now, one_time
from bot.console.words import COUNTY_NAME, township
from handlers.desk.accounts import LAST_ADMINISTRATOR, TAKEN, Particulars
from handlers.desk.staff import COUNTY, ROLE_NAMES, Role
from knowledge.load import load
from storage import accounts
from storage.account_records import Account, NewAccount
from storage.audit import write_audit
from storage.database import Database
from storage.desk_records import AuditEntry

program = typer.Typer(help="工作人员的账号", no_args_is_help=True)
ACTOR = "命令行"
_ROLES = {name: role for role, name in ROLE_NAMES.items()} | {role.value: role for role in Role}
LoginArgument = Annotated[str, typer.Argument(help="登录名")]
RolesOption = Annotated[
    list[str],
    typer.Option("--role", help="角色，可以写几次：" + "、".join(f"{role} {ROLE_NAMES[role]}" for role in Role)),
]


@program.command("add")
def add(
    login: LoginArgument,
    name: Annotated[str, typer.Option("--name", help="姓名，居民看得到")],
    roles: RolesOption,
    unit: Annotated[str, typer.Option("--unit", help="乡镇街道全名；不写是县中心")] = COUNTY_NAME,
    wecom: Annotated[str, typer.Option("--wecom", help="企业微信通讯录里的账号")] = "",
    telegram: Annotated[str, typer.Option("--telegram", help="Telegram 的数字编号")] = "",
    config: ConfigOption = None,
) -> None:
    """新建账号，打出一次性密码。"""
    chosen = settings(config)
    given = Particulars(login.lower(), name, _roles(roles), _unit(unit), wecom.lower() or None, telegram or None)
    _check(chosen, given)
    password = one_time()
    draft = NewAccount(
        given.login,
        given.name,
        tuple(given.roles),
        given.unit,
        hash_now(password),
        wecom_userid=given.wecom_userid,
        telegram_id=given.telegram_id,
    )

    def work(connection: Connection) -> str:
        made = accounts.create(connection, draft, now())
        if made is None:
            taken = accounts.taken(
                connection, login=draft.login, wecom_userid=draft.wecom_userid, telegram_id=draft.telegram_id
            )
            return TAKEN[taken or "login"]
        _note(connection, "account.create", made)
        return ""

    fault = upgraded_database(chosen).write_now(work)
    if fault:
        _fail(fault)
    _tell(given.login, password)


@program.command("list")
def show(config: ConfigOption = None) -> None:
    """列出全部账号。"""
    found = upgraded_database(settings(config)).read_now(accounts.everybody)
    for account in found:
        roles = "、".join(ROLE_NAMES[Role(word)] if word in _ROLES else word for word in account.roles)
        print("\t".join((account.login, account.name, roles, township(account.unit), _standing(account))))
    if not found:
        print("还没有账号：fawen run 第一次启动时会建一个管理员，也可以用 fawen user add")


@program.command("disable")
def disable(login: LoginArgument, config: ConfigOption = None) -> None:
    """停用账号：马上退出，手上的会话退回等候队列，没办完的工单变成待分派。"""

    def work(connection: Connection, account: Account) -> str:
        back = accounts.disable(connection, account.id, now(), None, ACTOR)
        _note(connection, "account.disable", account)
        return f"已停用 {account.login}；退回会话 {len(back.conversations)} 个、工单 {len(back.cases)} 件"

    print(_change(config, login, work))


@program.command("enable")
def enable(login: LoginArgument, config: ConfigOption = None) -> None:
    """启用账号，也解除锁定。"""

    def work(connection: Connection, account: Account) -> str:
        accounts.enable(connection, account.id)
        _note(connection, "account.enable", account)
        return f"{account.login} 可以登录了"

    print(_change(config, login, work))


@program.command("set-role")
def set_role(login: LoginArgument, roles: RolesOption, config: ConfigOption = None) -> None:
    """换角色：写了的就有，没写的就没有了。"""
    words = _roles(roles)

    def work(connection: Connection, account: Account) -> str:
        changed = accounts.change(
            connection,
            account.id,
            name=account.name,
            roles=words,
            unit=account.unit,
            wecom_userid=account.wecom_userid,
            telegram_id=account.telegram_id,
        )
        _note(connection, "account.change", changed)
        return f"{account.login} 的角色现在是：" + "、".join(ROLE_NAMES[Role(word)] for word in words)

    print(_change(config, login, work))


@program.command("reset-password")
def reset_password(login: LoginArgument, config: ConfigOption = None) -> None:
    """打出新的一次性密码；所有设备退出，锁定和两步验证一起取消。"""
    password = one_time()
    hashed = hash_now(password)

    def work(connection: Connection, account: Account) -> str:
        accounts.reset_password(connection, account.id, hashed)
        _note(connection, "account.reset_password", account)
        return account.login

    _tell(_change(config, login, work), password)


def first_administrator(database: Database) -> str | None:
    """The one-time password of the account "admin" where there was no account at all; else None."""
    password = one_time()
    roles = (Role.ADMINISTRATOR.value, Role.SUPERVISOR.value)
    draft = NewAccount("admin", "管理员", roles, COUNTY, hash_now(password))

    def work(connection: Connection) -> bool:
        made = accounts.create_first(connection, draft, now())
        if made is not None:
            _note(connection, "account.create", made)
        return made is not None

    return password if database.write_now(work) else None


def _change(config: Path | None, login: str, work: Callable[[Connection, Account], str]) -> str:
    def found(connection: Connection) -> str | None:
        account = accounts.by_login(connection, login)
        return None if account is None else work(connection, account)

    try:
        told = upgraded_database(settings(config)).write_now(found)
    except accounts.LastAdministrator:
        _fail(LAST_ADMINISTRATOR)
    return told if told is not None else _fail(f"没有 {login} 这个账号；fawen user list 看有哪些")


def _check(chosen: Settings, given: Particulars) -> None:
    knowledge = load(Path(chosen.knowledge.dir) if chosen.knowledge.dir else None)
    faults = given.faults([one.name for one in knowledge.townships])
    if faults:
        _fail("\n".join(faults.values()))


def _roles(words: list[str]) -> list[str]:
    unknown = [word for word in words if word not in _ROLES]
    if unknown:
        raise typer.BadParameter(f"没有 {unknown[0]} 这个角色；有 " + "、".join(_ROLES), param_hint="--role")
    return [role.value for role in Role if role in {_ROLES[word] for word in words}]


def _unit(word: str) -> str:
    return COUNTY if word == COUNTY_NAME else word


def _standing(account: Account) -> str:
    if account.disabled_at is not None:
        return "停用"
    if account.locked_until is not None and account.locked_until > now():
        return "锁定"
    return "还没换密码" if account.must_change else "正常"


def _note(connection: Connection, action: str, account: Account) -> None:
    detail = {"roles": list(account.roles)}
    about = f"account:{account.id}"
    write_audit(connection, AuditEntry(now(), None, ACTOR, action, about, account.unit, detail))


def _tell(login: str, password: str) -> None:
    print(f"登录名 {login}\n一次性密码 {password}\n只显示这一次，第一次登录要换成自己的密码。")


def _fail(words: str) -> NoReturn:
    print(words, file=sys.stderr)
    raise typer.Exit(1)
