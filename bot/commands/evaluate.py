"""`fawen evaluate`: accuracy on labelled questions."""

import json
from pathlib import Path
from typing import Annotated

import typer

from bot.app import build_matcher
from bot.commands.common import ConfigOption, settings
from bot.evaluation import BadLabels, confusions, judge, read_labels, summarize

_SHOWN = 20


def evaluate(
    file: Annotated[Path, typer.Argument(help='JSONL：{"text", "expect": [...], "kind"}', exists=True, dir_okay=False)],
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="用 JSON 给出全部数字")] = False,
) -> None:
    """在标注好的问句上算准确率，并列出混淆最多的主题。"""
    try:
        rows = read_labels(file)
    except BadLabels as error:
        raise typer.BadParameter(str(error)) from error
    judged = judge(build_matcher(settings(config)), rows)
    figures, confused = summarize(judged), confusions(judged)
    if as_json:
        print(json.dumps(figures | {"confusions": confused}, ensure_ascii=False, indent=2))
        return
    for name, value in figures.items():
        print(f"{name:18} {_shown(value)}")
    for expected, got, count in confused[:_SHOWN]:
        print(f"  {count:3}  {expected} -> {got}")


def _shown(value: object) -> str:
    if isinstance(value, dict) and "share" in value:
        share = value["share"]
        return f"{share:.3f}  ({value['of']})" if share is not None else "-"
    return json.dumps(value, ensure_ascii=False)
