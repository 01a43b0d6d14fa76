"""Google's discovery documents, as google-api-python-client has them, and whether an answer is of their shape."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any


class ShapeError(AssertionError):
    """The emulator was about to answer what Google's own document does not allow: a fault of the emulator."""


@cache
def document(api: str) -> dict[str, Any]:
    """One of them by its name and version, such as gmail.v1."""
    found = find_spec("googleapiclient")
    if found is None or found.origin is None:
        raise FileNotFoundError("google-api-python-client is not installed, which has Google's discovery documents")
    file = Path(found.origin).parent / "discovery_cache" / "documents" / f"{api}.json"
    loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return loaded


def method(api: str, *names: str) -> dict[str, Any]:
    """A method by the resources that lead to it, such as users, labels, list."""
    here = document(api)
    for name in names[:-1]:
        here = here["resources"][name]
    found: dict[str, Any] = here["methods"][names[-1]]
    return found


def checked(api: str, schema: str, answer: dict[str, Any]) -> dict[str, Any]:
    """The answer; raises ShapeError for an unknown field, a wrong type or a value that is not among those listed."""
    _look(api, {"$ref": schema}, answer, schema)
    return answer


def _look(api: str, wanted: Mapping[str, Any], value: Any, where: str) -> None:
    if "$ref" in wanted:
        wanted = document(api)["schemas"][wanted["$ref"]]
    kind = str(wanted.get("type", "object"))
    if not _FITS[kind](value, str(wanted.get("format", ""))):
        raise ShapeError(f"{where}: {value!r} is no {kind} {wanted.get('format', '')}".rstrip())
    if "enum" in wanted and value not in wanted["enum"]:
        raise ShapeError(f"{where}: {value!r} is not one of {wanted['enum']}")
    if kind == "array":
        for number, one in enumerate(value):
            _look(api, wanted["items"], one, f"{where}[{number}]")
    elif kind == "object":
        _look_into(api, wanted, value, where)


def _look_into(api: str, wanted: Mapping[str, Any], value: Mapping[str, Any], where: str) -> None:
    fields, others = wanted.get("properties", {}), wanted.get("additionalProperties")
    for name, one in value.items():
        shape = fields.get(name, others)
        if shape is None:
            raise ShapeError(f"{where} has no field {name!r}")
        _look(api, shape, one, f"{where}.{name}")


def _is_number(value: Any, form: str) -> bool:
    bits = 31 if form == "int32" else 32
    return isinstance(value, int) and not isinstance(value, bool) and -(2**bits) <= value < 2**bits


def _is_text(value: Any, form: str) -> bool:
    """A 64-bit number is written as text (developers.google.com/discovery/v1/type-format)."""
    if not isinstance(value, str):
        return False
    return form not in ("int64", "uint64") or value.removeprefix("-" if form == "int64" else "").isdecimal()


_FITS: Mapping[str, Callable[[Any, str], bool]] = {
    "string": _is_text,
    "integer": _is_number,
    "number": lambda value, _: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value, _: isinstance(value, bool),
    "array": lambda value, _: isinstance(value, list),
    "object": lambda value, _: isinstance(value, dict),
    "any": lambda _, __: True,
}
