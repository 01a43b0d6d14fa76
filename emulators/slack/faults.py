"""Faults a test can inject into the Web API, and the board that says which call is hit."""

import itertools
import threading
from dataclasses import dataclass
from typing import Literal

Action = Literal["ratelimited", "status", "error", "drop", "hold"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong, for which calls, and on which side of the commit.

    `method` is a Web API method, `response_url`, or `*`. `channel` is the id of a conversation: only calls into it
    are hit, whether they name it by its own id or by that of a person; '' hits all calls. `nth` (from 1) counts the
    calls that match since the fault was added, None hits every one.

    - ratelimited: HTTP 429 with `retry_after` seconds.
    - status: an HTTP `status` with a body that is no JSON.
    - error: HTTP 200 with `{"ok": false, "error": error}`, such as token_revoked or internal_error.
    - drop: the connection is closed without an answer; with when="after" the answer is lost, not the work.
    - hold: wait until `name` is released: a slow Slack; with when="after" it is only the answer that is late.
    """

    method: str = "*"
    channel: str = ""
    nth: int | None = None
    when: Literal["before", "after"] = "before"
    action: Action
    retry_after: int = 1
    status: int = 503
    error: str = "internal_error"
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
        """Post a fault; returns its number."""
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

    def strike(self, method: str, channel: str | None) -> list[Fault]:
        """Count one call, into that conversation if into any; the faults that hit it, in the order they were added."""
        hit = []
        with self._changed:
            for number, (fault, count) in self._faults.items():
                if fault.method in ("*", method) and fault.channel in ("", channel):
                    self._faults[number] = (fault, count + 1)
                    if fault.nth in (None, count + 1):
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
        """Whether a call is held under `name` within `timeout` seconds."""
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
