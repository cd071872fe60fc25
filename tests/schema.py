"""The part of JSON Schema that our OpenAPI document uses, so that answers can be held against it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "null": type(None),
}
_KNOWN = {"type", "required", "properties", "items", "enum", "format", "description", "default", "$ref"}


def faults(value: Any, schema: Mapping[str, Any], document: Mapping[str, Any], where: str = "$") -> list[str]:
    """What in `value` is not as `schema` says; names that the schema does not know count as faults."""
    schema = resolved(schema, document)
    unknown = schema.keys() - _KNOWN
    assert not unknown, f"tests/schema.py does not check {unknown}"
    names = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    # Python takes True for a number too.
    if not any(isinstance(value, _TYPES[name]) for name in names) or isinstance(value, bool) != (names == ["boolean"]):
        return [f"{where}: {value!r} is no {names}"]
    found = [f"{where}: {value!r} is none of {schema['enum']}" for _ in [0] if value not in schema.get("enum", [value])]
    if schema.get("format") == "date-time" and datetime.fromisoformat(value).tzinfo is None:
        found.append(f"{where}: {value!r} has no zone")
    if isinstance(value, dict):
        found += _of_object(value, schema, document, where)
    if isinstance(value, list):
        for index, item in enumerate(value):
            found += faults(item, schema["items"], document, f"{where}[{index}]")
    return found


def _of_object(
    value: Mapping[str, Any], schema: Mapping[str, Any], document: Mapping[str, Any], where: str
) -> list[str]:
    properties = schema["properties"]
    found = [f"{where}: {name} is missing" for name in schema.get("required", ()) if name not in value]
    found += [f"{where}: {name} is not described" for name in value.keys() - properties.keys()]
    for name in value.keys() & properties.keys():
        found += faults(value[name], properties[name], document, f"{where}.{name}")
    return found


def resolved(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema itself where it is a reference into the document."""
    while "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema
