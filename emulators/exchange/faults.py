"""Faults a test can inject, and the board that says which request is hit."""

import itertools
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Action = Literal["delay", "drop", "reset", "cut", "truncate", "status", "fault", "items", "hold", "file", "owner"]
Act = Literal["delete", "purge", "move", "read", "unread"]
Framing = Literal["chunked", "length", "close"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong, for which requests, and on which side of the commit.

    operation and nth choose the requests: the nth (from 1) that match since the fault was added, or every
    one. Only authenticated requests count; those of Autodiscover, which nobody signs in for, are hit by faults for the
    operation "Autodiscover" alone, with delay, hold, status, drop and reset. With `reused` only those match that are
    not the first on their connection, whatever the first was: a proxy that breaks what it should keep alive. action:

    - delay: wait `seconds`, then go on.
    - drop: close the connection without an answer; reset: the same with a TCP RST.
    - cut: promise the whole answer, send `bytes` of it, close. Below zero, `bytes` counts from the end.
    - truncate: a well-framed answer whose XML ends after `bytes` bytes.
    - status: an HTTP `status` with `headers` and `body`.
    - fault: a SOAP fault with `code`, and BackOffMilliseconds when `back_off_ms` is given.
    - items: the items at `positions` (from 0), and those whose decoded MIME holds `containing`, are
      refused with `code` and not stored; with `stop_batch` the ones after the first refused item get the
      warning ErrorBatchProcessingStopped. `inner` is a code that the message then names as the inner one: with
      ErrorInternalServerError around ErrorServerBusy a busy server says so within HTTP 200 ("EWS throttling in
      Exchange").
    - hold: wait until `name` is released; with `middle` the wait is in the middle of the answer.
    - file: a rule of the mailbox's owner files a message called `name` into the folder at `path` (its names from the
      top down, as they are now) before the request is carried out, and the request then is: mail arrives at any time.

    - owner: the mailbox's owner does `act` to the items whose subject is `name` before the request is carried out, and
      the request then is: delete puts them into Deleted Items, purge deletes them hard, move puts them into the folder
      at `path`, read and unread mark them.

    `framing` is how the answer of cut and truncate is framed (RFC 9112 6.3): Exchange sends chunks, a proxy that keeps
    answers before it passes them on sends a Content-Length, and one that speaks HTTP/1.0 neither: then the end of the
    connection is the end of the answer, and nobody can tell a cut answer from a whole one by HTTP.

    "before" leaves nothing in the store; "after" strikes when everything is committed.
    """

    operation: str = "*"
    nth: int | None = None
    when: Literal["before", "after"] = "before"
    action: Action
    seconds: float = 0
    bytes: int = 200
    framing: Framing = "chunked"
    status: int = 503
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    body: str = ""
    code: str = "ErrorServerBusy"
    inner: str = ""
    back_off_ms: int | None = None
    positions: Sequence[int] = ()
    containing: str | None = None
    stop_batch: bool = False
    name: str = ""
    path: Sequence[str] = ()
    act: Act = "delete"
    middle: bool = False
    reused: bool = False

    def matches(self, operation: str, *, reused: bool) -> bool:
        """Whether the fault is meant for this operation, on a connection that was used before or not."""
        return self.operation in ("*", operation) and (reused or not self.reused)


class FaultBoard:
    """The injected faults, and the requests that are held."""

    def __init__(self) -> None:
        """Start without faults."""
        self._changed = threading.Condition()
        self._faults: dict[int, tuple[Fault, int]] = {}
        self._numbers = itertools.count(1)
        self._held: dict[str, set[int]] = {}
        self._open = True

    def add(self, fault: Fault) -> int:
        """Post a fault; returns its number."""
        with self._changed:
            number = next(self._numbers)
            self._faults[number] = (fault, 0)
            return number

    def clear(self) -> None:
        """Take all faults down and let go of whatever is held."""
        with self._changed:
            self._faults.clear()
            self._held.clear()
            self._changed.notify_all()

    def strike(self, operation: str, *, reused: bool = False, by_name: bool = False) -> list[Fault]:
        """Count one request and say which faults hit it, in the order they were added.

        `reused`: it is not the first on its connection; `by_name`: only faults that name its operation count it.
        """
        hit = []
        with self._changed:
            for number, (fault, count) in self._faults.items():
                if fault.matches(operation, reused=reused) and (not by_name or fault.operation == operation):
                    self._faults[number] = (fault, count + 1)
                    if fault.nth in (None, count + 1):
                        hit.append(fault)
        return hit

    def hold(self, name: str) -> None:
        """Wait until `name` is released (or everything is let go)."""
        with self._changed:
            if not self._open:
                return
            ticket = next(self._numbers)
            self._held.setdefault(name, set()).add(ticket)
            self._changed.notify_all()
            self._changed.wait_for(lambda: ticket not in self._held.get(name, ()))

    def wait_held(self, name: str, timeout: float) -> bool:
        """Whether a request is held under `name` within `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: bool(self._held.get(name)), timeout)

    def release(self, name: str) -> None:
        """Let the requests held under `name` go on; none held, nothing happens."""
        with self._changed:
            self._held.pop(name, None)
            self._changed.notify_all()

    def close(self) -> None:
        """Let everything go, now and later: the server stops."""
        with self._changed:
            self._open = False
            self._held.clear()
            self._changed.notify_all()
