"""Folders whose items got other numbers while they were copied: each is listed anew, to find what is left of it."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable

from engine import words
from engine.items.batches import Entry
from engine.items.kind import ItemKind
from engine.items.known.census import Census, Match, key_number
from engine.items.report.lines import failure, left_out
from engine.items.report.losses import Losses
from engine.items.report.sums import Sums
from engine.items.run import Run
from engine.items.source.lister import Lister
from engine.items.source.listing import UNKNOWN, Listing, Todo

RENUMBERING = "the source numbers the messages of this folder anew each time it is opened"
GONE = "removed at the source meanwhile"


class Relisting:
    """Lists folders of one step anew. `largest` gives the bytes from which on an item is left out unread."""

    def __init__(
        self, run: Run, kind: ItemKind, lister: Lister, census: Census, losses: Losses, sums: Sums, *,
        largest: Callable[[], int], on_there: Callable[[Entry, Match], None],
    ) -> None:
        """`on_there` is told of an item that came into a folder since it was listed, and had been copied before."""
        self._run = run
        self._kind = kind
        self._lister = lister
        self._census = census
        self._losses = losses
        self._sums = sums
        self._largest = largest
        self._on_there = on_there

    def anew(self, todo: Todo, listings: list[Listing], held: list[array[int]]) -> Todo:
        """What is still to be copied of a folder, by its messages' numbers of today. Puts its listing in the place.

        `held` is, of each listing, what may have come from a folder that is late; nothing where none is.
        """
        old = todo.listing
        again = self._lister.one(old.folder, keys=True)
        listings[todo.index] = again
        if held:
            held[todo.index] = array("I")     # they are among those of which nobody knows the outcome
        left = Todo(todo.index, again, todo.placed)
        if again.refusal:
            self.lose_rest(old, again.refusal)
            again.done = bytearray(b"\1" * len(again))
            return left
        settled = Counter(old.key(number) for number in range(len(old)) if old.done[number])
        largest, gone = self._largest(), old.unsettled
        _settle_by_labels(old, again, settled)
        for number in range(len(again)):
            if again.done[number]:
                continue
            # A message of which nobody read the key was named because of its size, before anything was sent.
            key = UNKNOWN if again.sizes[number] > largest and settled[UNKNOWN] else again.key(number)
            if settled[key] > 0:
                settled[key] -= 1
                again.done[number] = 1
            elif (match := self._match(again, number)) is not None:
                self._on_there(left.entry(number), match)
                gone -= 1
            else:
                left.numbers.append(number)
        self._balance(again, gone - len(left.numbers))
        return left

    def _match(self, listing: Listing, number: int) -> Match | None:
        """The tag of a message that came into a folder after the first look at it, and had been copied from there."""
        if listing.key(number) == UNKNOWN:
            return None
        folder, key, theirs = listing.folder_number, key_number(listing.key(number)), listing.theirs(number)
        self._census.mark(folder, key)
        as_copied = self._census.take_as_copied(folder, key, theirs) if theirs else None
        return as_copied or self._census.take_same(folder, key, theirs)

    def _balance(self, listing: Listing, gone: int) -> None:
        """Accounts for messages that left, or came to, a folder that was listed anew."""
        if gone > 0:
            self._losses.left_out += gone
            self._run.report([left_out(self._kind, listing.name, gone, GONE)])
        else:
            self._sums.add(-gone)

    def lose_rest(self, listing: Listing, reason: str) -> None:
        """Names as failed, by their number alone, the messages of a folder that nobody can tell apart any more."""
        rest = listing.unsettled
        if rest:
            self._losses.failed += rest
            self._run.report([failure(self._kind, listing.folder, words.number(rest, self._kind.noun), reason)])


def _settle_by_labels(old: Listing, again: Listing, settled: Counter[bytes]) -> None:
    """Of several messages of one key, has those be settled whose labels those had that are; none without labels."""
    labels = Counter(
        (old.key(number), old.theirs(number)) for number in range(len(old)) if old.digests and old.done[number]
    )
    for number in range(len(again) if labels else 0):
        known = again.key(number), again.theirs(number)
        if known[0] != UNKNOWN and labels[known] > 0:
            labels[known] -= 1
            settled[known[0]] -= 1
            again.done[number] = 1
