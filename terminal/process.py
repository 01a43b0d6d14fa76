"""The process of a command, from its first line to its last."""

from __future__ import annotations

import gc
import os
from contextlib import suppress
from typing import TextIO

from terminal.stopping import end_like_ctrl_c

COLLECTED_AFTER = 1_000_000     # new objects: not while modules are imported, whose objects all stay


def begin() -> None:
    """To be called before anything large is imported. `wiring.doors` says what holds once the work begins."""
    gc.set_threshold(COLLECTED_AFTER)
    end_like_ctrl_c()


def end(*streams: TextIO | None) -> None:
    """Writes out what is left; where nobody reads any more, the interpreter must not try it once again.

    Memory is given back without a last look for cycles.
    """
    for stream in streams:
        if stream is None:
            continue
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    gc.freeze()
