"""`fawen records export`: the service ledgers as CSV or Excel, in constant memory."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
import xlsxwriter  # type: ignore[import-untyped]
from sqlalchemy import Connection

from bot.commands.common import ConfigOption, folder_exists, settings, upgraded_database
from bot.config import Settings
from handlers.case_ledger import LEDGERS, RATING, RATING_SHEET, rating_row
from handlers.ledger import CONSULTATION, consultation_row
from knowledge.load import load
from storage import case_ledger
from storage.consultations import between

program = typer.Typer(help="服务台账", no_args_is_help=True)
KINDS = ("consultation", *LEDGERS, "rating")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_Row = dict[str, Any]


@dataclass(frozen=True)
class _Table:
    """One ledger: its sheet and headers, and its rows of a period."""

    sheet: str
    columns: Sequence[str]
    rows: Callable[[Connection], Iterator[_Row]]


@program.callback()
def _group() -> None:
    """服务台账"""


@program.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="写到哪个文件，.csv 或 .xlsx", callback=folder_exists)],
    config: ConfigOption = None,
    kind: Annotated[str, typer.Option("--kind", help="哪一种台账：" + "、".join(KINDS))] = "consultation",
    start: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="从哪天起（含）")] = None,
    end: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="到哪天止（含）")] = None,
) -> None:
    """导出台账：咨询、各种工单、满意度评价。"""
    if kind not in KINDS:
        raise typer.BadParameter(f"没有 {kind} 这种台账；有 {'、'.join(KINDS)}", param_hint="--kind")
    if file.suffix not in (".csv", ".xlsx"):
        raise typer.BadParameter(f"{file} 要以 .csv 或 .xlsx 结尾")
    chosen = settings(config)
    first = datetime.combine(start.date(), time(), chosen.zone) if start else None
    after = datetime.combine(_day_after(end), time(), chosen.zone) if end else None
    table = _table(chosen, kind, first, after)
    write = _write_csv if file.suffix == ".csv" else _write_xlsx
    count = upgraded_database(chosen).read_now(lambda connection: write(file, table, table.rows(connection)))
    print(f"{count} 条写到 {file}")


def _table(chosen: Settings, kind: str, first: datetime | None, after: datetime | None) -> _Table:
    if kind == "consultation":
        return _Table("法律咨询", CONSULTATION, partial(_consultations, chosen, first, after))
    if kind == "rating":
        return _Table(RATING_SHEET, RATING, partial(_ratings, chosen, first, after))
    ledger = LEDGERS[kind]
    return _Table(ledger.sheet, ledger.columns, partial(_cases, chosen, kind, first, after))


def _consultations(
    chosen: Settings, first: datetime | None, after: datetime | None, connection: Connection
) -> Iterator[_Row]:
    knowledge = load(Path(chosen.knowledge.dir) if chosen.knowledge.dir else None)
    for row in between(connection, first, after):
        yield consultation_row(row, knowledge, chosen.zone)


def _ratings(
    chosen: Settings, first: datetime | None, after: datetime | None, connection: Connection
) -> Iterator[_Row]:
    for given in case_ledger.ratings_given(connection, first, after):
        yield rating_row(given, chosen.zone)


def _cases(
    chosen: Settings, kind: str, first: datetime | None, after: datetime | None, connection: Connection
) -> Iterator[_Row]:
    for rated in case_ledger.of_kind(connection, kind, first, after):
        row = LEDGERS[kind].row(rated, chosen.zone)
        if row is not None:
            yield row


def _day_after(day: datetime) -> date:
    return day.date() + timedelta(days=1)


def _write_csv(file: Path, table: _Table, rows: Iterable[_Row]) -> int:
    count = 0
    with file.open("w", encoding="utf-8-sig", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(table.columns)
        for row in rows:
            writer.writerow([_harmless(row[name]) for name in table.columns])
            count += 1
    return count


def _write_xlsx(file: Path, table: _Table, rows: Iterable[_Row]) -> int:
    count = 0
    options = {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": True}
    with xlsxwriter.Workbook(str(file), options) as book:
        sheet = book.add_worksheet(table.sheet)
        bold = book.add_format({"bold": True})
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, len(table.columns) - 1, 16)
        for column, name in enumerate(table.columns):
            sheet.write_string(0, column, name, bold)
        for count, row in enumerate(rows, 1):
            _write_row(sheet, count, table.columns, row)
    return count


def _write_row(sheet: Any, number: int, columns: Sequence[str], row: Mapping[str, Any]) -> None:
    for column, name in enumerate(columns):
        value = row[name]
        if isinstance(value, int | float):
            sheet.write_number(number, column, value)
        else:
            sheet.write_string(number, column, str(value))


def _harmless(value: object) -> object:
    """Text that a spreadsheet would run as a formula gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
