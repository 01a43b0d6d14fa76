"""What a source folder holds: found by listing it, before anything is sent."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from engine.items.batches import Entry
from engine.items.folders.placement import Placed
from engine.items.known.census import folder_number, key_number
from engine.items.tags import DIGEST
from engine.migration.content import Content
from engine.ports.items import Listed
from engine.ports.source import SourceFolder

KEY = 16                 # bytes of a source key
THEIRS = DIGEST // 2     # bytes of a digest
UNKNOWN = bytes(KEY)     # a key that is known only when the message has been read
LARGEST_TRUE = 1024**3   # bytes; what is listed to be larger has a size that its server does not know
# A listed size is a hint, and may be larger than the item that is given: Exchange counts what it keeps of a message
# ([MS-OXWSCORE] 2.2.4.24, Size), and over IMAP it estimates (EnableExactRFC822Size on Microsoft's page
# "Set-ImapSettings"). What is listed with more than so many times what is taken is left out unread.
MOST_OFF = 4
LARGEST_SAMPLE = 1024 * 1024     # bytes
MOST_TURNS = 100         # without a sample
SPREAD = (5**0.5 - 1) / 2        # of a length, from one sample to the next: so they lie evenly, however many there are


@dataclass(slots=True)
class Listing:
    """A folder's items, 41 bytes each, and 6 more where the source tells a digest of what it may change of one.

    `code` is the folder's in the tags of its items. `done` tells of each item whether its outcome is known.
    `twins` are the numbers of items that are several of one key, of which only some were copied: which ones, their
    content has to tell.
    `deleted` and `others` count what is not copied: thrown away, or of another kind; `beside` what is of contents that
    share the folder, and move by themselves. `late`: the folder's turn comes when all others are done. `put_off`: it
    was not answered for yet.
    """

    folder: SourceFolder
    code: str
    uids: array[int] = field(default_factory=lambda: array("Q"))
    sizes: array[int] = field(default_factory=lambda: array("Q"))
    received: array[int] = field(default_factory=lambda: array("q"))
    modified: dict[int, int] = field(default_factory=dict)      # by number, where the source tells it
    keys: bytearray = field(default_factory=bytearray)
    done: bytearray = field(default_factory=bytearray)
    digests: bytearray = field(default_factory=bytearray)       # up to the last one that is told
    twins: set[int] = field(default_factory=set)
    deleted: int = 0
    others: int = 0
    beside: Counter[Content] = field(default_factory=Counter)
    refusal: str = ""
    late: bool = False
    put_off: bool = False

    def __len__(self) -> int:
        return len(self.uids)

    @property
    def name(self) -> str:
        """The folder as its owner reads it."""
        return "/".join(self.folder.path)

    @property
    def folder_number(self) -> int:
        """The folder's code as a number."""
        return folder_number(self.code)

    @property
    def unsettled(self) -> int:
        """How many messages have no outcome yet."""
        return self.done.count(0)

    @property
    def unread(self) -> int:
        """How many messages have no outcome yet, and must be read before anybody knows whether they were copied."""
        return sum(
            not self.done[number] and (self.key(number) == UNKNOWN or number in self.twins)
            for number in range(len(self))
        )

    def add(self, message: Listed) -> None:
        """Takes up one more message, which is not marked as deleted."""
        if message.modified:
            self.modified[len(self.uids)] = message.modified
        if message.theirs:
            self.digests += bytes(THEIRS * len(self.uids) - len(self.digests)) + bytes.fromhex(message.theirs)
        self.uids.append(message.uid)
        self.sizes.append(message.size if message.size <= LARGEST_TRUE else 0)
        self.received.append(message.received)
        self.keys += message.key or UNKNOWN
        self.done.append(0)

    def key(self, number: int) -> bytes:
        """A message's source key, UNKNOWN until it has been read where the listing did not tell."""
        return bytes(self.keys[number * KEY : number * KEY + KEY])

    def theirs(self, number: int) -> str:
        """The digest that the source tells of a message's labels, as in SourceMessage; "" where it tells none."""
        digest = self.digests[number * THEIRS : number * THEIRS + THEIRS]
        return digest.hex() if any(digest) else ""

    def key_numbers(self) -> Iterator[tuple[int, int]]:
        """Of each message whose key is known: its place in the listing, and its key as a number."""
        if self.keys.count(0) == len(self.keys):
            return
        for number in range(len(self)):
            key = self.key(number)
            if key != UNKNOWN:
                yield number, key_number(key)


@dataclass(slots=True)
class Todo:
    """What of a listing is to be copied, as numbers into it. `index` is the listing's own number."""

    index: int
    listing: Listing
    placed: Placed
    numbers: array[int] = field(default_factory=lambda: array("I"))

    def entries(self) -> Iterator[Entry]:
        """Each message to be copied, made when it is needed."""
        return (self.entry(number) for number in self.numbers)

    def entry(self, number: int) -> Entry:
        """One message of the listing."""
        listing = self.listing
        key = listing.key(number)
        is_twin = number in listing.twins
        known = b"" if key == UNKNOWN or is_twin else key
        uid, size = listing.uids[number], listing.sizes[number]
        return Entry(uid, size, known, listing=self.index, number=number, is_twin=is_twin)


def copies_in(listings: Sequence[Listing]) -> dict[int, Counter[str]]:
    """Keys, as numbers, that several items have, an item and copies of it: how many each folder has, by its ref."""
    counts = Counter(key for listing in listings for _, key in listing.key_numbers())
    found: dict[int, Counter[str]] = {key: Counter() for key, count in counts.items() if count > 1}
    for listing in listings:
        for _, key in listing.key_numbers():
            if key in found:
                found[key][listing.folder.ref] += 1
    return found


def samples(listings: Sequence[Listing]) -> Iterator[tuple[SourceFolder, int]]:
    """A small message of each folder in turn by its UID, the next time another one; without end.

    It ends where next to none is small. Folders that are listed anew meanwhile are looked at as they are then.
    """
    last_found = turn = 0
    while turn - last_found < MOST_TURNS:
        turn += 1
        for listing in tuple(listings):
            number = int(turn * SPREAD % 1 * len(listing))
            if len(listing) and listing.sizes[number] <= LARGEST_SAMPLE:
                last_found = turn
                yield listing.folder, listing.uids[number]
