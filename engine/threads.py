"""Threads, locks and clocks that only go forwards, as everything that takes part in a migration reaches them.

They are the standard library's own, without anything in between. A test may install others: threads that a seed takes
turns with, and a clock that jumps while all of them wait.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import Empty, SimpleQueue

__all__ = [
    "REPLACED", "Condition", "Empty", "Event", "Future", "Lock", "RLock", "Semaphore", "SimpleQueue", "Thread",
    "ThreadPoolExecutor", "boottime", "get_ident", "monotonic", "sleep", "using",
]

Thread = threading.Thread
Lock = threading.Lock
RLock = threading.RLock
Condition = threading.Condition
Event = threading.Event
Semaphore = threading.Semaphore
get_ident = threading.get_ident
monotonic = time.monotonic
sleep = time.sleep

# Goes on while the machine sleeps, as a server's clock does: CLOCK_BOOTTIME on Linux, CLOCK_MONOTONIC on macOS.
_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def boottime() -> float:
    """Seconds since some moment in the past, those in which the machine slept included."""
    return time.clock_gettime(_BOOTTIME)


REPLACED = (
    "Condition", "Event", "Lock", "RLock", "Semaphore", "SimpleQueue", "Thread", "ThreadPoolExecutor", "boottime",
    "get_ident", "monotonic", "sleep",
)


@contextmanager
def using(backend: object) -> Iterator[None]:
    """Has the whole process use the backend's attributes named in REPLACED, until the context ends.

    What was made before keeps its old kind: install a backend before anything that uses threads is made.
    """
    names = globals()
    before = {name: names[name] for name in REPLACED}
    names.update({name: getattr(backend, name) for name in REPLACED})
    try:
        yield
    finally:
        names.update(before)
