"""Bodies of requests, checked by their schemas."""

import json
from collections.abc import Mapping
from typing import Any

from emulators.google.rest.documents import Method
from emulators.google.rest.refusals import invalid
from emulators.google.rest.values import FORMATS
from emulators.google.shapes import document

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,), "boolean": (bool,), "integer": (int,), "number": (int, float)}

# people.v1, updateContact: "The server returns a 400 error if `person.metadata.sources` is not specified".
_READ = frozenset(("people.people.updateContact", place) for place in ("metadata", "metadata.sources"))
# A time of an event needs no offset beside a timeZone, which calendar/moments.py looks at (the document's
# EventDateTime, `dateTime`).
WALL_TIMES = ("start.dateTime", "end.dateTime", "originalStartTime.dateTime")


def loaded(content_type: str, data: bytes) -> Any:
    """The JSON of a request, None for none; raises ApiError (400)."""
    if not data:
        return None
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise invalid(f"Content type not supported: {content_type}")
    try:
        return json.loads(data)
    except ValueError as error:
        raise invalid("Parse Error", reason="parseError") from error


def checked_body(method: Method, body: Any) -> dict[str, Any] | None:
    """The body without its output-only fields, which servers ignore (google.aip.dev/203, "Output only").

    A null stays where it is a field's value: what it means is the method's. Raises ApiError (400) for an unknown field
    or a value of another type.
    """
    if not method.request:
        if body is not None:
            raise invalid(f"{method.id} takes no body")
        return None
    if not isinstance(body, dict):
        raise invalid("The request has no body", reason="required" if body is None else "parseError")
    schema = document(method.document)["schemas"][method.request]
    return _object(method, schema, body, "")


def _object(method: Method, schema: Mapping[str, Any], given: Mapping[str, Any], where: str) -> dict[str, Any]:
    fields, others, kept = schema.get("properties", {}), schema.get("additionalProperties"), {}
    for name, value in given.items():
        stated = fields.get(name, others)
        if stated is None:
            raise invalid(f'Invalid JSON payload received. Unknown name "{name}" at \'{where}\'')
        place = f"{where}.{name}".strip(".")
        if not stated.get("readOnly") or (method.id, place) in _READ:
            kept[name] = None if value is None else _value(method, stated, value, place)
    for name, stated in fields.items():
        if method.id in stated.get("annotations", {}).get("required", ()) and given.get(name) is None:
            raise invalid(f"Required: {name}", reason="required")
    return kept


def _value(method: Method, stated: Mapping[str, Any], value: Any, where: str) -> Any:
    if "$ref" in stated:
        stated = document(method.document)["schemas"][stated["$ref"]]
    kind = stated.get("type", "object")
    if kind == "object" and isinstance(value, dict):
        return _object(method, stated, value, where)
    if kind == "array" and isinstance(value, list):
        return [_value(method, stated["items"], one, f"{where}[{number}]") for number, one in enumerate(value)]
    if not _fits(kind, stated if where not in WALL_TIMES else {"type": "string"}, value):
        raise invalid(f"Invalid value at '{where}' ({kind} {stated.get('format', '')}): {value!r}", reason="invalid")
    return str(value) if kind == "string" else value


def _fits(kind: str, stated: Mapping[str, Any], value: Any) -> bool:
    form = stated.get("format", "")
    if kind == "string" and form in ("int64", "uint64") and type(value) is int:
        value = str(value)      # either is taken (protobuf.dev/programming-guides/json)
    if kind == "any":
        return True
    if type(value) not in _TYPES.get(kind, ()) or ("enum" in stated and value not in stated["enum"]):
        return False
    try:
        FORMATS.get(form, str)(value)
    except ValueError:
        return False
    return True
