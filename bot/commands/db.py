"""`fawen db` and `fawen purge`: migrations, backup, restore, retention."""

from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from bot.app import now, only_process, open_database
from bot.commands.common import ConfigOption, settings, upgraded_database
from bot.schedule import RUNS_KEPT
from storage import retention
from storage import upgrade as storage_upgrade

program = typer.Typer(help="数据库：升级、备份、恢复", no_args_is_help=True)


@program.command("upgrade")
def upgrade(config: ConfigOption = None) -> None:
    """把数据库升到这个版本要的结构；升之前 SQLite 会先自动备份。"""
    before, after = storage_upgrade.upgrade(open_database(settings(config)))
    print(f"已经是最新（{after}）" if before == after else f"从 {before or '空库'} 升到 {after}")


@program.command("backup")
def backup(file: Annotated[Path, typer.Argument(help="备份到哪个文件")], config: ConfigOption = None) -> None:
    """在运行中备份整个数据库。privacy.key 和 attachments 文件夹要另外备份。"""
    storage_upgrade.backup(open_database(settings(config)), file)
    print(f"已备份到 {file}。别忘了另外备份 data_dir 里的 privacy.key 和 attachments 文件夹。")


@program.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(help="用哪个备份", exists=True, dir_okay=False)], config: ConfigOption = None
) -> None:
    """用备份换掉现在的数据库；先停掉服务。原来的文件会留在旁边。"""
    chosen = settings(config)
    database = open_database(chosen)
    with only_process(chosen) if database.is_sqlite else nullcontext():
        storage_upgrade.restore(database, file)
    print(f"已从 {file} 恢复")


def purge(config: ConfigOption = None) -> None:
    """马上按保存期限清理聊天原文。"""
    chosen, at = settings(config), now()
    before = at - timedelta(days=chosen.privacy.message_days)
    gone = upgraded_database(chosen).write_now(lambda connection: retention.purge(connection, before, at - RUNS_KEPT))
    print("，".join(f"{kind} {count} 行" for kind, count in gone.items()))
