"""Parameters of a call, checked by what the document states of each."""

from collections.abc import Mapping
from typing import Any

from emulators.google.rest.documents import Method
from emulators.google.rest.refusals import invalid
from emulators.google.rest.values import FORMATS, whole_number

# Those of every method, with the value that is understood; a token in an address is for nobody to see.
COMMON = {"alt": "json", "prettyPrint": None, "quotaUser": None, "key": None, "fields": None, "$.xgafv": None}


def parsed(method: Method, path: Mapping[str, str], query: Mapping[str, list[str]]) -> dict[str, Any]:
    """The method's own parameters with the document's defaults, those of every method under their names too.

    Raises ApiError (400) for one that is unknown, comes twice though it is not repeated, is missing though it is
    required, or has no value of its type.
    """
    found: dict[str, Any] = {name: _value(name, method.parameters[name], value) for name, value in path.items()}
    for name, values in query.items():
        if name in COMMON:
            found[name] = _common(name, values)
        else:
            found[name] = _own(method, name, values)
    for name, stated in method.parameters.items():
        if name not in found and stated.get("required"):
            raise invalid(f"Required parameter: {name}", parameter=name, reason="required")
        if name not in found and "default" in stated:
            found[name] = _value(name, stated, stated["default"])
    return found


def _common(name: str, values: list[str]) -> str:
    if len(values) != 1 or COMMON[name] not in (None, values[0]):
        raise invalid(f"Not understood here: {name}", parameter=name)
    return values[0]


def _own(method: Method, name: str, values: list[str]) -> Any:
    stated = method.parameters.get(name)
    if stated is None or stated["location"] != "query":
        raise invalid(f"Unknown parameter: {name}", parameter=name)
    if stated.get("repeated"):
        return [_value(name, stated, one) for one in values]
    if len(values) != 1:
        raise invalid(f"Parameter repeated: {name}", parameter=name)
    return _value(name, stated, values[0])


def _value(name: str, stated: Mapping[str, Any], text: str) -> Any:
    try:
        value = _typed(stated, text)
    except ValueError as error:
        raise invalid(f"Invalid value for {name}: {text}", parameter=name, reason="invalidParameter") from error
    return value


def _typed(stated: Mapping[str, Any], text: str) -> Any:
    if "enum" in stated and text not in stated["enum"]:
        raise ValueError(text)
    if stated["type"] == "boolean":
        return {"true": True, "false": False}[text] if text in ("true", "false") else _refuse(text)
    if stated["type"] == "integer":
        return _bounded(stated, whole_number(text, stated.get("format", "int32")))
    if (check := FORMATS.get(stated.get("format", ""))) is not None:
        check(text)
    return text


def _bounded(stated: Mapping[str, Any], number: int) -> int:
    low, high = stated.get("minimum"), stated.get("maximum")
    if (low is not None and number < int(low)) or (high is not None and number > int(high)):
        raise ValueError(str(number))
    return number


def _refuse(text: str) -> bool:
    raise ValueError(text)
