"""Which messages of the source are at the destination already, and which of them their owner has filed elsewhere since.

Pairing is one to one. First each source copy takes a tag of the same place; then the copies that are left take what is
left of the tags of this source whose folder no longer holds the message there. Only what stays without a tag is copied.
Where items that differ have one key, and fewer tags than there are of them, none is paired by its key: each is read,
and what it holds tells which were copied.

Where the source tells of labels, all messages share a few places, and each is shown in one alone. There every message
first takes a tag that holds the digest of its labels, before any takes one by its place. Who reads such a mailbox by
its folders afterwards finds the copies by the folders that they lie in.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from engine.items.known.census import Census, Match, key_number
from engine.items.known.keyset import KeySet
from engine.items.source.listing import UNKNOWN, Listing


@dataclass(frozen=True, slots=True)
class Copy:
    """An item that is there already: the number of its listing, its own in it, and the compact ID of the tag's task."""

    listing: int
    number: int
    task: str


@dataclass(slots=True)
class Pairing:
    """What came of comparing the source with the census. The keys of the counters are numbers and names of folders."""

    own: int = 0                         # copied by this task, at an earlier visit
    others: int = 0                      # copied by other tasks
    bytes_there: int = 0
    left: list[array[int]] = field(default_factory=list)        # of each listing: the numbers to be copied
    held: list[array[int]] = field(default_factory=list)        # where one is late: what may have come from there
    moved: Counter[tuple[int, int]] = field(default_factory=Counter)     # (folder of the tag, listing): messages
    shown_again: Counter[int] = field(default_factory=Counter)           # listing: messages that other folders hold
    counts_on: Counter[str] = field(default_factory=Counter)             # task: its items that were counted
    of_another_source: Counter[int] = field(default_factory=Counter)     # listing: to be copied, although it was once
    stayed: Counter[int] = field(default_factory=Counter)                # listing: messages with a tag of its own
    copies: list[Copy] | None = None     # what is there already, where that was asked for
    relabelled: list[Copy] = field(default_factory=list)        # what of it has other labels now

    def add(self, match: Match, size: int, *, own: bool) -> None:
        """One more message that is there, of `size` bytes; `own`: this task has copied it."""
        self.bytes_there += size
        if own:
            self.own += 1
        else:
            self.others += 1
            self.counts_on[match.task] += 1

    def take_in(self, late: Pairing) -> None:
        """Adds what of folders that came late is there."""
        self.own += late.own
        self.others += late.others
        self.bytes_there += late.bytes_there
        self.counts_on.update(late.counts_on)


def copied_before(listings: Sequence[Listing], census: Census, task: str, *, own: int) -> int:
    """How many messages the task has copied at earlier visits: its `own` that were paired, and those that may be.

    A message whose key is known only when it has been read cannot be paired yet. As many of them as the task has tags
    left are at the destination, so that a task that resumes does not seem to begin anew.
    """
    left = max(census.count(task) - own, 0)
    return own + min(left, sum(listing.unread for listing in listings) if left else 0)


def pair(listings: Sequence[Listing], census: Census, task: str, *, each: bool = False) -> Pairing:
    """Compares; marks as done in the listings whatever is not to be copied. `task` is ours.

    Folders that are late have nothing to be copied yet, and what was copied from them stays theirs. `each`: what is
    there already is told one by one.
    """
    found = Pairing(copies=[] if each else None)
    _pair(listings, frozenset(n for n, listing in enumerate(listings) if not listing.late), census, task, found)
    if any(listing.late for listing in listings):
        for index, listing in enumerate(listings):
            held, left = array("I"), array("I")
            for number in found.left[index]:
                (held if census.may_be_moved(key_number(listing.key(number))) else left).append(number)
            found.held.append(held)
            found.left[index] = left
    return found


def pair_late(
    listings: Sequence[Listing], held: Sequence[array[int]], census: Census, task: str, *, each: bool = False
) -> Pairing:
    """As `pair`, for those that are late, when all others are done, and for messages that were held back for them."""
    found = Pairing(copies=[] if each else None)
    _pair(listings, frozenset(n for n, listing in enumerate(listings) if listing.late), census, task, found)
    for index, numbers in enumerate(held):
        if numbers:
            if listings[index].digests:
                _pair_same(index, listings[index], census, task, found, numbers)
            found.left[index] = _pair_moved(index, listings[index], census, task, found, numbers)
    return found


def _pair(
    listings: Sequence[Listing], wanted: frozenset[int], census: Census, task: str, found: Pairing
) -> None:
    _leave_out_what_is_shown_again(listings, wanted, found)
    for index in sorted(wanted):
        census.trust(listings[index].folder_number)
        _mark(listings[index], census)
    shown_once = any(listing.digests for listing in listings)
    for index, listing in enumerate(listings):      # of several that share a number each must be known to its end
        if (listing.refusal and not shown_once) or (listing.late and index not in wanted):
            census.doubt(listing.folder_number)
    if found.copies is not None:
        for index in sorted(wanted):
            _set_twins_aside(listings[index], census)
    for index in sorted(wanted):
        if listings[index].digests:
            _pair_as_copied(index, listings[index], census, task, found)
    for index in sorted(wanted):
        _pair_same(index, listings[index], census, task, found, range(len(listings[index])))
    for index in sorted(wanted):
        if not listings[index].digests and census.record.knows(listings[index].folder_number):
            _pair_lying(index, listings[index], census, task, found)
    for index, listing in enumerate(listings):
        numbers = range(len(listing) if index in wanted else 0)
        found.left.append(_pair_moved(index, listing, census, task, found, numbers))


