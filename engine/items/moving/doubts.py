"""Items that were sent and not answered for.

After the commit grace they are looked for, and sent again only if they are nowhere. What there is of one that was not
finished is as good as nothing: it carries another tag. Unless its owner has changed it, it is removed when the tags are
read as proof (proof.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from engine import threads
from engine.items.batches import Batch, Entry, Loss, Tally
from engine.items.known.tag_index import TagIndex
from engine.items.moving.blame import Blame
from engine.items.moving.reading_back import ReadingBack
from engine.items.run import Run
from engine.items.tags import undigested
from engine.ports.items import Outcome, TaggedItem

MOST_SENDS = 3                        # of one item, each after it was found nowhere
NOT_SURE = "the destination did not say for sure what became of it, and it is not there: {}"


@dataclass(frozen=True, slots=True)
class Doubt:
    """An item of which nobody knows whether it arrived, and why not.

    `until` is the threads.monotonic() from which to look. `untold` says what of it was not kept, if it arrived.
    """

    batch: Batch
    entry: Entry
    until: float
    why: str
    untold: tuple[str, ...] = ()


class Doubts:
    """What is to be looked for. Any thread may add to it; one resolves."""

    def __init__(self, run: Run, index: TagIndex, tally: Tally, blame: Blame, back: ReadingBack) -> None:
        self._run = run
        self._index = index
        self._tally = tally
        self._doubts: list[Doubt] = []
        self._lock = threads.Lock()
        self._blame = blame
        self._back = back

    def __len__(self) -> int:
        return len(self._doubts)

    def add(self, batch: Batch, entry: Entry, outcome: Outcome) -> None:
        """Notes an item whose answer was lost a moment ago."""
        with self._lock:
            until = threads.monotonic() + self._run.grace
            self._doubts.append(Doubt(batch, entry, until, str(outcome.error), outcome.untold))

    def resolve(self, on_tick: Callable[[], None]) -> list[Batch]:
        """Waits out the commit grace, looks for every item, and returns what is nowhere, to be sent again."""
        with self._lock:
            doubts, self._doubts = self._doubts, []
        if not doubts:
            return []
        try:
            self._wait_until(max(doubt.until for doubt in doubts), on_tick)
            missing = self._looked_for(doubts)
        except BaseException:
            with self._lock:
                self._doubts += doubts
            raise
        again = [doubt for doubt in missing if doubt.entry.sends < MOST_SENDS]
        self._name([doubt for doubt in missing if doubt.entry.sends >= MOST_SENDS])
        found = len(doubts) - len(missing)
        self._run.decided("lost answers looked for", found=found, sent_again=len(again))
        return [replace(doubt.batch, entries=(doubt.entry,)) for doubt in again]

    def _wait_until(self, moment: float, on_tick: Callable[[], None]) -> None:
        while (left := moment - threads.monotonic()) > 0:
            on_tick()
            self._run.halt.wait(min(0.5, left))

    def _looked_for(self, doubts: list[Doubt]) -> list[Doubt]:
        wanted = {undigested(doubt.entry.tag): doubt for doubt in doubts}
        found = self._back.seen([doubt.entry.tag for doubt in doubts])

        def handle(_folder_id: str, item: TaggedItem) -> None:
            if (tag := undigested(item.tag)) in wanted:
                found.add(tag)

        self._index.read({doubt.batch.folder_id for doubt in doubts}, handle)
        if found != set(wanted):
            self._index.read_all(handle)
        tags = sorted(wanted[tag].entry.tag for tag in found)
        self._run.journal.close(tags, untold={
            doubt.entry.tag: doubt.untold for tag, doubt in wanted.items() if tag in found and doubt.untold
        })
        self._back.answered(tags)
        for tag in found:
            self._arrived(wanted[tag])
        return [doubt for tag, doubt in wanted.items() if tag not in found]

    def _arrived(self, doubt: Doubt) -> None:
        self._tally.add(doubt.entry)
        for words in doubt.untold:
            self._tally.note(doubt.batch.source, doubt.entry, words)
        self._blame.wrote()

    def _name(self, doubts: list[Doubt]) -> None:
        """Gives those up, once a message of our own has shown that the destination takes any. Raises FatalError."""
        if not doubts:
            return
        try:
            self._blame.try_destination()
        except BaseException:
            with self._lock:
                self._doubts += doubts
            raise
        self._run.journal.close([doubt.entry.tag for doubt in doubts])
        for doubt in doubts:
            self._tally.lose(Loss(doubt.batch.source, doubt.entry, NOT_SURE.format(doubt.why)))
