"""Commands around questions and answers, through processes: help, ask, match, evaluate, faq."""

import json
from pathlib import Path

import openpyxl
import pytest

from tests.bot.command_tools import Folder

WAGES = "老板拖欠工资三个月不给，怎么办"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder with nothing in it."""
    return Folder(tmp_path)


def test_help_lists_every_command(folder: Folder) -> None:
    told = folder.fawen("--help").out
    for command in ("run", "check", "ask", "match", "evaluate", "faq", "records", "db", "purge"):
        assert f" {command} " in told


def test_wrong_usage_ends_with_two_and_bad_settings_with_one(folder: Folder) -> None:
    folder.fawen("sing", code=2)
    folder.fawen("ask", code=2)
    told = folder.fawen("ask", WAGES, code=1, FAWEN__WEB__PORT="many")
    assert "[web] port = 'many'" in told.err
    (folder.path / "mine.toml").write_text("[knowledge]\ndir = 'nowhere'\n")
    assert "nowhere" in folder.fawen("--config", "mine.toml", "ask", WAGES, code=1).err


def test_ask_answers_in_words_and_as_json_and_leaves_no_trace(folder: Folder) -> None:
    words = folder.fawen("ask", WAGES).out
    assert "依据：" in words
    assert "12333" in words
    told = json.loads(folder.fawen("ask", WAGES, "--json").out)
    assert (told["text"], told["outcome"]) == (WAGES, "answer")
    assert told["candidates"][0]["id"] == told["replies"][0]["topic"]
    assert told["replies"][0]["cites"]
    assert list(folder.path.iterdir()) == []


def test_match_judges_every_line_and_stops_at_a_bad_one(folder: Folder) -> None:
    texts = [WAGES, "你好", "我要找人工", "他拿刀要杀我", "今天天气怎么样 asdf"]
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    judged = [json.loads(line) for line in folder.fawen("match", stdin=lines + "\n").out.splitlines()]
    assert [row["text"] for row in judged] == texts
    assert [row["outcome"] for row in judged[:4]] == ["answer", "smalltalk", "human", "urgent"]
    assert judged[4]["outcome"] != "answer"
    for row in judged:
        scores = [candidate["score"] for candidate in row["candidates"]]
        assert len(scores) <= 5
        assert scores == sorted(scores, reverse=True)
        assert row["micros"] >= 0
    told = folder.fawen("match", stdin=json.dumps({"text": WAGES}) + '\n{"txt": "x"}\n', code=2)
    assert len(told.out.splitlines()) == 1
    assert "第 2 行" in told.err


def test_evaluate_counts_hits_and_lists_confusions(folder: Folder) -> None:
    told = json.loads(folder.fawen("ask", WAGES, "--json").out)
    topic = told["candidates"][0]["id"]
    labelled = [
        {"text": WAGES, "expect": [topic], "kind": "faq"},
        {"text": WAGES, "expect": ["labor.no-such-topic"], "kind": "faq"},
        {"text": "他拿刀要杀我", "expect": ["urgent.x"], "kind": "urgent"},
        {"text": "zzzz qqqq", "expect": [], "kind": "reject"},
    ]
    (folder.path / "set.jsonl").write_text("\n".join(map(json.dumps, labelled)) + "\n")
    figures = json.loads(folder.fawen("evaluate", "set.jsonl", "--json").out)
    assert figures["questions"] == 4
    assert figures["top1"] == {"share": 0.5, "of": 2}
    assert figures["direct_precision"] == {"share": 0.5, "of": 2}
    assert figures["urgent_recall"] == figures["rejected"] == {"share": 1.0, "of": 1}
    assert ["labor.no-such-topic", topic, 1] in figures["confusions"]
    told_in_words = folder.fawen("evaluate", "set.jsonl").out
    assert f"labor.no-such-topic -> {topic}" in told_in_words
    (folder.path / "bad.jsonl").write_text(json.dumps(labelled[0]) + '\n{"text": "x", "expect": [], "kind": "song"}\n')
    assert "bad.jsonl:2" in folder.fawen("evaluate", "bad.jsonl", code=2, COLUMNS="400").err
    folder.fawen("evaluate", "missing.jsonl", code=2)


def test_knowledge_in_the_package_has_no_faults(folder: Folder) -> None:
    last = folder.fawen("faq", "lint", "--quiet").out.splitlines()[-1]
    assert "0 个错误" in last
    assert int(last.partition(" ")[0]) > 100


def test_faq_is_exported_as_lines_and_as_a_workbook(folder: Folder) -> None:
    folder.fawen("faq", "export", "faq.jsonl")
    rows = [json.loads(line) for line in (folder.path / "faq.jsonl").read_text("utf-8").splitlines()]
    wages = next(row for row in rows if row["cites"] and row["domain"] == "labor")
    assert {"id", "domain", "question", "variants", "conclusion", "steps", "materials", "cites"} <= wages.keys()
    assert wages["cites"][0].startswith("《")
    assert len(wages["variants"]) >= 14
    folder.fawen("faq", "export", "faq.xlsx")
    book = openpyxl.load_workbook(folder.path / "faq.xlsx", read_only=True)
    header, *found = book["知识"].iter_rows(values_only=True)
    book.close()
    assert [row[header.index("id")] for row in found] == [row["id"] for row in rows]
    folder.fawen("faq", "export", "faq.pdf", code=2)
    folder.fawen("faq", "export", "nowhere/faq.xlsx", code=2)
