"""Stopping at the next batch: a pause asked for, a worker told to go, a fatal error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from engine import threads
from engine.errors import OmmError


class HaltedError(OmmError):
    """The work stopped where it can be taken up again."""


class Halt:
    """A request to stop, seen by every thread of a migration."""

    def __init__(self) -> None:
        self.event = threads.Event()
        self._parts: list[Halt] = []

    def set(self) -> None:
        """Asks everybody to stop at the next batch."""
        self.event.set()
        for part in tuple(self._parts):
            part.set()

    @contextmanager
    def part(self) -> Iterator[Halt]:
        """A halt for a part of the work: set together with this one, or alone when only that part is to stop."""
        part = Halt()
        self._parts.append(part)
        if self.is_set():
            part.set()
        try:
            yield part
        finally:
            self._parts.remove(part)

    def is_set(self) -> bool:
        """True: a stop was asked for."""
        return self.event.is_set()

    def check(self) -> None:
        """Raises HaltedError when a stop was asked for."""
        if self.event.is_set():
            raise HaltedError("Stopped; it can be resumed.")

    def wait(self, seconds: float) -> None:
        """Waits; raises HaltedError at once when a stop is asked for."""
        if self.event.wait(max(0.0, seconds)):
            self.check()

    def wait_until(self, monotonic: float) -> None:
        """Waits until that moment of threads.monotonic()."""
        self.wait(monotonic - threads.monotonic())
