"""What changed at the source since it was copied: items that are there already, but not as their source has them now.

Such an item is counted and named, and its copy stays. It is known by the digest of the source's item, *theirs*,
in its tag. To make that digest the item must be read whole. So only those are read that were changed, as the source
says, since the task that copied them began, and those of which nobody knows that (docs/decisions/0022). The digest of a
message's labels comes with the listing, so nothing is read for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

from engine import threads
from engine.errors import RenumberedError
from engine.items.batches import Batch, Entry, Tally, batches
from engine.items.compared.pairing import Copy, Pairing
from engine.items.kind import ItemKind
from engine.items.known.census import Census, key_number
from engine.items.report.lines import changed_since, gone_since, not_compared, otherwise, relabelled
from engine.items.report.losses import NAMED_AT_ONCE, Losses
from engine.items.run import Run
from engine.items.source.fetching import Fetching
from engine.items.source.listing import Listing, samples
from engine.items.source.readers import Readers
from engine.migration.earlier import newest_fact
from engine.migration.task_id import compact
from engine.ports.items import Item
from engine.ports.source import LeftFolder

CLOCKS = timedelta(days=1)      # clocks of sources and of our machines differ by less
# Clocks of the servers of one source differ by less (Microsoft, "Maximum tolerance for computer clock
# synchronization"), else they do not let one another in. A mailbox may move from one to another.
SERVERS = timedelta(minutes=5)


class Outdated:
    """Compares what one step finds already there with its source. Of a kind without digests it knows labels alone.

    `count` is how many items changed at the source since they were copied, `removed` how many it has no more.
    """

    def __init__(
        self, run: Run, kind: ItemKind, readers: Readers, census: Census, listings: Sequence[Listing], losses: Losses
    ) -> None:
        """`listings` may grow; what is there of them is told to `add`."""
        self.count = self.removed = 0
        self._run = run
        self._kind = kind
        self._readers = readers
        self._census = census
        self._listings = listings
        self._losses = losses
        self._copies: list[Copy] = []
        self._relabelled: list[tuple[Listing, Copy]] = []
        self._same_source = {compact(task.task_id) for task in run.earlier if not task.of_another_source}
        self._began = {
            compact(task.task_id): _since(task.started, task.newest) for task in run.earlier
            if task.started is not None and not task.of_another_source
        }
        self._foreign = {compact(task.task_id) for task in run.earlier if task.of_another_source}
        self._of_others: set[tuple[int, int]] = set()       # listing and number of what they have copied

    def note(self) -> None:
        """Notes when the newest item was changed that the task saw when it looked first; called after each look."""
        fact = newest_fact(self._kind.content)
        newest = max((max(listing.modified.values(), default=0) for listing in self._listings), default=0)
        if self.compares and newest and self._run.journal.recall(fact) is None:
            self._run.journal.remember(fact, str(newest))

    @property
    def compares(self) -> bool:
        """True: what is there already is to be told to `add`."""
        return self._kind.digests is not None

    def add(self, copies: Sequence[Copy]) -> None:
        """Takes note of items that are there already."""
        if self.compares:
            self._copies += copies

    def add_relabelled(self, copies: Sequence[Copy]) -> None:
        """Takes note of messages that are there already and whose labels have changed since."""
        self._relabelled += [(self._listings[copy.listing], copy) for copy in copies]

    def gone(
        self, pairing: Pairing, name_of: Callable[[int], str | None], left: Collection[LeftFolder] = ()
    ) -> None:
        """Puts into the report how many items were copied that the source does not have any more, if it showed all.

        `name_of` knows a folder by its code's number. What is in folders that are `left` now is there still.
        """
        staying = {int(self._kind.left_code(one), 16) for one in left if one.counted and not one.all_of_it}
        whole = not any(listing.refusal or listing.late for listing in self._listings)
        whole = whole and not any(one.all_of_it for one in left)
        if self.compares and whole and not any(pairing.held):
            gone = self._census.gone_at_the_source(same=self._same_source)
            found = sorted((folder, count) for folder, count in gone.items() if folder not in staying)
            self.removed = sum(count for _, count in found)
            self._run.report([gone_since(self._kind, name_of(folder) or "", count) for folder, count in found])

    def look(self) -> None:
        """Reads what may have changed, counts what has, and puts it into the report. Raises FatalError, HaltedError."""
        self._tell_relabelled()
        wanted = [copy for copy in self._copies if self._may_have_changed(copy)]
        self._copies = []
        self._of_others = {(copy.listing, copy.number) for copy in wanted if copy.task in self._foreign}
        if not wanted:
            return
        tally = Tally(on_copied=lambda _entry: None)
        fetching = Fetching(self._run, tally, samples(self._listings))
        before = self.count
        self._compare_all(fetching, self._batches(wanted))
        self._compare_all(fetching, fetching.set_aside())
        for loss in tally.taken():
            if not loss.gone:
                name = self._losses.names(loss.source, [loss.entry])[loss.entry.uid]
                self._run.report([not_compared(self._kind, loss.source, name, loss.reason)])
        self._run.decided("compared with the source", count=len(wanted), changed=self.count - before)

    def _tell_relabelled(self) -> None:
        found, self._relabelled = self._relabelled, []
        by_folder: dict[int, list[tuple[Listing, Copy]]] = {}
        for listing, copy in found:
            by_folder.setdefault(copy.listing, []).append((listing, copy))
        for index, group in by_folder.items():
            for start in range(0, len(group), NAMED_AT_ONCE):
                self._name_relabelled(index, group[start : start + NAMED_AT_ONCE])

    def _name_relabelled(self, index: int, group: Sequence[tuple[Listing, Copy]]) -> None:
        """Counts and names messages of one folder; by their numbers alone once it was listed anew."""
        now, entries = self._listings[index], [_entry(listing, copy) for listing, copy in group]
        names = self._losses.names(now.folder, entries, ask=all(listing is now for listing, _ in group))
        self.count += len(entries)
        self._run.report([relabelled(self._kind, now.folder, names[entry.uid]) for entry in entries])

    def _may_have_changed(self, copy: Copy) -> bool:
        """True: the source says that it was changed since, or nothing says that it was not.

        Of what another source's task has copied nobody knows whether it was the same.
        """
        modified = self._listings[copy.listing].modified.get(copy.number)
        began = self._began.get(copy.task)
        return modified is None or began is None or modified >= began

    def _batches(self, wanted: Sequence[Copy]) -> Iterator[Batch]:
        entries: dict[int, list[Entry]] = {}
        for copy in wanted:
            entries.setdefault(copy.listing, []).append(_entry(self._listings[copy.listing], copy))
        for index, some in entries.items():
            yield from batches(self._listings[index].folder, "", self._listings[index].code, some)

    def _compare_all(self, fetching: Fetching, work: Iterable[Batch]) -> None:
        """Reads those batches, as many at once as the source lets in. Raises what one of them raises."""
        stopped = threads.Event()
        with threads.ThreadPoolExecutor(self._readers.most, thread_name_prefix="comparing") as pool:
            for batch, changed in pool.map(partial(self._changed, fetching, stopped), work):
                if changed:
                    self._tell(batch, changed)

    def _tell(self, batch: Batch, changed: list[Entry]) -> None:
        """Counts what changed, and names it; what another source has otherwise is named alone."""
        names = self._losses.names(batch.source, changed)
        for entry in changed:
            is_others = (entry.listing, entry.number) in self._of_others
            self.count += not is_others
            line = otherwise if is_others else changed_since
            self._run.report([line(self._kind, batch.source, names[entry.uid])])

    def _changed(self, fetching: Fetching, stopped: threads.Event, batch: Batch) -> tuple[Batch, list[Entry]]:
        """What of a batch has changed. Nothing is read any more once another one was `stopped` by an error."""
        if stopped.is_set():
            return batch, []
        try:
            self._run.halt.check()
            found = self._fetched(fetching, batch)
        except BaseException:
            stopped.set()
            raise
        changed = [entry for entry, item in found if not self._is_as_copied(entry, item)]
        for _, item in found:
            item.close()
        return batch, changed

    def _fetched(self, fetching: Fetching, batch: Batch) -> list[tuple[Entry, Item]]:
        reader = self._readers.take()
        try:
            found = fetching.fetch(reader, batch)
        except RenumberedError:     # they cannot be told apart any more
            self._readers.drop(reader)
            return []
        except BaseException:
            self._readers.drop(reader)
            raise
        self._readers.give(reader)
        return found

    def _is_as_copied(self, entry: Entry, item: Item) -> bool:
        """True: a tag of its key holds the digest that it has now."""
        digests = self._kind.digests
        return digests is None or self._census.is_as_copied(key_number(entry.key), digests(item)[1])


def _entry(listing: Listing, copy: Copy) -> Entry:
    uid, size, key = listing.uids[copy.number], listing.sizes[copy.number], listing.key(copy.number)
    return Entry(uid, size, key, copy.listing, copy.number)


def _since(started: datetime, newest: int | None) -> float:
    """From when on, by the source's clock, an item may have been changed after a task looked at it; seconds since 1970.

    When it looked, no clock of the source was before `newest`, if no item was dated to come; and none was a day off.
    """
    by_ours = (started - CLOCKS).timestamp()
    return by_ours if newest is None else max(by_ours, min(newest, started.timestamp()) - SERVERS.total_seconds())
