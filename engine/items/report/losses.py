"""Items that were not copied: counted, and named as their owner knows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from engine.errors import RefusedError, RetryableError
from engine.items.batches import Entry, Loss, Tally
from engine.items.kind import ItemKind
from engine.items.report.lines import beside, failure, left_out, named, others_left_out, untold
from engine.items.report.noted import Note
from engine.items.run import Run
from engine.items.source.listing import UNKNOWN, Listing
from engine.items.source.readers import Readers
from engine.migration.record import Failure, Reason
from engine.ports.items import Envelope
from engine.ports.source import SourceFolder

NAMED_AT_ONCE = 100
GONE = "(a copied {} that the source has no more)"


class Losses:
    """Takes losses from the tally into the report. `failed` and `left_out` are messages; others may add to them."""

    def __init__(
        self, run: Run, kind: ItemKind, readers: Readers, tally: Tally, listings: Sequence[Listing]
    ) -> None:
        self.failed = self.left_out = 0
        self._run = run
        self._kind = kind
        self._readers = readers
        self._tally = tally
        self._listings = listings

    def listed(self, listing: Listing) -> Iterator[Failure]:
        """Counts what a listing says is not copied, and names it."""
        if listing.deleted:
            yield left_out(self._kind, listing.name, listing.deleted, "marked as deleted")
        if listing.others:
            yield others_left_out(self._kind, listing.name, listing.others)
        self.left_out += listing.deleted + listing.others
        yield from (
            beside(self._kind, listing.name, count, of) for of, count in listing.beside.items()
            if of not in self._run.contents
        )
        if listing.refusal:
            self.failed += 1
            yield failure(self._kind, listing.folder, f"({self._kind.noun}s that were not shown)", listing.refusal)

    def name(self, *, ask: bool = True, renumbered: Collection[str] = ()) -> None:
        """Puts into the report what was not copied since, by the names that its owner knows it by.

        The source is asked for these, but for folders that were `renumbered`: their numbers mean other messages now.
        """
        by_folder: dict[str, list[Loss]] = {}
        for loss in self._tally.taken():
            listing = self._listings[loss.entry.listing]
            if loss.source.ref in renumbered and listing.key(loss.entry.number) == UNKNOWN:
                continue        # nobody could tell it from the others again, so it is tried once more with them
            listing.done[loss.entry.number] = 1
            by_folder.setdefault(loss.source.ref, []).append(loss)
        for ref, group in by_folder.items():
            for start in range(0, len(group), NAMED_AT_ONCE):
                self._report(group[start : start + NAMED_AT_ONCE], ask=ask and ref not in renumbered)

    def _report(self, losses: list[Loss], *, ask: bool) -> None:
        folder = losses[0].source
        envelopes = self._envelopes(folder, [loss.entry for loss in losses]) if ask else {}
        lines: list[Failure] = []
        for loss in losses:
            if loss.gone:
                self.left_out += 1
            else:
                self.failed += 1
            outcome = Reason.LEFT_OUT if loss.gone else Reason.FAILED
            name = named(self._kind, envelopes.get(loss.entry.uid), loss.entry)
            lines.append(failure(self._kind, folder, name, loss.reason, outcome))
        self._run.report(lines)

    def tell(
        self, more: Counter[tuple[tuple[str, ...], str]], earlier: Iterable[Note] = (), *, ask: bool = True
    ) -> None:
        """Puts into the report what is not told of items that were copied, and `more` that is known by its number.

        `earlier` is what earlier visits of the task have noted. The source is asked for names, unless not to `ask`.
        """
        for source, entry, words in earlier:
            if entry is not None:
                self._tally.note(source, entry, words)
            else:
                self._run.report([failure(self._kind, source, GONE.format(self._kind.noun), words, Reason.NOTED)])
        self._run.report(untold(self._kind, self._tally.untold + more))
        by_folder: dict[str, list[tuple[SourceFolder, Entry, str]]] = {}
        for told in self._tally.each:
            by_folder.setdefault(told[0].ref, []).append(told)
        for group in by_folder.values():
            for start in range(0, len(group), NAMED_AT_ONCE):
                part = group[start : start + NAMED_AT_ONCE]
                names = self.names(part[0][0], [entry for _, entry, _ in part], ask=ask)
                self._run.report([
                    failure(self._kind, folder, names[entry.uid], words, Reason.NOTED) for folder, entry, words in part
                ])

    def names(self, folder: SourceFolder, entries: Sequence[Entry], *, ask: bool = True) -> dict[int, str]:
        """What to call those items in a report, by their UIDs."""
        envelopes = self._envelopes(folder, entries) if ask else {}
        return {entry.uid: named(self._kind, envelopes.get(entry.uid), entry) for entry in entries}

    def _envelopes(self, folder: SourceFolder, entries: Sequence[Entry]) -> dict[int, Envelope]:
        """Names for a report, where the source can tell them: it is asked once."""
        reader = self._readers.take()
        try:
            envelopes = reader.envelopes(folder, [entry.uid for entry in entries])
        except (RefusedError, RetryableError):
            self._readers.drop(reader)
            return {}
        self._readers.give(reader)
        return envelopes
