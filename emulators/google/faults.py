"""Faults a test can inject, and the board that says which call is hit."""

import itertools
import threading
from dataclasses import dataclass
from typing import Literal

from emulators.google.rest.documents import APIS, methods

Action = Literal["status", "error", "drop", "hold", "garbage", "html"]
ENDPOINTS = ("auth", "token", "revoke", "introspect", "userinfo", "tokeninfo", "certs", *APIS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong, for which calls, and on which side of the commit.

    `endpoint` is one of ENDPOINTS, the id of a method such as tasks.tasks.list, or `*`. `grant_type` hits calls of
    the token endpoint with that one alone.
    Of the calls that match, `skip` are left alone, then `times` are hit; None hits all of them.

    - status: that HTTP `status` with a body in the endpoint's own form, and `retry_after` seconds unless it is None.
    - error: the endpoint's own error: `error` of OAuth, or `status` and `error` as the reason of an API's.
    - drop: the connection is closed without an answer; with when="after" the answer is lost, not the work.
    - hold: wait until `name` is released: a slow Google; with when="after" it is only the answer that is late.
    - garbage: a `status` with bytes that are no JSON. html: a `status` with a page, as a proxy in between sends it.
    """

    endpoint: str = "*"
    grant_type: str = ""
    skip: int = 0
    times: int | None = 1
    when: Literal["before", "after"] = "before"
    action: Action
    status: int = 503
    error: str = ""
    retry_after: int | None = None
    name: str = ""


class FaultBoard:
    """The injected faults, and the calls that are held."""

    def __init__(self) -> None:
        """Start without faults."""
        self._changed = threading.Condition()
        self._faults: dict[int, tuple[Fault, int]] = {}
        self._numbers = itertools.count(1)
        self._held: dict[str, int] = {}
        self._released: set[str] = set()
        self._open = True

    def add(self, fault: Fault) -> int:
        """Post a fault; returns its number. Raises ValueError for an endpoint that does not exist."""
        if fault.endpoint not in ("*", *ENDPOINTS, *methods()):
            raise ValueError(f"there is no endpoint {fault.endpoint}")
        with self._changed:
            number = next(self._numbers)
            self._faults[number] = (fault, 0)
            return number

    def clear(self) -> None:
        """Take all faults down and let go of whatever is held."""
        with self._changed:
            self._faults.clear()
            self._released |= set(self._held)
            self._changed.notify_all()

    def strike(self, endpoint: str, grant_type: str, method: str = "") -> list[Fault]:
        """Count one call; the faults that hit it, in the order they were added."""
        hit = []
        with self._changed:
            for number, (fault, count) in self._faults.items():
                if fault.endpoint in ("*", endpoint, method or endpoint) and fault.grant_type in ("", grant_type):
                    self._faults[number] = (fault, count + 1)
                    if count >= fault.skip and (fault.times is None or count < fault.skip + fault.times):
                        hit.append(fault)
        return hit

    def hold(self, name: str) -> None:
        """Wait until `name` is released, or the emulator stops."""
        with self._changed:
            self._released.discard(name)
            self._held[name] = self._held.get(name, 0) + 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: name in self._released or not self._open)
            self._held[name] -= 1

    def wait_held(self, name: str, timeout: float) -> bool:
        """True: a call is held under `name` within `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._held.get(name, 0) > 0, timeout)

    def release(self, name: str) -> None:
        """Let the calls held under `name` go on."""
        with self._changed:
            self._released.add(name)
            self._changed.notify_all()

    def close(self) -> None:
        """Let everything go, now and later: the server stops."""
        with self._changed:
            self._open = False
            self._changed.notify_all()
