"""The methods of Google's APIs, as the discovery documents state them, and which one a request means."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import unquote

from emulators.google.shapes import document

APIS: Mapping[str, str] = {"calendar": "calendar.v3", "people": "people.v1", "tasks": "tasks.v1", "gmail": "gmail.v1"}
_DELEGATED = "only available to service account clients"
_PLACE = re.compile(r"\{(\+?)(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method. `request` and `response` are names of schemas, "" without one; `path` begins with a slash.

    `delegated_only`: it is for service accounts with domain-wide authority alone, as its description says.
    """

    id: str
    verb: str
    path: str
    parameters: Mapping[str, Mapping[str, Any]] = field(repr=False)
    scopes: frozenset[str] = field(repr=False)
    request: str = ""
    response: str = ""
    pattern: re.Pattern[str] = field(repr=False)
    delegated_only: bool = False

    @property
    def api(self) -> str:
        """Which API it belongs to, such as tasks."""
        return self.id.partition(".")[0]

    @property
    def document(self) -> str:
        """The name of its discovery document."""
        return APIS[self.api]

    @property
    def places(self) -> list[str]:
        """The names of the parameters of its path."""
        return [name for _, name in _PLACE.findall(self.path)]


def _walked(resource: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from resource.get("methods", {}).values()
    for one in resource.get("resources", {}).values():
        yield from _walked(one)


def _pattern(path: str, parameters: Mapping[str, Mapping[str, Any]]) -> re.Pattern[str]:
    """The raw path: `{name}` is one segment, `{+name}` what the document's own pattern allows (RFC 6570, 3.2.3)."""
    made, end = "", 0
    for place in _PLACE.finditer(path):
        given = str(parameters[place[2]].get("pattern", "")).removeprefix("^").removesuffix("$")
        inner = given.replace("[^/]+", "[^/:]+") if place[1] and given else "[^/]+"
        made += re.escape(path[end:place.start()]) + f"(?P<{place[2]}>{inner})"
        end = place.end()
    return re.compile(made + re.escape(path[end:]))


def _made(base: str, stated: Mapping[str, Any]) -> Method:
    path, parameters = base + stated["path"], stated.get("parameters", {})
    return Method(id=stated["id"], verb=stated["httpMethod"], path=path, parameters=parameters,
                  scopes=frozenset(stated.get("scopes", ())), request=stated.get("request", {}).get("$ref", ""),
                  response=stated.get("response", {}).get("$ref", ""), pattern=_pattern(path, parameters),
                  delegated_only=_DELEGATED in stated.get("description", ""))


@cache
def methods() -> Mapping[str, Method]:
    """All methods of the four APIs by their ids; those whose path has fewer parameters come first."""
    stated = [document(name) for name in APIS.values()]
    found = [_made("/" + api["servicePath"], one) for api in stated for one in _walked(api)]
    return {one.id: one for one in sorted(found, key=lambda one: len(one.places))}


def routed(verb: str, path: str) -> tuple[Method, dict[str, str]] | None:
    """The method that a verb and a raw path mean, with the parameters of the path; None when there is none."""
    for one in methods().values():
        if one.verb == verb and (found := one.pattern.fullmatch(path)):
            return one, {name: unquote(value) for name, value in found.groupdict().items()}
    return None
