"""The batches of a step, handed out one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine import threads
from engine.items.batches import Batch


class Feed:
    """Hands batches to several readers, one each."""

    def __init__(self, work: Iterator[Batch], enough: Callable[[], bool]) -> None:
        self._work = work
        self._enough = enough
        self._lock = threads.Lock()
        self.finished = False

    def next(self) -> Batch | None:
        """The next batch; None at the end, or when it is better to stop and look."""
        with self._lock:
            if self.finished or self._enough():
                return None
            batch = next(self._work, None)
            self.finished = batch is None
            return batch

