"""What was called, and a call's parameters, which come once each and are known."""

import base64
import binascii
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from emulators.google.errors import OAuthError

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. What it carries is for tests alone, and is not in its repr.

    `parameters` has those of the address and those of the body. `authorization` is the header. `method` is the id in
    the discovery document, such as tasks.tasks.list, "" for what is no method of an API.
    """

    endpoint: str
    verb: str
    path: str
    parameters: dict[str, list[str]] = field(repr=False)
    authorization: str = field(default="", repr=False)
    method: str = ""
    status: int = 0         # 0: no answer was sent
    at: float = 0.0

    def one(self, name: str) -> str:
        """A parameter, "" when it is not there."""
        return (self.parameters.get(name) or [""])[0]


def parsed(text: str) -> dict[str, list[str]]:
    """A query, or a form."""
    return parse_qs(text, keep_blank_values=True)


def single(given: Mapping[str, list[str]], takes: Collection[str]) -> dict[str, str]:
    """Each parameter once; raises OAuthError for one that comes twice (RFC 6749, 3.2) or that Google does not name."""
    for name, values in given.items():
        if name not in takes:
            raise OAuthError("invalid_request", f"Unknown parameter: {name}")
        if len(values) != 1:
            raise OAuthError("invalid_request", f"Parameter repeated: {name}")
    return {name: values[0] for name, values in given.items()}


def form(given: Mapping[str, list[str]], content_type: str, takes: Collection[str]) -> dict[str, str]:
    """As `single`, of a body, which has to be a form."""
    if content_type.partition(";")[0].strip().lower() != FORM:
        raise OAuthError("invalid_request", f"Content type not supported: {content_type}")
    return single(given, takes)


def basic(authorization: str) -> tuple[str, str] | None:
    """The client's id and secret in HTTP Basic (RFC 6749, 2.3.1); None when that is not what is there."""
    kind, _, told = authorization.partition(" ")
    try:
        client, colon, secret = base64.b64decode(told, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (client, secret) if kind.lower() == "basic" and colon else None


def bearer(authorization: str) -> str:
    """The token of the header (RFC 6750, 2.1), "" without one."""
    kind, _, token = authorization.partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""