def _mark(listing: Listing, census: Census) -> None:
    for number, key in listing.key_numbers():
        if not listing.done[number]:        # what a folder only shows again it does not hold
            census.mark(listing.folder_number, key)


def _leave_out_what_is_shown_again(listings: Sequence[Listing], wanted: frozenset[int], found: Pairing) -> None:
    """In a folder that shows everything, leaves out as many copies of a message as one other folder holds."""
    if not any(listings[index].folder.everything for index in wanted):
        return
    elsewhere, twins = _held(listing for listing in listings if not listing.folder.everything)
    seen: Counter[int] = Counter()
    for index, listing in enumerate(listings):
        if index not in wanted or not listing.folder.everything:
            continue
        for number, key in listing.key_numbers():
            if key in elsewhere and seen[key] < twins.get(key, 1):
                seen[key] += 1
                listing.done[number] = 1
                found.shown_again[index] += 1


def _held(listings: Iterator[Listing]) -> tuple[KeySet, dict[int, int]]:
    """The keys in those folders, and for keys that one folder holds more than once how many it holds at most."""
    keys = KeySet()
    twins: dict[int, int] = {}
    for listing in listings:
        here = KeySet()
        again: Counter[int] = Counter()
        for _, key in listing.key_numbers():
            keys.add(key or 1)
            if not here.add(key or 1):
                again[key] += 1
        for key, more in again.items():
            twins[key] = max(twins.get(key, 1), more + 1)
    return keys, twins


def _set_twins_aside(listing: Listing, census: Census) -> None:
    seen, several = KeySet(), dict[int, list[int]]()
    for _, key in listing.key_numbers():
        if not seen.add(key or 1):
            several[key] = []
    for number, key in listing.key_numbers() if several else ():
        if key in several and not listing.done[number]:
            several[key].append(number)
    for key, numbers in several.items():
        if census.are_fewer(listing.folder_number, key, len(numbers)):
            listing.twins.update(numbers)


def _pair_as_copied(index: int, listing: Listing, census: Census, task: str, found: Pairing) -> None:
    """Pairs messages with labels by the digests of these."""
    for number, key in listing.key_numbers():
        theirs = listing.theirs(number)
        if theirs and not listing.done[number]:
            match = census.take_as_copied(listing.folder_number, key, theirs)
            if match is not None:
                _note(listing, (index, number), match, task, found)
                if is_move(listing, number, match):
                    found.moved[match.folder, index] += 1
                else:
                    found.stayed[index] += 1


def _pair_lying(index: int, listing: Listing, census: Census, task: str, found: Pairing) -> None:
    """Pairs messages of a folder with copies that had labels and lie where the folder's messages go."""
    for number, key in listing.key_numbers():
        if not listing.done[number]:
            match = census.take_lying(listing.folder_number, key)
            if match is not None:
                _note(listing, (index, number), match, task, found)


def _pair_same(
    index: int, listing: Listing, census: Census, task: str, found: Pairing, numbers: Sequence[int]
) -> None:
    for number in numbers:
        key = listing.key(number)
        if key != UNKNOWN and not listing.done[number] and number not in listing.twins:
            match = census.take_same(listing.folder_number, key_number(key), listing.theirs(number))
            if match is not None:
                _note(listing, (index, number), match, task, found)
                found.stayed[index] += 1
                if match.relabelled:
                    found.relabelled.append(Copy(index, number, match.task))


def is_move(listing: Listing, number: int, match: Match) -> bool:
    """True: by the tag, the message lay elsewhere when it was copied.

    It tells nothing of that if it was read by folders then and by labels now, or the other way round.
    """
    return match.folder != listing.folder_number and match.labelled == bool(listing.theirs(number))


def _pair_moved(
    index: int, listing: Listing, census: Census, task: str, found: Pairing, numbers: Iterable[int]
) -> array[int]:
    left = array("I")
    for number in numbers:
        if listing.done[number]:
            continue
        if number in listing.twins:
            left.append(number)
            continue
        key = listing.key(number)
        match = None if key == UNKNOWN else census.take_moved(key_number(key), listing.theirs(number))
        if match is not None:
            _note(listing, (index, number), match, task, found)
            if is_move(listing, number, match):
                found.moved[match.folder, index] += 1
            continue
        left.append(number)
        if key != UNKNOWN and census.is_elsewhere(key_number(key)):
            found.of_another_source[index] += 1
    return left


def _note(listing: Listing, at: tuple[int, int], match: Match, task: str, found: Pairing) -> None:
    """`at` are the listing's number, and the item's in it."""
    index, number = at
    listing.done[number] = 1
    if found.copies is not None:
        found.copies.append(Copy(index, number, match.task))
    found.add(match, listing.sizes[number], own=match.task == task)
