"""Ctrl-C and its like: the first asks the work to stop where it can be taken up again, the second leaves at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from engine.pace.halt import Halt

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LEFT_AT_ONCE = 2        # the exit status of whatever did not complete
SHOW_CURSOR = b"\x1b[?25h\r\n"


@contextmanager
def stopping(halt: Halt, told: Callable[[], None]) -> Iterator[None]:
    """Listens while the context lasts. `told` is called in the midst of whatever is under way: it may only note."""

    def hear(_signal: int, _frame: FrameType | None) -> None:
        if halt.is_set():
            _leave()
        halt.set()
        told()

    before = {each: signal.signal(each, hear) for each in SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _leave() -> None:
    if os.isatty(2):
        os.write(2, SHOW_CURSOR)
    os._exit(LEFT_AT_ONCE)


def end_like_ctrl_c() -> None:
    """Outside of `stopping`, being told to go ends the command as Ctrl-C does: everything is closed in order."""
    for each in SIGNALS:
        signal.signal(each, signal.default_int_handler)
