"""The writers of a transfer: as many as the gate lets through, from the moment that it does."""

from __future__ import annotations

from collections.abc import Callable

from engine import threads
from engine.pace.gate import Gate


class Staff:
    """Threads that write. No more than the gate's width: each would keep a batch back that another could send."""

    def __init__(self, gate: Gate, start: Callable[[], threads.Thread]) -> None:
        """`start` starts one of them."""
        self._gate = gate
        self._start = start
        self._threads: list[threads.Thread] = []
        self._lock = threads.Lock()

    def fill(self) -> None:
        """Starts those that are lacking."""
        with self._lock:
            while len(self._threads) < self._gate.width:
                self._threads.append(self._start())

    def works(self, seconds: float) -> bool:
        """Waits so long, or until one of them has ended. True: not all have."""
        working = next((thread for thread in tuple(self._threads) if thread.is_alive()), None)
        if working is not None:
            working.join(seconds)
        return working is not None

    def join(self) -> None:
        """Waits until all have ended, those that one of them starts meanwhile too."""
        for thread in self._threads:        # it may grow
            thread.join()
