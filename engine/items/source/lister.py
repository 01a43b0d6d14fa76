"""Lists the folders of a source; one that cannot be listed while others can is named, and holds nobody up."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from engine import threads
from engine.errors import FatalError, RefusedError, RetryableError, Side
from engine.items.kind import ItemKind
from engine.items.run import Run
from engine.items.source.listing import Listing
from engine.items.source.readers import FEWEST_READERS, Readers
from engine.pace.repeat import SET_ASIDE_AFTER, patiently
from engine.ports.source import ItemReader, SourceFolder
from engine.words import sentence

FOLDERS_A_READER = 10            # to list; more connections than that cost more than they bring


class Lister:
    """Lists folders, several at once."""

    def __init__(self, run: Run, kind: ItemKind, readers: Readers) -> None:
        self._run = run
        self._kind = kind
        # Of contents that share folders one counts what is of none of them.
        self._counts_others = kind.folders_of is None or kind.folders_of not in run.contents
        self._readers = readers
        self._answered = False      # for a folder, at this visit

    def all(self, folders: Sequence[SourceFolder], *, keys: bool) -> list[Listing]:
        """Every folder's listing, in order. One that stays unwell while others answer is put off.

        Raises FatalError when none of them answers.
        """
        listings = self._side_by_side(folders, keys=keys)
        unwell = [number for number, listing in enumerate(listings) if listing.put_off]
        if not unwell or self._answered:
            return listings
        first, *others = unwell         # it is the source that is unwell
        listings[first] = self.one(folders[first], keys=keys)
        self._answered = True
        again = self._side_by_side([folders[number] for number in others], keys=keys)
        for number, listing in zip(others, again, strict=True):
            listings[number] = listing
        return listings

    def _side_by_side(self, folders: Sequence[SourceFolder], *, keys: bool) -> list[Listing]:
        at_once = min(self._readers.most, max(FEWEST_READERS, len(folders) // FOLDERS_A_READER))
        with threads.ThreadPoolExecutor(at_once, thread_name_prefix="listing") as listers:
            return list(listers.map(partial(self._or_put_off, keys=keys), folders))

    def one(self, folder: SourceFolder, *, keys: bool) -> Listing:
        """One folder's listing, however long the source is unwell."""
        return self._listed(folder, self._run.patience, keys=keys)

    def _or_put_off(self, folder: SourceFolder, *, keys: bool) -> Listing:
        try:
            listing = self._listed(folder, self._run.patience * SET_ASIDE_AFTER, keys=keys)
        except _UnwellError:
            self._run.decided("folder set aside")
            return Listing(folder, self._kind.item_code(folder), late=True, put_off=True)
        self._answered = self._answered or not listing.refusal
        return listing

    def last_try(self, folder: SourceFolder, *, keys: bool) -> Listing:
        """The listing of a folder that was put off; it is refused if the folder is not answered for this time.

        Pauses that the source names are kept: they are asked of this account, and say nothing of the folder.
        """
        try:
            listing = self._listed(folder, 0.0, busy=self._run.patience, keys=keys)
        except _UnwellError as unwell:
            why = f"{sentence(str(unwell.error))} It did so each time, while it answered for other folders."
            listing = Listing(folder, self._kind.item_code(folder), refusal=why)
        listing.late = True
        return listing

    def _listed(
        self, folder: SourceFolder, patience: float, *, keys: bool, busy: float | None = None
    ) -> Listing:
        """Raises _UnwellError where the patience was a short one, FatalError where it was the whole."""
        reader = self._readers.take()
        try:
            listing = patiently(
                lambda: self._once(reader, folder, keys=keys), self._run.halt,
                patience=patience, busy=busy, side=Side.SOURCE, on_wait=self._run.on_wait,
            )
        except FatalError as error:
            self._readers.drop(reader)
            if isinstance(error.__cause__, RetryableError) and patience < self._run.patience:
                raise _UnwellError(error.__cause__) from error
            raise
        except BaseException:
            self._readers.drop(reader)
            raise
        self._readers.give(reader)
        return listing

    def _once(self, reader: ItemReader, folder: SourceFolder, *, keys: bool) -> Listing:
        listing = Listing(folder, self._kind.item_code(folder))
        try:
            for message in reader.listing(folder, keys=keys):
                self._run.halt.check()
                if message.deleted:
                    listing.deleted += 1
                elif message.of is not None:
                    listing.beside[message.of] += 1
                elif message.other:
                    listing.others += self._counts_others
                else:
                    listing.add(message)
        except RefusedError as error:
            listing.refusal = str(error)
        return listing


class _UnwellError(Exception):
    """A folder was not answered for within the short patience."""

    def __init__(self, error: RetryableError) -> None:
        super().__init__(str(error))
        self.error = error
