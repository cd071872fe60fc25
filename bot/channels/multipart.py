"""Reads what a browser's form sends (RFC 7578) into memory, and no more than is wanted: no temporary files."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks  # the library has it for type checkers alone

_MOST_PARTS = 8
_LONGEST_HEADER = 2048


class BrokenForm(ValueError):
    """It is no form, or it was broken off."""


class TooMuch(ValueError):
    """It goes on beyond what is wanted; reading has stopped."""


@dataclass(frozen=True, slots=True)
class Part:
    """One field. `filename` is None where it is no file."""

    name: str
    filename: str | None
    data: bytes

    @property
    def text(self) -> str:
        """The field as text."""
        return self.data.decode("utf-8", "replace")


async def read_form(content_type: str, stream: AsyncIterator[bytes], most: int) -> dict[str, Part]:
    """The fields of a form by their names, at most `most` bytes of all.

    Raises:
        BrokenForm: it is none.
        TooMuch: it is larger.
    """
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise BrokenForm("no boundary")
    reader = _Reader()
    parser = MultipartParser(boundary, reader.callbacks())
    size = 0
    try:
        async for chunk in stream:
            size += len(chunk)
            if size > most:
                raise TooMuch
            parser.write(chunk)
        parser.finalize()
    except MultipartParseError as error:
        raise BrokenForm(str(error)) from error
    return reader.parts


class _Reader:
    """Puts together what the parser finds; a part counts only when its end has come."""

    def __init__(self) -> None:
        self.parts: dict[str, Part] = {}
        self._field = b""
        self._value = b""
        self._disposition = b""
        self._data = bytearray()

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._more_of_field,
            "on_header_value": self._more_of_value,
            "on_header_end": self._header,
            "on_part_data": self._more_data,
            "on_part_end": self._end,
        }

    def _begin(self) -> None:
        self._disposition, self._data = b"", bytearray()

    def _more_of_field(self, data: bytes, start: int, end: int) -> None:
        self._field = (self._field + data[start:end])[:_LONGEST_HEADER]

    def _more_of_value(self, data: bytes, start: int, end: int) -> None:
        self._value = (self._value + data[start:end])[:_LONGEST_HEADER]

    def _header(self) -> None:
        if self._field.lower() == b"content-disposition":
            self._disposition = self._value
        self._field = self._value = b""

    def _more_data(self, data: bytes, start: int, end: int) -> None:
        self._data += data[start:end]

    def _end(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"name", b"").decode("utf-8", "replace")
        filename = options.get(b"filename")
        if name and len(self.parts) < _MOST_PARTS:
            told = None if filename is None else filename.decode("utf-8", "replace")
            self.parts[name] = Part(name, told, bytes(self._data))
