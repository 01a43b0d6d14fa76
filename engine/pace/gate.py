"""How many requests may be under way: narrowed when the server says busy, widened when it recovers.

Its pause is not that of `patiently` (engine/pace/repeat.py): it holds for every thread that writes, and what was put
off is not repeated by it: a write may be sent again only by who knows that it was not carried out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from engine import threads
from engine.pace.halt import Halt

MOST_WRITERS = 16           # requests to one mailbox at once
FIRST_WIDTH = 2
UNASKED_WIDTH = 3           # up to here the gate is widened without knowing yet whether it helps
QUEUEING = 1.5              # times the best pace: requests wait for each other, and more of them would help nobody
MOST_QUEUED = 1.5           # requests that may be waiting for the others, by the same reckoning
NEWEST = 0.25               # what the newest answer counts in the usual pace
FORGETTING = 1.005          # a best pace of long ago counts less with each answer
LONGEST_BACK_OFF = 600.0    # seconds
FIRST_BACK_OFF = 0.5        # seconds, where the server names none


class Gate:
    """Lets up to `width` requests through at a time, and none before the server's back-off is over."""

    def __init__(self, widest: int, halt: Halt) -> None:
        self._widest = widest
        self._halt = halt
        self._width = min(FIRST_WIDTH, widest)
        self._inside = 0
        self._successes = 0
        self._never_busy = True
        self._best_pace = float("inf")
        self._usual_pace: float | None = None
        self._not_before = 0.0
        self._own_back_off = FIRST_BACK_OFF
        self._changed = threads.Condition()

    @property
    def width(self) -> int:
        """Requests that may be under way now."""
        return self._width

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Waits for a turn and holds it. Raises HaltedError when a stop is asked for meanwhile."""
        self._enter()
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def _enter(self) -> None:
        with self._changed:
            while True:
                self._halt.check()
                wait = self._not_before - threads.monotonic()
                if self._inside < self._width and wait <= 0:
                    self._inside += 1
                    return
                self._changed.wait(min(0.25, wait) if wait > 0 else 0.25)

    def went_well(self, *, waiting: bool, pace: float | None = None) -> None:
        """A request was answered; `waiting` says whether more are ready to be sent, so that width would help.

        `pace` is the seconds that a unit of its work took, None where that is not known. It rises with the width
        once requests queue up at the server (TCP Vegas: Brakmo and Peterson 1995); the gate is not widened then.
        Until the server is busy for the first time each answer widens, which doubles the width in the time of one
        request (TCP's slow start, RFC 5681 §3.1); after that only as many answers as the gate is wide.
        """
        with self._changed:
            self._own_back_off = FIRST_BACK_OFF
            self._successes += 1
            enough = self._never_busy or self._successes >= self._width
            if waiting and enough and self._width < self._widest and self._would_help(pace):
                self._width += 1
                self._successes = 0
                self._changed.notify_all()

    def _would_help(self, pace: float | None) -> bool:
        if pace is None:
            return self._width < UNASKED_WIDTH
        self._best_pace = min(self._best_pace * FORGETTING, pace)
        usual = pace if self._usual_pace is None else self._usual_pace
        self._usual_pace = usual + (pace - usual) * NEWEST
        slow = max(pace, self._usual_pace)       # one answer that was lucky shows no room
        queued = self._width * (1 - self._best_pace / slow)     # Vegas: what is under way beyond what the best needs
        return slow <= self._best_pace * QUEUEING and queued <= MOST_QUEUED

    def was_busy(self, back_off: float | None) -> None:
        """The server asked for less: half the width, and a pause of `back_off` seconds (None or 0: a growing one)."""
        with self._changed:
            self._never_busy = False
            now = threads.monotonic()
            if now >= self._not_before:     # answers to requests of the same burst count once
                self._width = max(1, self._width // 2)
                self._successes = 0
                self._own_back_off = min(self._own_back_off * 2, LONGEST_BACK_OFF / 10)
            pause = back_off or self._own_back_off / 2      # "0 ms" is no leave to ask again at once
            self._not_before = max(self._not_before, now + min(pause, LONGEST_BACK_OFF))
