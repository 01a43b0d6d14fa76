"""The tags in a destination mailbox, read folder by folder and kept up to date by what changed since.

The destination is the only journal of what was copied. A message that its owner moves while we read may be missed in
one pass and is found by the next, so passes go on until one brings nothing new.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from engine import threads
from engine.errors import Cause, GoneError, RetryableError, StateLostError
from engine.pace.halt import Halt
from engine.pace.repeat import PATIENCE, OnWait, gave_up, nobody_asks, patiently
from engine.ports.destination import Destination
from engine.ports.items import TaggedItem, TagPage

AT_ONCE = 4          # folders read at the same time: servers allow five synchronisations an account
MOST_PASSES = 10
MOST_RESTARTS = 20   # of a folder whose state the server forgets while its pages are read
log = logging.getLogger(__name__)

Handle = Callable[[str, TaggedItem], None]


class TagIndex:
    """Remembers, for each folder, up to where it has been read. `see` is shown every tag once, whoever asked."""

    def __init__(
        self,
        destination: Destination,
        halt: Halt,
        see: Handle,
        *,
        gone: Callable[[str], None] = lambda _id: None,
        detail: bool = False,
        patience: float = PATIENCE,
        on_wait: OnWait = nobody_asks,
    ) -> None:
        """`gone` is told the ids that left a folder we had read; `detail` has times and draft marks brought along.

        `patience` is how many seconds a busy destination is waited for.
        """
        self._ask = partial(patiently, patience=patience, on_wait=on_wait)
        self._gone = gone
        self._destination = destination
        self._halt = halt
        self._see = see
        self._detail = detail
        self._states: dict[str, str] = {}
        self.left = 0           # items and folders that went, or were moved, after they had been read

    def start_empty(self, folder_id: str) -> None:
        """Notes a folder that was made a moment ago: nothing of ours is in it yet."""
        self._states.setdefault(folder_id, "")

    def read_all(self, handle: Handle | None = None, *, enough: Callable[[], bool] = lambda: False) -> None:
        """Every tag that is new to us in the whole mailbox, folders made meanwhile included.

        `enough` ends it after a pass that brought all that is looked for.
        """
        for _ in range(MOST_PASSES):
            if not self.read(self._folder_ids(), handle) or enough():
                return
        log.warning("tags kept changing for %d passes", MOST_PASSES)

    def read(self, folder_ids: Iterable[str], handle: Handle | None = None) -> int:
        """Every tag that is new to us in those folders; says how many came, and how many items left."""
        count = 0
        for folder_id, page in self._pages(list(folder_ids)):
            for item_id in page.removed:
                self._gone(item_id)
            for item in page.items:
                self._see(folder_id, item)
                if handle is not None:
                    handle(folder_id, item)
            self.left += len(page.removed)
            count += len(page.items) + len(page.removed)    # what left a folder may be in one that was read before
        return count

    def _folder_ids(self) -> list[str]:
        """All folders but those that hold nothing now and held nothing that we saw."""
        folders = self._ask(self._destination.folders, self._halt)
        ids = {folder.id for folder in folders}
        self.left += sum(folder_id not in ids for folder_id, state in self._states.items() if state)
        return [f.id for f in folders if f.items != 0 or self._states.get(f.id)]

    def _pages(self, folder_ids: list[str]) -> Iterator[tuple[str, TagPage]]:
        """Pages of several folders at once, handed over one by one. Ends its threads whatever happens."""
        todo: threads.SimpleQueue[str] = threads.SimpleQueue()
        for folder_id in folder_ids:
            todo.put(folder_id)
        pages: threads.SimpleQueue[tuple[str, TagPage] | BaseException | None] = threads.SimpleQueue()
        room = threads.Semaphore(AT_ONCE * 2)

        def run() -> None:
            try:
                for folder_id in _taken(todo, leave):
                    for page in self._folder_pages(folder_id, leave):
                        while not room.acquire(timeout=0.25):
                            if leave.is_set():
                                return
                        pages.put((folder_id, page))
            except BaseException as error:  # noqa: BLE001 - raised again in the reader's own thread
                pages.put(error)
            finally:
                pages.put(None)

        with self._halt.part() as leave:
            team = [threads.Thread(target=run, name="tags", daemon=True) for _ in folder_ids[:AT_ONCE]]
            for thread in team:
                thread.start()
            try:
                running = len(team)
                while running:
                    got = pages.get()
                    if got is None:
                        running -= 1
                    elif isinstance(got, BaseException):
                        raise got
                    else:
                        yield got
                        room.release()
            finally:
                leave.set()      # also whoever waits for another folder's back-off
                for thread in team:
                    thread.join()

    def _folder_pages(self, folder_id: str, leave: Halt) -> Iterator[TagPage]:
        """The pages of a folder until it ends or is gone. It starts over when the server forgot its state.

        Any other refusal is raised: to go on without a folder would be to take its items for missing.
        """
        state, restarts, last = self._states.get(folder_id, ""), 0, False
        while not last:
            leave.check()
            try:
                page = self._ask(self._tags(folder_id, state), leave)
            except GoneError:
                return
            except StateLostError as error:
                restarts += 1
                if restarts > MOST_RESTARTS:
                    raise gave_up(RetryableError(str(error), cause=Cause.OTHER)) from error
                state = ""
                continue
            self._states[folder_id] = state = page.state
            last = page.last
            yield page

    def _tags(self, folder_id: str, state: str) -> Callable[[], TagPage]:
        def ask() -> TagPage:
            try:
                return self._destination.tags(folder_id, state, detail=self._detail)
            except StateLostError as error:
                if state:
                    raise
                raise RetryableError(str(error), cause=Cause.OTHER) from error      # it was given none

        return ask


def _taken(todo: threads.SimpleQueue[str], leave: Halt) -> Iterator[str]:
    while not leave.is_set():
        try:
            yield todo.get_nowait()
        except threads.Empty:
            return
