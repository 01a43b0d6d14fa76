"""An answer before it is sent, and what an answer is when something goes wrong."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from emulators.google.errors import ApiError, OAuthError
from emulators.google.faults import Fault
from emulators.google.rest.refusals import formed

NOT_STORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}     # RFC 6749, 5.1
APIS = ("calendar", "people", "tasks", "gmail")
REASONS = {403: ("PERMISSION_DENIED", "forbidden"), 404: ("NOT_FOUND", "notFound"),
           429: ("RESOURCE_EXHAUSTED", "rateLimitExceeded"), 401: ("UNAUTHENTICATED", "authError")}
PROXY = "<html><head><title>Sign in to the network</title></head><body><h1>Sign in to the network</h1></body></html>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is sent; `drop` closes the connection instead."""

    status: int = 200
    body: str = field(default="", repr=False)
    kind: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    drop: bool = False


def as_json(said: Mapping[str, Any], status: int = 200) -> Reply:
    """JSON that nobody is to keep."""
    return Reply(status=status, body=json.dumps(said, indent=2), headers=NOT_STORED)


def refused(error: OAuthError | ApiError) -> Reply:
    """What an error says."""
    if isinstance(error, ApiError):
        return as_json(error.body, error.code)
    reply = as_json(error.body, error.status)
    if error.status == 401:     # RFC 6749, 5.2
        return replace(reply, headers={**reply.headers, "WWW-Authenticate": f'Bearer error="{error.body["error"]}"'})
    return reply


def broken_by(fault: Fault, endpoint: str) -> Reply:
    """The answer that a fault wants; a fault that only holds the call has none."""
    if fault.action == "drop":
        return Reply(status=0, drop=True)
    if fault.action == "garbage":
        return Reply(status=fault.status, body="{\"access_token\": \"ya29", headers=NOT_STORED)
    if fault.action == "html" or endpoint == "auth":
        return Reply(status=fault.status, body=PROXY, kind="text/html; charset=utf-8")
    reply = refused(_error(fault, endpoint))
    waits = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return replace(reply, headers={**reply.headers, **waits})


def _error(fault: Fault, endpoint: str) -> OAuthError | ApiError:
    if endpoint in APIS:
        name, reason = REASONS.get(fault.status, ("UNAVAILABLE", "backendError"))
        return formed(endpoint, ApiError(fault.status, name, fault.error or reason, "A fault that was asked for."))
    if fault.action == "error":
        status = fault.status if fault.status < 500 else 400
        return OAuthError(fault.error, "A fault that was asked for.", status=status)
    code = "rate_limit_exceeded" if fault.status == 429 else "internal_failure"
    return OAuthError(code, "A fault that was asked for.", status=fault.status)
