"""Field masks of the People API; which fields are valid stands in each parameter's description."""

import re
from typing import Any

from emulators.google.rest.documents import Method
from emulators.google.rest.refusals import invalid, not_emulated
from emulators.google.rest.room import Request
from emulators.google.shapes import document


def valid(method: Method, name: str) -> frozenset[str]:
    """The fields that the description of a mask names; `name` is a parameter, or a field of the body."""
    stated = method.parameters.get(name)
    if stated is None:
        stated = document(method.document)["schemas"][method.request]["properties"][name]
    return frozenset(re.findall(r"\* (\w+)", stated["description"]))


def read(request: Request, name: str, default: tuple[str, ...] | None = None) -> frozenset[str]:
    """The fields of a mask, `default` for one that is not there or empty; raises ApiError (400).

    people.get, connections.list and others refuse a call without personFields (their descriptions in people.v1).
    """
    if "requestMask.includeField" in request.parameters:
        raise not_emulated("requestMask.includeField, the former name of personFields")
    said = str(request.parameters.get(name) or (request.body or {}).get(name) or "")
    if not said:
        if default is None:
            raise invalid(f"{name} mask is required.")
        return frozenset(default)
    wanted, allowed = frozenset(said.split(",")), valid(request.method, name)
    if wanted - allowed:
        raise invalid(f"Invalid {name} mask path: {', '.join(sorted(wanted - allowed))}")
    return wanted


def masked(person: dict[str, Any], mask: frozenset[str]) -> dict[str, Any]:
    """What a mask leaves of a person: always the name of the resource and its etag, and no field that is empty."""
    return {name: value for name, value in person.items()
            if value and (name in mask or name in ("resourceName", "etag"))}
