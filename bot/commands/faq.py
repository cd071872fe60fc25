"""`fawen faq`: check the knowledge and write it out."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
import xlsxwriter  # type: ignore[import-untyped]

from bot.app import now
from bot.commands.common import ConfigOption, folder_exists, settings
from handlers.answer import article_name
from knowledge.entry import Entry
from knowledge.lint import lint as find_problems
from knowledge.lint import warnings
from knowledge.load import Knowledge, load
from knowledge.match import Matcher

program = typer.Typer(help="检查和导出知识", no_args_is_help=True)
_COLUMNS = ("id", "domain", "question", "situation", "conclusion", "steps", "materials", "deadline", "where", "cost")
_MORE_COLUMNS = ("dont", "cites", "related", "variants", "reviewed_by", "reviewed_on", "review_due", "needs_review")


@program.command("lint")
def lint(
    config: ConfigOption = None, quiet: Annotated[bool, typer.Option("--quiet", help="只看错误，不看提醒")] = False
) -> None:
    """检查每个条目：依据是否现行、缺不缺项、复核到期没有、问法有没有撞车。"""
    knowledge = _knowledge(config)
    problems = find_problems(knowledge, now().astimezone(settings(config).zone).date())
    for problem in problems:
        print(f"错误 {problem}")
    hints = [] if quiet else warnings(knowledge, Matcher(knowledge))
    for hint in hints:
        print(f"提醒 {hint}")
    print(f"{len(knowledge.entries)} 个条目，{len(problems)} 个错误，{len(hints)} 个提醒")
    if problems:
        raise typer.Exit(1)


@program.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="写到哪个文件，.xlsx 或 .jsonl", callback=folder_exists)],
    config: ConfigOption = None,
) -> None:
    """导出全部条目，一行一个。"""
    rows = [as_row(entry) for entry in _knowledge(config).entries.values()]
    if file.suffix == ".jsonl":
        file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    elif file.suffix == ".xlsx":
        _write_sheet(file, rows)
    else:
        raise typer.BadParameter(f"{file} 要以 .xlsx 或 .jsonl 结尾")
    print(f"{len(rows)} 个条目写到 {file}")


def as_row(entry: Entry) -> dict[str, Any]:
    """An entry as one line: id, domain, question, the answer's parts, cites, variants, review."""
    return {
        "id": entry.id,
        "domain": entry.domain,
        **{name: getattr(entry, name) for name in ("question", "situation", "conclusion", "deadline", "cost", "dont")},
        "steps": list(entry.steps),
        "materials": list(entry.materials),
        "where": [entry.where.kind, *entry.where.also] if entry.where else [],
        "cites": [_cite(cite.law, cite.article, str(cite.edition or "")) for cite in entry.cites],
        "related": list(entry.related),
        "variants": list(entry.variants),
        "reviewed_by": entry.reviewed.by,
        "reviewed_on": entry.reviewed.on.isoformat(),
        "review_due": entry.reviewed.due.isoformat(),
        "needs_review": entry.needs_review,
    }


def _cite(law: str, articles: tuple[int | str, ...], edition: str) -> str:
    return f"《{law}》{'、'.join(article_name(a) for a in articles)}{f'（{edition}版）' if edition else ''}"


def _write_sheet(file: Path, rows: list[dict[str, Any]]) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": True}
    with xlsxwriter.Workbook(str(file), options) as book:
        sheet = book.add_worksheet("知识")
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        bold = book.add_format({"bold": True})
        columns = (*_COLUMNS, *_MORE_COLUMNS)
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, len(columns) - 1, 28)
        for column, name in enumerate(columns):
            sheet.write_string(0, column, name, bold)
        for number, row in enumerate(rows, 1):
            for column, name in enumerate(columns):
                value = row[name]
                sheet.write_string(number, column, "\n".join(value) if isinstance(value, list) else str(value), wrap)


def _knowledge(config: Path | None) -> Knowledge:
    folder = settings(config).knowledge.dir
    return load(Path(folder) if folder else None)
