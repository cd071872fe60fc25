"""The documents say what the program is: every setting and command is told, no link and no command shown is made up."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel, SecretStr

from bot.cli import _program
from bot.config import Facts, Settings
from knowledge.entry import Entry

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])
OPERATORS = ROOT / "docs" / "operators.md"
CONTENT = ROOT / "docs" / "content.md"
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|<img[^>]*\ssrc=\"([^\"]+)\"")
_HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)


def test_all_documents_are_there() -> None:
    names = {path.name for path in DOCUMENTS}
    wanted = {"operators.md", "channels.md", "content.md", "architecture.md", "quality.md", "performance.md"}
    assert wanted | {"README.md", "CHANGELOG.md"} <= names


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_relative_link_and_picture_leads_somewhere(document: Path) -> None:
    dead = [target for target in _links(document) if not _is_there(document, target)]
    assert dead == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_shown_exists_with_its_options(document: Path) -> None:
    unknown = [line for line in _shell_lines(document) if not _can_be_run(line)]
    assert unknown == []


def test_the_documents_show_commands_at_all() -> None:
    lines = [line for document in DOCUMENTS for line in _shell_lines(document)]
    assert any("fawen" in line for line in lines)
    assert any(line.startswith("make") for line in lines)


@pytest.mark.parametrize(
    "line",
    ["fawen fly", "fawen faq", "fawen run --fast", "make nonsense", "cat a | fawen fly", "python -m tests.no_such"],
)
def test_a_made_up_command_is_noticed(line: str) -> None:
    assert not _can_be_run(line)


def test_every_setting_has_its_row_with_environment_name_and_default() -> None:
    text = OPERATORS.read_text("utf-8")
    missing = [row for row in _setting_rows() if row not in text]
    assert missing == []


def test_every_key_of_an_office_is_told() -> None:
    text = OPERATORS.read_text("utf-8")
    assert [name for name in Facts.model_fields if f"`{name}`" not in text] == []


def test_no_setting_is_told_that_does_not_exist() -> None:
    known = {row.split("`")[3] for row in _setting_rows()}
    for document in DOCUMENTS:
        told = set(re.findall(r"FAWEN__[A-Z0-9_]+", document.read_text("utf-8")))
        assert told - known == set(), document.name


def test_every_command_and_option_is_told() -> None:
    text = OPERATORS.read_text("utf-8")
    commands = dict(_commands())
    assert len(commands) > 1
    assert [name for name in commands if f"`fawen {name}" not in text] == []
    options = {option for known in commands.values() for option in known}
    assert [option for option in sorted(options) if f"{option}" not in text] == []


def test_the_example_entry_is_a_good_one() -> None:
    examples = [block for kind, block in _blocks(CONTENT) if kind == "toml" and "[[entry]]" in block]
    assert examples
    for example in examples:
        for table in tomllib.loads(example)["entry"]:
            assert Entry.model_validate(table).question


def _blocks(document: Path) -> list[tuple[str, str]]:
    return [(found[1], found[2]) for found in _FENCED.finditer(document.read_text("utf-8"))]


def _links(document: Path) -> Iterator[str]:
    for found in _LINK.finditer(_FENCED.sub("", document.read_text("utf-8"))):
        target = found[1] or found[2]
        if not re.match(r"[a-z]+:", target):
            yield target


def _is_there(document: Path, target: str) -> bool:
    name, _, anchor = target.partition("#")
    file = document.parent / name if name else document
    if not anchor or file.suffix != ".md":
        return file.exists()
    return file.exists() and anchor in {_anchor(heading) for heading in _HEADING.findall(file.read_text("utf-8"))}


def _anchor(heading: str) -> str:
    """The anchor that a Markdown renderer gives a heading: lower case, spaces to hyphens, punctuation gone."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def _shell_lines(document: Path) -> Iterator[str]:
    for kind, block in _blocks(document):
        if kind == "sh":
            lines = (line.strip() for line in block.replace("\\\n", " ").splitlines())
            yield from (line for line in lines if line and not line.startswith("#"))


def _can_be_run(line: str) -> bool:
    """Whether every call of ours in a line of shell exists; what is not ours is passed over."""
    parts: list[list[str]] = [[]]
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    for word in lexer:
        if set(word) <= set("|&;()<>"):
            parts.append([])
        else:
            parts[-1].append(word)
    return all(_is_known(part) for part in parts)


def _is_known(words: list[str]) -> bool:
    while words and (words[0] == "sudo" or re.match(r"[A-Z_]+=", words[0])):
        words = words[1:]
    if words[:1] == ["fawen"] or (words and words[0].endswith("/bin/fawen")):
        return _is_command(words[1:])
    if words[:1] == ["make"]:
        return all(_is_target(word) for word in words[1:] if "=" not in word)
    if "-m" in words and words[0].endswith("python"):
        module = ROOT / Path(*words[words.index("-m") + 1].split("."))
        return module.with_suffix(".py").is_file() or (module / "__main__.py").is_file()
    return True


def _is_command(words: list[str]) -> bool:
    commands = dict(_commands())
    name = next((name for name in commands if words[: len(name.split())] == name.split()), None)
    if name is None:
        return words[:1] == ["--help"]
    given = [word.partition("=")[0] for word in words[len(name.split()) :] if word.startswith("--")]
    return all(option in commands[name] for option in given)


def _is_target(name: str) -> bool:
    text = (ROOT / "Makefile").read_text("utf-8").replace("$(VENV)", ".venv")
    return re.search(rf"^{re.escape(name)}:", text, re.MULTILINE) is not None


def _commands(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, frozenset[str]]]:
    """Every command with its options, as the console script has them."""
    command = command or typer.main.get_command(_program)
    children = getattr(command, "commands", None)
    if children is None:
        options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
        yield " ".join(path), frozenset({*options, "--help"})
        return
    for name, child in children.items():
        yield from _commands(child, (*path, name))


def _setting_rows() -> Iterator[str]:
    """How the row of each setting begins: key, environment name, default as TOML."""
    for section, field in Settings.model_fields.items():
        model = field.annotation
        assert isinstance(model, type)
        assert issubclass(model, BaseModel)
        defaults = model()
        for key in model.model_fields:
            shown = _as_toml(getattr(defaults, key))
            yield f"| `{key}` | `FAWEN__{section.upper()}__{key.upper()}` | `{shown}` |"


def _as_toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, tuple):
        return f"[{', '.join(_as_toml(item) for item in value)}]"
    if isinstance(value, dict):
        return "{}" if not value else repr(value)
    return f'"{value.get_secret_value() if isinstance(value, SecretStr) else value}"'
