"""Ends what takes too long: one thread of the process watches over every request that is under way."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

IDLE = 30.0     # seconds without a request after which the thread ends


class Watch:
    """A time-out for each of many things at once, at next to no cost where they end in time."""

    def __init__(self) -> None:
        self._due: dict[object, tuple[float, Callable[[], None]]] = {}
        self._changed = threading.Condition()
        self._looks_at = float("inf")       # when the thread wakes by itself
        self._thread: threading.Thread | None = None

    @contextmanager
    def after(self, seconds: float, cut: Callable[[], None]) -> Iterator[None]:
        """Calls `cut` when the time is over; never once the context has ended. `cut` must not wait for anything."""
        request, until = object(), time.monotonic() + seconds
        with self._changed:
            self._due[request] = until, cut
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="watch", daemon=True)
                self._thread.start()
            elif until < self._looks_at:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._due.pop(request, None)

    def _look(self) -> None:
        with self._changed:
            while self._due or self._waited(IDLE):
                now = time.monotonic()
                for request, (until, cut) in tuple(self._due.items()):
                    if until <= now:
                        del self._due[request]
                        with suppress(Exception):       # the others must not pay for it
                            cut()
                self._waited(min((until for until, _ in self._due.values()), default=now + IDLE) - now)
            self._thread = None

    def _waited(self, seconds: float) -> bool:
        """Waits that long, or until something has changed. True: something is under way."""
        self._looks_at = time.monotonic() + seconds
        self._changed.wait(seconds)
        return bool(self._due)


WATCH = Watch()
os.register_at_fork(after_in_child=WATCH.__init__)      # type: ignore[misc]  # the thread stays behind
