"""TOML to knowledge: every problem is reported at once, with file and line."""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from knowledge.entry import Domain, Entry, Law, LocalValue, Outline, Place, Township

Model = TypeVar("Model", bound=BaseModel)


OTHER_FIELD = "社会保障及其他"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong in a knowledge file, told so that a lawyer can mend it."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


class KnowledgeError(Exception):
    """The knowledge cannot be used; `problems` holds all that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True)
class Knowledge:
    """Everything that was read, by id; `version` changes with any byte of the files."""

    entries: Mapping[str, Entry]
    outlines: Mapping[str, Outline]
    laws: Mapping[str, Law]
    domains: Mapping[str, Domain]
    places: Mapping[str, Place]
    local_values: Mapping[str, LocalValue]
    townships: tuple[Township, ...]
    lexicon: tuple[tuple[str, str], ...]
    rejects: tuple[str, ...]
    alarms: tuple[str, ...]
    version: str
    origin: Mapping[str, tuple[str, int]]

    def title(self, topic: str) -> str:
        """The question of an entry or outline."""
        if topic in self.entries:
            return self.entries[topic].question
        return self.outlines[topic].title if topic in self.outlines else topic

    def field(self, domain: str) -> str:
        """The area 法律领域 under which reports count a domain."""
        return self.domains[domain].field if domain in self.domains else OTHER_FIELD


def packaged_folder() -> Path:
    """The knowledge that comes with the program."""
    return Path(str(resources.files("knowledge"))) / "data"


def load(folder: Path | None = None) -> Knowledge:
    """Read a knowledge folder (the packaged one without an argument).

    Raises:
        KnowledgeError: with every problem of every file.
    """
    return _Reader(folder or packaged_folder()).read()


class _Reader:
    """Reads the files of one folder and collects what is wrong with them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.digest = hashlib.sha256()
        self.origin: dict[str, tuple[str, int]] = {}

    def read(self) -> Knowledge:
        entries = self._keyed(
            "id", (found for file in self._faq_files() for found in self._tables(file, "entry", Entry))
        )
        outlines = self._keyed("id", self._tables("outlines.toml", "outline", Outline))
        laws = self._keyed("title", self._tables("laws.toml", "law", Law))
        domains = self._keyed("id", self._tables("domains.toml", "domain", Domain))
        places = self._keyed("kind", self._tables("places.toml", "place", Place))
        local_values = self._keyed("key", self._tables("local.toml", "value", LocalValue))
        townships = tuple(model for model, _ in self._tables("townships.toml", "township", Township))
        lexicon = tuple(self._lexicon())
        rejects = tuple(self._strings("reject.toml", "sentences"))
        alarms = tuple(self._patterns())
        if self.problems:
            raise KnowledgeError(self.problems)
        return Knowledge(
            entries=entries,
            outlines={key: found for key, found in outlines.items() if key not in entries},
            laws=laws,
            domains=domains,
            places=places,
            local_values=local_values,
            townships=townships,
            lexicon=lexicon,
            rejects=rejects,
            alarms=alarms,
            version=self.digest.hexdigest()[:12],
            origin=self.origin,
        )

    def _faq_files(self) -> list[str]:
        files = sorted(path.relative_to(self.folder).as_posix() for path in self.folder.glob("faq/*.toml"))
        if not files:
            self.problems.append(Problem(str(self.folder), 0, "there is no faq/<domain>.toml in this folder"))
        return files

    def _document(self, file: str) -> tuple[dict[str, Any], str]:
        try:
            text = (self.folder / file).read_text("utf-8")
            self.digest.update(text.encode())
            return tomllib.loads(text), text
        except OSError as error:
            self.problems.append(Problem(file, 0, f"cannot be read: {error.strerror}"))
        except UnicodeDecodeError as error:
            self.problems.append(Problem(file, 0, f"is not UTF-8: byte {error.start}"))
        except tomllib.TOMLDecodeError as error:
            at = re.search(r"line (\d+)", str(error))
            self.problems.append(Problem(file, int(at[1]) if at else 0, f"is not TOML: {error}"))
        return {}, ""

    def _tables(self, file: str, name: str, model: type[Model]) -> Iterator[tuple[Model, tuple[str, int]]]:
        document, text = self._document(file)
        starts = [n for n, line in enumerate(text.splitlines(), 1) if line.strip() == f"[[{name}]]"]
        for number, table in enumerate(document.get(name, [])):
            start = starts[number] if number < len(starts) else 0
            try:
                yield model.model_validate(table), (file, start)
            except ValidationError as error:
                self.problems.extend(_explain(error, table, file, start, text))

    def _keyed(self, key: str, found: Iterable[tuple[Model, tuple[str, int]]]) -> dict[str, Model]:
        known: dict[str, Model] = {}
        for model, (file, line) in found:
            value = str(getattr(model, key))
            if value in known:
                before = self.origin[value]
                self.problems.append(Problem(file, line, f"{value} is there twice, first in {before[0]}:{before[1]}"))
                continue
            known[value] = model
            self.origin[value] = (file, line)
        return known

    def _lexicon(self) -> Iterator[tuple[str, str]]:
        document, _ = self._document("lexicon.toml")
        for table in document.values():
            yield from ((str(said), str(meant)) for said, meant in table.items())

    def _strings(self, file: str, name: str) -> Iterator[str]:
        document, _ = self._document(file)
        yield from (str(value) for value in document.get(name, []))

    def _patterns(self) -> Iterator[str]:
        document, text = self._document("urgent.toml")
        for number, table in enumerate(document.get("alarm", [])):
            for pattern in table.get("patterns", []):
                try:
                    re.compile(pattern)
                except re.error as error:
                    line = _line_of(text, pattern)
                    self.problems.append(Problem("urgent.toml", line, f"alarm {number + 1}: {pattern!r}: {error}"))
                else:
                    yield f"{table.get('topic', '')}\t{pattern}"


def _explain(error: ValidationError, table: Any, file: str, start: int, text: str) -> Iterator[Problem]:
    name = table.get("id", "?") if isinstance(table, dict) else "?"
    for detail in error.errors(include_url=False):
        path = [str(part) for part in detail["loc"]]
        line = _line_of_key(text.splitlines(), start, path[0]) if path else start
        yield Problem(file, line, f"{name}: {'.'.join(path) or 'entry'}: {detail['msg']}")


def _line_of_key(lines: list[str], start: int, key: str) -> int:
    """The line on which a key of the table that begins at `start` is set; `start` where it is not set."""
    for number, content in enumerate(lines[start:], start + 1):
        if content.startswith("[["):
            break
        if re.match(rf"\s*{re.escape(key)}\s*=", content) or content.startswith(f"[entry.{key}]"):
            return number
    return start


def _line_of(text: str, part: str) -> int:
    at = text.find(part)
    return text.count("\n", 0, at) + 1 if at >= 0 else 0
