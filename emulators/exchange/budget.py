"""What one user may read before the server asks them to wait: a throttling policy, counted in items.

A real policy counts time at the server and recharges slowly ("EWS throttling in Exchange"); this one counts items, so
that a test knows when it strikes, and is whole again once the time is over that it told.
"""

import threading
import time
from collections.abc import Callable

from emulators.exchange.errors import SoapFault

_READING = frozenset({"FindFolder", "FindItem", "GetAttachment", "GetFolder", "GetItem", "SyncFolderHierarchy",
                      "SyncFolderItems"})


class Budgets:
    """The budgets of all users."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` tells seconds; they never go back."""
        self._clock = clock
        self._lock = threading.Lock()
        self._used: dict[str, int] = {}
        self._until: dict[str, float] = {}      # who has used up theirs, and when it is whole again

    def take(self, user: str, operation: str, items: int, *, limit: int | None, back_off_ms: int) -> None:
        """Charge a request that reads `items`, at least one.

        Raises SoapFault ErrorServerBusy once `limit` items were read, with the BackOffMilliseconds that are left.
        """
        if limit is None or operation not in _READING:
            return
        with self._lock:
            left = self._until.get(user, 0) - self._clock()
            if left > 0:
                raise _busy(left * 1000)
            if self._until.pop(user, None) is not None:
                self._used[user] = 0
            if self._used.get(user, 0) >= limit:
                self._until[user] = self._clock() + back_off_ms / 1000
                raise _busy(back_off_ms)
            self._used[user] = self._used.get(user, 0) + max(1, items)


def _busy(milliseconds: float) -> SoapFault:
    return SoapFault("ErrorServerBusy", values=(("BackOffMilliseconds", str(max(1, round(milliseconds)))),))
