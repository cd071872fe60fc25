"""Strict reading of what a client sent: every oddity becomes a violation, the bad ones also an errcode."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from .errors import ApiError
from .state import State


@dataclass(frozen=True)
class Field:
    """What one field of a JSON body may hold.

    Too long text is cut when `cut` is set, refused with `too_long` otherwise; with `too_long` 0 it is only
    noted, since the platform accepts it and shows less.
    """

    bytes: int | None = None
    chars: int | None = None
    required: bool = True
    kind: str = "text"
    cut: bool = False
    missing: int = 40063
    too_long: int = 40058


TYPES: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "integer": (int,),
    "number": (int, float),
    "list": (list,),
    "object": (dict,),
}


def clip(text: str, limit: int) -> str:
    """The text's first `limit` UTF-8 bytes, without a broken last character."""
    return text.encode()[:limit].decode(errors="ignore")


class Inspector:
    """Checks one call's body and writes down what is wrong with it."""

    def __init__(self, state: State, path: str) -> None:
        self._state = state
        self._path = path

    def note(self, where: str, problem: str) -> None:
        """Record a violation and go on."""
        self._state.note(self._path, where, problem)

    def refuse(self, errcode: int, where: str, problem: str) -> NoReturn:
        """Record a violation and answer `errcode`."""
        self.note(where, problem)
        raise ApiError(errcode, f"{where}: {problem}")

    def only(self, body: Mapping[str, Any], allowed: Mapping[str, object] | frozenset[str], where: str) -> None:
        """Note every field that is not allowed here."""
        for key in body:
            if key not in allowed:
                self.note(f"{where}.{key}", "unknown field")

    def read(self, body: dict[str, Any], spec: Mapping[str, Field], where: str) -> dict[str, Any]:
        """Check an object against a table of fields; too long text is cut in the copy that is returned."""
        self.only(body, spec, where)
        clean = dict(body)
        for key, rule in spec.items():
            place = f"{where}.{key}"
            value = body.get(key)
            if value is None or (value == "" and rule.required):
                if rule.required:
                    self.refuse(rule.missing, place, "missing or empty")
                if key in body:
                    self.note(place, "null")
                continue
            clean[key] = self._value(value, rule, place)
        return clean

    def _value(self, value: Any, rule: Field, where: str) -> Any:
        if not isinstance(value, TYPES[rule.kind]) or isinstance(value, bool):
            self.refuse(40058, where, f"wrong json format: wanted {rule.kind}")
        return self._text(value, rule, where) if isinstance(value, str) else value

    def _text(self, text: str, rule: Field, where: str) -> str:
        size, limit = len(text.encode()), rule.bytes
        if rule.chars is not None and len(text) > rule.chars:
            size, limit = len(text), rule.chars
        if limit is None or size <= limit:
            return text
        problem = f"{size} over {limit} {'bytes' if limit == rule.bytes else 'characters'}"
        if rule.cut and rule.bytes is not None:
            self.note(where, problem)
            return clip(text, rule.bytes)
        if rule.too_long:
            self.refuse(rule.too_long, where, problem)
        self.note(where, problem)
        return text

    def child(self, body: Mapping[str, Any], key: str, where: str, errcode: int = 40063) -> dict[str, Any]:
        """The object under `key`; refused when absent or not an object."""
        value = body.get(key)
        if not isinstance(value, dict):
            self.refuse(errcode, f"{where}.{key}", "missing object")
        return value

    def rows(self, body: Mapping[str, Any], key: str, where: str, most: int, errcode: int) -> list[dict[str, Any]]:
        """The list of 1 to `most` objects under `key`; `errcode` otherwise."""
        value = body.get(key)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.refuse(errcode, f"{where}.{key}", "missing list of objects")
        if not 1 <= len(value) <= most:
            self.refuse(errcode, f"{where}.{key}", f"{len(value)} items, allowed 1 to {most}")
        return value

    def integer(self, body: Mapping[str, Any], key: str, default: int | None = None) -> int:
        """The integer under `key`; digits in a string work but are noted (wecom.md 1)."""
        value = body.get(key, default)
        if isinstance(value, str) and value.lstrip("-").isdigit():
            self.note(key, "wrong json format: integer sent as string")
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            self.refuse(40058, key, "wanted an integer")
        return value

    def flag(self, body: Mapping[str, Any], key: str) -> bool:
        """A field that is 0 or 1, absent means 0."""
        value = self.integer(body, key, 0)
        if value not in (0, 1):
            self.note(key, "wanted 0 or 1")
        return value == 1
