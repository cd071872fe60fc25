"""`fawen records export`: the service ledger as CSV or Excel, in constant memory."""

import csv
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
import xlsxwriter  # type: ignore[import-untyped]
from sqlalchemy import Connection

from bot.commands.common import ConfigOption, folder_exists, settings, upgraded_database
from handlers.ledger import CONSULTATION, consultation_row
from knowledge.load import load
from storage.consultations import between

program = typer.Typer(help="服务台账", no_args_is_help=True)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@program.callback()
def _group() -> None:
    """服务台账"""


@program.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="写到哪个文件，.csv 或 .xlsx", callback=folder_exists)],
    config: ConfigOption = None,
    kind: Annotated[str, typer.Option("--kind", help="哪一种台账")] = "consultation",
    start: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="从哪天起（含）")] = None,
    end: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="到哪天止（含）")] = None,
) -> None:
    """导出咨询台账。"""
    if kind != "consultation":
        raise typer.BadParameter(f"没有 {kind} 这种台账；现在有 consultation", param_hint="--kind")
    if file.suffix not in (".csv", ".xlsx"):
        raise typer.BadParameter(f"{file} 要以 .csv 或 .xlsx 结尾")
    chosen = settings(config)
    knowledge = load(Path(chosen.knowledge.dir) if chosen.knowledge.dir else None)
    first = datetime.combine(start.date(), time(), chosen.zone) if start else None
    after = datetime.combine(_day_after(end), time(), chosen.zone) if end else None

    def rows(connection: Connection) -> Iterator[dict[str, Any]]:
        for row in between(connection, first, after):
            yield consultation_row(row, knowledge, chosen.zone)

    write = _write_csv if file.suffix == ".csv" else _write_xlsx
    count = upgraded_database(chosen).read_now(lambda connection: write(file, rows(connection)))
    print(f"{count} 条写到 {file}")


def _day_after(day: datetime) -> date:
    return day.date() + timedelta(days=1)


def _write_csv(file: Path, rows: Iterable[dict[str, Any]]) -> int:
    count = 0
    with file.open("w", encoding="utf-8-sig", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(CONSULTATION)
        for row in rows:
            writer.writerow([_harmless(row[name]) for name in CONSULTATION])
            count += 1
    return count


def _write_xlsx(file: Path, rows: Iterable[dict[str, Any]]) -> int:
    count = 0
    options = {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": True}
    with xlsxwriter.Workbook(str(file), options) as book:
        sheet = book.add_worksheet("法律咨询")
        bold = book.add_format({"bold": True})
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, len(CONSULTATION) - 1, 16)
        for column, name in enumerate(CONSULTATION):
            sheet.write_string(0, column, name, bold)
        for count, row in enumerate(rows, 1):
            for column, name in enumerate(CONSULTATION):
                value = row[name]
                if isinstance(value, int):
                    sheet.write_number(count, column, value)
                else:
                    sheet.write_string(count, column, str(value))
    return count


def _harmless(value: object) -> object:
    """Text that a spreadsheet would run as a formula gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
