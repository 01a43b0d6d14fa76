"""The raw bytes that a migration may hold in memory, readers and writers together."""

from __future__ import annotations

from collections.abc import Callable

from engine import threads
from engine.pace.halt import Halt

IN_FLIGHT = 16 * 1024 * 1024    # bytes


def any_number() -> int:
    """Where bytes alone count."""
    return IN_FLIGHT


class Budget:
    """Bytes to take before reading and to give back after writing. More than all of it counts as all of it."""

    def __init__(self, halt: Halt, total: int = IN_FLIGHT, *, most: Callable[[], int] = any_number) -> None:
        """`most` says how many times bytes may be taken before some are given back, as of now."""
        self._halt = halt
        self._total = total
        self._left = total
        self._most = most
        self._taken = 0
        self._changed = threads.Condition()

    def take(self, size: int) -> None:
        """Waits until `size` bytes are free. Raises HaltedError when a stop is asked for meanwhile."""
        share = min(size, self._total)
        with self._changed:
            while self._left < share or self._taken >= self._most():
                self._halt.check()
                self._changed.wait(0.25)
            self._left -= share
            self._taken += 1

    def correct(self, taken: int, true: int) -> None:
        """Counts what came as `true` bytes instead of those `taken`. Whoever takes next waits until there are any."""
        with self._changed:
            self._left -= min(true, self._total) - min(taken, self._total)

    def give(self, size: int) -> None:
        """Gives back what was taken."""
        with self._changed:
            self._left += min(size, self._total)
            self._taken -= 1
            self._changed.notify_all()
