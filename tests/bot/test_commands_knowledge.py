"""Commands around questions and answers, through processes: help, ask, match, evaluate, faq."""

import json
from pathlib import Path

import openpyxl
import pytest

from bot.app import build_matcher
from bot.config import Settings
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


def test_bad_settings_end_with_one_and_a_line(folder: Folder) -> None:
    told = folder.fawen("ask", WAGES, code=1, FAWEN__WEB__PORT="many")
    assert told.err.splitlines()[0].startswith("config.toml: [web] port = 'many': ")
    (folder.path / "mine.toml").write_text("[wecom]\nagent_id = 'x'\n")
    before, after = folder.session(f"--config mine.toml ask {WAGES}", f"ask {WAGES} --config mine.toml")
    assert before.code == after.code == 1
    assert before.err == after.err
    assert "mine.toml: [wecom] agent_id" in before.err


def test_ask_answers_in_words_and_as_json_and_leaves_no_trace(folder: Folder) -> None:
    words, as_json = folder.session(f"ask {WAGES}", f"ask {WAGES} --json")
    assert (words.code, as_json.code) == (0, 0)
    assert "依据：" in words.out
    assert "12333" in words.out
    told = json.loads(as_json.out)
    assert (told["text"], told["outcome"]) == (WAGES, "answer")
    assert told["candidates"][0]["id"] == told["replies"][0]["topic"]
    assert told["replies"][0]["cites"]
    assert list(folder.path.iterdir()) == []


def test_match_judges_every_line_and_stops_at_a_bad_one(folder: Folder) -> None:
    texts = [WAGES, "你好", "我要找人工", "他拿刀要杀我", "今天天气怎么样 asdf"]
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    (good,) = folder.session("match", stdin=lines + "\n")
    judged = [json.loads(line) for line in good.out.splitlines()]
    assert (good.code, [row["text"] for row in judged]) == (0, texts)
    assert [row["outcome"] for row in judged[:4]] == ["answer", "smalltalk", "human", "urgent"]
    assert judged[4]["outcome"] != "answer"
    for row in judged:
        scores = [candidate["score"] for candidate in row["candidates"]]
        assert len(scores) <= 5
        assert scores == sorted(scores, reverse=True)
        assert row["micros"] >= 0
    (bad,) = folder.session("match", stdin=lines + '{"txt": "x"}\n' + lines)
    assert (bad.code, len(bad.out.splitlines())) == (2, len(texts))
    assert "第 6 行" in bad.err


def test_evaluate_counts_hits_and_lists_confusions(folder: Folder) -> None:
    topic = build_matcher(Settings()).match(WAGES).candidates[0].id
    labelled = [
        {"text": WAGES, "expect": [topic], "kind": "faq"},
        {"text": WAGES, "expect": ["labor.no-such-topic"], "kind": "faq"},
        {"text": "他拿刀要杀我", "expect": ["urgent.x"], "kind": "urgent"},
        {"text": "zzzz qqqq", "expect": [], "kind": "reject"},
    ]
    (folder.path / "set.jsonl").write_text("\n".join(map(json.dumps, labelled)) + "\n")
    (folder.path / "bad.jsonl").write_text(json.dumps(labelled[0]) + '\n{"text": "x", "expect": [], "kind": "song"}\n')
    as_json, words, bad, missing = folder.session(
        "evaluate set.jsonl --json", "evaluate set.jsonl", "evaluate bad.jsonl", "evaluate missing.jsonl"
    )
    figures = json.loads(as_json.out)
    assert figures["questions"] == 4
    assert figures["top1"] == {"share": 0.5, "of": 2}
    assert figures["direct_precision"] == {"share": 0.5, "of": 2}
    assert figures["urgent_recall"] == figures["rejected"] == {"share": 1.0, "of": 1}
    assert ["labor.no-such-topic", topic, 1] in figures["confusions"]
    assert f"labor.no-such-topic -> {topic}" in words.out
    assert (as_json.code, words.code, bad.code, missing.code) == (0, 0, 2, 2)
    assert "bad.jsonl:2" in bad.err


def test_knowledge_in_the_package_has_no_faults(folder: Folder) -> None:
    last = folder.fawen("faq", "lint", "--quiet").out.splitlines()[-1]
    assert "0 个错误" in last
    assert int(last.partition(" ")[0]) > 100


def test_faq_is_exported_as_lines_and_as_a_workbook(folder: Folder) -> None:
    told = folder.session(
        "faq export faq.jsonl", "faq export faq.xlsx", "faq export faq.pdf", "faq export nowhere/faq.xlsx"
    )
    assert [one.code for one in told] == [0, 0, 2, 2]
    rows = [json.loads(line) for line in (folder.path / "faq.jsonl").read_text("utf-8").splitlines()]
    wages = next(row for row in rows if row["cites"] and row["domain"] == "labor")
    assert {"id", "domain", "question", "variants", "conclusion", "steps", "materials", "cites"} <= wages.keys()
    assert wages["cites"][0].startswith("《")
    assert len(wages["variants"]) >= 14
    book = openpyxl.load_workbook(folder.path / "faq.xlsx", read_only=True)
    header, *found = book["知识"].iter_rows(values_only=True)
    book.close()
    assert [row[header.index("id")] for row in found] == [row["id"] for row in rows]
