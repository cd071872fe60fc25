"""The loader tells every problem at once, with file and line."""

import shutil
from pathlib import Path

import pytest

from knowledge.load import KnowledgeError, load, packaged_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the packaged knowledge that a test may spoil."""
    return Path(shutil.copytree(packaged_folder(), tmp_path / "data"))


def _problems(folder: Path) -> list[str]:
    with pytest.raises(KnowledgeError) as caught:
        load(folder)
    return [str(problem) for problem in caught.value.problems]


def test_the_five_domains_of_the_first_part_are_complete() -> None:
    counts: dict[str, int] = {}
    for entry in load().entries.values():
        counts[entry.domain] = counts.get(entry.domain, 0) + 1
    assert counts == {"service": 43, "labor": 33, "workinjury": 13, "urgent": 10, "intent": 13}


def test_the_version_changes_with_any_word_of_any_file(folder: Path) -> None:
    before = load(folder).version
    file = folder / "places.toml"
    file.write_text(file.read_text("utf-8") + "\n# a word\n", "utf-8")
    assert load(folder).version != before
    assert load(folder).version == load(folder).version


def test_all_problems_of_all_files_come_at_once(folder: Path) -> None:
    labor = folder / "faq" / "labor.toml"
    labor.write_text(labor.read_text("utf-8").replace("conclusion =", "conclusoin =", 1), "utf-8")
    (folder / "places.toml").write_text('[[place]]\nkind = "x"\n', "utf-8")
    (folder / "reject.toml").write_text("sentences = [", "utf-8")
    problems = _problems(folder)
    assert any("faq/labor.toml" in line and "conclusion: Field required" in line for line in problems)
    assert any("faq/labor.toml" in line and "conclusoin" in line for line in problems)
    assert any(line.startswith("places.toml:1:") and "name" in line for line in problems)
    assert any(line.startswith("reject.toml:") and "not TOML" in line for line in problems)


def test_a_problem_names_the_line_of_the_key(folder: Path) -> None:
    file = folder / "faq" / "intent.toml"
    lines = file.read_text("utf-8").splitlines()
    number = next(n for n, line in enumerate(lines, 1) if line.startswith("reviewed"))
    lines[number - 1] = 'reviewed = { by = "x", on = 2026-11-22, due = "soon", finding = "x" }'
    file.write_text("\n".join(lines), "utf-8")
    assert any(line.startswith(f"faq/intent.toml:{number}:") for line in _problems(folder))


def test_an_entry_that_is_there_twice_is_told_with_both_places(folder: Path) -> None:
    file = folder / "faq" / "again.toml"
    file.write_text((folder / "faq" / "workinjury.toml").read_text("utf-8"), "utf-8")
    problems = _problems(folder)
    assert any("workinjury.apply is there twice, first in faq/again.toml:" in line for line in problems)


def test_a_folder_without_entries_is_refused(tmp_path: Path) -> None:
    assert any("there is no faq/" in line for line in _problems(tmp_path))


def test_a_broken_danger_pattern_is_refused(folder: Path) -> None:
    (folder / "urgent.toml").write_text('[[alarm]]\ntopic = "urgent.suicide"\npatterns = ["("]\n', "utf-8")
    assert any(line.startswith("urgent.toml:3:") for line in _problems(folder))


def test_a_written_entry_takes_the_place_of_its_outline(folder: Path) -> None:
    file = folder / "outlines.toml"
    file.write_text(
        file.read_text("utf-8") + '\n[[outline]]\nid = "labor.resign"\ntitle = "辞职"\nscope = ""\n', "utf-8"
    )
    knowledge = load(folder)
    assert "labor.resign" in knowledge.entries
    assert "labor.resign" not in knowledge.outlines
