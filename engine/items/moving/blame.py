"""Blame is earned: an item is named as refused only when the destination takes others meanwhile.

What is refused is provisional until another item, or a canary of ours, has been written. If the canary is not taken
either, the destination is to blame: everybody stops, and nothing of what was refused is named.
"""

from __future__ import annotations

from dataclasses import replace

from engine import threads
from engine.errors import Cause, FatalError, SignInError
from engine.items.batches import Batch, Entry, Loss, Tally
from engine.items.moving.write_probe import WriteProbe
from engine.items.run import Run
from engine.ports.items import Outcome, Verdict

MOST_REFUSALS = 50          # in a row, before the destination is tried with a canary
MOST_BUSY = 3               # answers to one item that it is to wait, before the same
ABSENT = (1.0, 4.0, 16.0)   # seconds until an item is sent again whose folder is said not to be there
MOST_BLAMED = 5             # such answers to one item that was sent alone, others having been taken since the last


class AbsentFolders:
    """Destination folders that are said not to be there. One that was just made may not be known everywhere yet.

    Any thread may use it.
    """

    def __init__(self) -> None:
        self._given_up: set[str] = set()

    def pause(self, folder_id: str, entry: Entry) -> float | None:
        """Seconds until the item is to be sent again; None when its folder was asked for often enough."""
        if folder_id in self._given_up:
            return None
        if entry.absent == len(ABSENT):
            self._given_up.add(folder_id)
            return None
        return ABSENT[entry.absent]

    def is_there(self, folder_id: str) -> None:
        """Notes that the folder took something."""
        self._given_up.discard(folder_id)


class Blame:
    """Tells a bad item from a bad destination. Any thread may use it."""

    def __init__(self, run: Run, tally: Tally) -> None:
        self._run = run
        self._tally = tally
        self._probe = WriteProbe(run)
        self._provisional: list[Loss] = []
        self._doubted = False               # one of them was refused by what may well be said of the whole account
        self._successes = 0
        self._lock = threads.Lock()
        self._probing = threads.RLock()

    def wrote(self) -> None:
        """Notes that the destination took something: whatever it refused before was refused for its own sake."""
        with self._lock:
            self._successes += 1
            losses, self._provisional, self._doubted = self._provisional, [], False
        for loss in losses:
            self._tally.lose(loss)

    def refused(self, batch: Batch, entry: Entry, outcome: Outcome) -> None:
        """Notes an item that the destination refused."""
        reason = str(outcome.error)
        with self._lock:
            self._provisional.append(Loss(batch.source, entry, reason))
            self._doubted |= outcome.verdict is Verdict.FATAL

    def check(self) -> None:
        """After the items of a request: tries the destination when too many were refused in a row.

        Raises FatalError when it takes nothing; those items are then unfinished, not failed.
        """
        if self._is_due():
            with self._probing:
                if self._is_due():
                    self._try()

    def _is_due(self) -> bool:
        with self._lock:
            return self._doubted or len(self._provisional) >= MOST_REFUSALS

    def start(self) -> None:
        """Removes a canary that a process which was killed may have left behind."""
        self._probe.clear_up()

    def finish(self) -> None:
        """At the end: what is still provisional is named, once the destination has shown that it takes anything."""
        if not self._provisional:
            return
        if self._successes:
            self.wrote()
        else:
            with self._probing:
                self._try()

    def _try(self) -> None:
        self._run.decided("refused in a row", count=len(self._provisional))
        try:
            self._probe.passes()
        except BaseException:
            with self._lock:
                self._provisional, self._doubted = [], False        # unfinished, and nobody needs to try once more
            raise
        self.wrote()

    def try_destination(self) -> None:
        """Writes the canary. Raises FatalError when the destination takes nothing."""
        with self._probing:
            self._probe.passes()
        self.wrote()

    def busy(self, entry: Entry, *, alone: bool) -> Entry:
        """The entry after one more answer that it is to wait."""
        since = self._successes
        blamed = entry.blamed + 1 if alone and entry.busy and since > entry.successes else entry.blamed
        return replace(entry, busy=entry.busy + 1, blamed=blamed, successes=since)


def is_for_the_item(error: Exception | None) -> bool:
    """True: the error stops everybody only if the destination takes nothing else either.

    An account may lack the right to one folder. A sign-in is never tried again.
    """
    return isinstance(error, FatalError) and not isinstance(error, SignInError) and error.cause is Cause.FORBIDDEN
