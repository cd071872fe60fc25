"""The XML of callbacks, in the forms that occur: with and without CDATA, in any order (wecom.md 2.2, 10)."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Union
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

Value = Union[str, int, float, "Fields"]
Fields = Sequence[tuple[str, Value]]
Tree = dict[str, Union[str, "Tree", list[Union[str, "Tree"]]]]
"""Parsed XML: leaves are text, repeated elements a list."""


class XmlError(ValueError):
    """Text that is not the XML the platform would read."""


@dataclass(frozen=True)
class Style:
    """How the peer writes what it sends; all forms mean the same."""

    cdata: bool = True
    order: Literal["documented", "reversed", "shuffled"] = "documented"
    content_type: str = "text/xml"


def write(fields: Fields, style: Style) -> str:
    """One ``<xml>`` document."""
    return f"<xml>{_inner(fields, style)}</xml>"


def _inner(fields: Fields, style: Style) -> str:
    rows = list(fields)
    if style.order == "reversed":
        rows.reverse()
    elif style.order == "shuffled":
        random.shuffle(rows)
    return "".join(f"<{name}>{_text(value, style)}</{name}>" for name, value in rows)


def _text(value: Value, style: Style) -> str:
    if isinstance(value, int | float):
        return str(value)
    if not isinstance(value, str):
        return _inner(value, style)
    if style.cdata:
        return "<![CDATA[" + value.replace("]]>", "]]]]><![CDATA[>") + "]]>"
    return escape(value)


def read(text: str | bytes) -> Tree:
    """The children of the root element; XmlError for anything but ``<xml>`` with children."""
    try:
        root = ET.fromstring(text)  # noqa: S314 - the service under test wrote it
    except (ET.ParseError, ValueError) as error:
        raise XmlError(f"not XML: {error}") from error
    tree = _tree(root)
    if root.tag != "xml" or not isinstance(tree, dict):
        raise XmlError(f"root element {root.tag!r}, wanted xml with children")
    return tree


def _tree(element: ET.Element) -> "str | Tree":
    if len(element) == 0:
        return element.text or ""
    tree: Tree = {}
    for child in element:
        value, before = _tree(child), tree.get(child.tag)
        if before is None:
            tree[child.tag] = value
        elif isinstance(before, list):
            before.append(value)
        else:
            tree[child.tag] = [before, value]
    return tree


def leaf(tree: Tree, name: str) -> str:
    """The text of one element; XmlError if it is absent or has children."""
    value = tree.get(name)
    if not isinstance(value, str):
        raise XmlError(f"element {name} missing or not text")
    return value
