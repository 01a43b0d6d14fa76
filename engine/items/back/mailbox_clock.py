"""When a task wrote, told by the clock that dates the mailbox's items.

Three clocks are at work: ours, that of the server that answers (its Date header), and that of the server which holds
the mailbox and dates what is created in it. Facts are noted by the second, because it is there whenever anything is
asked. The third is learned from the creation time of items of ours, as seconds by which it is ahead of the second. A
mailbox may move to another server between two visits: there are several such numbers then, and the window covers all.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from engine import threads
from engine.errors import RefusedError, RetryableError
from engine.hooks import LOGGED, Decided, Hook, emit
from engine.store.facts import WINDOW_END, WINDOW_START
from engine.store.stored import read_plain, write_plain

AHEAD = "mailbox ahead"
ROUNDING = timedelta(seconds=2)  # both clocks tell whole seconds
MOST_TRIES = 3                   # to learn, a visit


class Facts(Protocol):
    """Small facts of a task that outlive the process."""

    def remember(self, key: str, value: str) -> None: ...

    def recall(self, key: str) -> str | None: ...

    def last_write(self) -> datetime | None:
        """When something was last sent, or answered, by the clock of the server that answers."""
        ...


class Clocks(Protocol):
    """The two clocks of a destination."""

    def now(self) -> datetime: ...

    def created(self, item_id: str) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Window:
    """The time, by the mailbox's clock, in which a task wrote, or something of it was still under way."""

    start: datetime
    end: datetime


class MailboxClock:
    """What is known of a mailbox's clock. One a visit; any thread may use it."""

    def __init__(
        self, task_id: str, facts: Facts, clocks: Clocks, *, hooks: tuple[Hook, ...] = LOGGED
    ) -> None:
        self._task_id = task_id
        self._hooks = hooks
        self._facts = facts
        self._clocks = clocks
        self._lock = threads.Lock()
        self._tries = 0
        self._asking = False

    def learn(self, item_id: str, *, seconds: float = 0.0) -> None:
        """Asks when that item was created, once a visit; call it as soon as its creation was answered.

        `seconds` is how long the request took. A destination that cannot say it now is asked for another item's.
        """
        with self._lock:
            if self._asking or self._tries >= MOST_TRIES:
                return
            self._asking = True
            self._tries += 1
        try:
            answered = self._clocks.now()
            with suppress(RefusedError, RetryableError):      # removed or moved already, or the server is unwell
                created = self._clocks.created(item_id)
                if created is not None:
                    self._note(_ahead(created, answered - timedelta(seconds=seconds), answered))
                    self._tries = MOST_TRIES
        finally:
            self._asking = False

    def _note(self, ahead: timedelta) -> None:
        least, most = self._known()
        least, most = min(least, ahead), max(most, ahead)
        if not self._facts.recall(AHEAD):
            least = most = ahead
        self._facts.remember(AHEAD, write_plain([least.total_seconds(), most.total_seconds()]))
        if ahead:
            seconds = round(ahead.total_seconds())
            emit(self._hooks, Decided(self._task_id, "mailbox clock differs", {"seconds": seconds}))

    def _known(self) -> tuple[timedelta, timedelta]:
        """By how much the mailbox's clock was ahead at least, and at most."""
        least, most = read_plain(self._facts.recall(AHEAD), name=f"Migration {self._task_id}", otherwise=(0, 0))
        return timedelta(seconds=least), timedelta(seconds=most)

    def window(self, grace: float) -> Window | None:
        """The window as it is noted; None while nothing was written.

        A process that was killed has noted no end: that is then `grace` seconds after it last sent something or was
        answered, whenever anybody asks.
        """
        start = self._facts.recall(WINDOW_START)
        if start is None:
            return None
        began = datetime.fromisoformat(start)
        noted = self._facts.recall(WINDOW_END)
        end = datetime.fromisoformat(noted) if noted else self._last(began) + timedelta(seconds=grace)
        least, most = self._known()
        return Window(began + least, end + most)

    def lengthen(self, window: Window, grace: float) -> Window:
        """The window, noted, with all in it that was sent without an answer: it may arrive within the grace."""
        _least, most = self._known()
        last = self._facts.last_write()
        end = window.end if last is None else max(window.end, last + timedelta(seconds=grace) + most)
        self._facts.remember(WINDOW_END, (end - most).isoformat())
        return Window(window.start, end)

    def _last(self, began: datetime) -> datetime:
        return max(began, self._facts.last_write() or began)


def _ahead(created: datetime, sent: datetime, answered: datetime) -> timedelta:
    """By how much the clock that said `created` is ahead of the other, at least: 0 if they may well be the same."""
    if created < sent - ROUNDING:
        return created - sent
    if created > answered + ROUNDING:
        return created - answered
    return timedelta()
