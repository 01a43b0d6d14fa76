"""What travels: items of one folder in batches, and the tally of what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from engine import threads
from engine.ports.items import Item
from engine.ports.source import SourceFolder

BATCH_ITEMS = 50
BATCH_BYTES = 1024 * 1024
SPOOLED_FROM = 4 * 1024 * 1024        # bytes; a larger message travels alone, through a file
SPOOLED_SHARE = 1024 * 1024           # bytes of memory that a spooled message costs
LOAD_BYTES = 2 * BATCH_BYTES          # of a request; a batch whose sizes were listed too small takes several


@dataclass(frozen=True, slots=True)
class Entry:
    """An item to copy: the `number`th of the step's `listing`th listing.

    `key` is its source key, b"" until it has been read where the listing did not tell; `tag` is '' until then.
    `sends` counts requests that nobody answered for sure; `busy` answers that it is to wait, `blamed` those of them
    before which the destination had taken something else since the last, by the number of its `successes` then;
    `absent` answers that its folder is not there. `is_twin`: others of its folder have its key, and only some of them
    were copied.
    """

    uid: int
    size: int
    key: bytes
    listing: int
    number: int
    tag: str = ""
    sends: int = 0
    busy: int = 0
    blamed: int = 0
    successes: int = 0
    absent: int = 0
    is_twin: bool = False

    def named(self, key: bytes, tag: str) -> Entry:
        """The same, which was not sent yet, with its key and its tag."""
        return Entry(self.uid, self.size, key, self.listing, self.number, tag)


@dataclass(frozen=True, slots=True)
class Batch:
    """Items of one source folder, known by its `code`, that travel together into one destination folder.

    `again`: the source kept them back once; if it does so another time, they are named.
    """

    source: SourceFolder
    folder_id: str
    code: str
    entries: tuple[Entry, ...]
    again: bool = False     # they were set aside before

    @property
    def spooled(self) -> bool:
        """True: this is one large item that travels through a file."""
        return len(self.entries) == 1 and self.entries[0].size > SPOOLED_FROM

    @property
    def share(self) -> int:
        """Bytes of memory that this costs."""
        return SPOOLED_SHARE if self.spooled else sum(e.size for e in self.entries)


@dataclass(frozen=True, slots=True)
class Loss:
    """An item that was not copied, and why. `gone` if the source no longer had it."""

    source: SourceFolder
    entry: Entry
    reason: str
    gone: bool = False


@dataclass(slots=True)
class Tally:
    """What a transfer has done, in items and raw bytes.

    `named`: what is not told of items is kept item by item, in `each`, and not only by its number.
    """

    on_copied: Callable[[Entry], None]
    bytes_done: int = 0
    copied: int = 0
    losses: list[Loss] = field(default_factory=list)
    untold: Counter[tuple[tuple[str, ...], str]] = field(default_factory=Counter)   # by folder, and what is not told
    named: bool = False
    each: list[tuple[SourceFolder, Entry, str]] = field(default_factory=list)
    _lock: threads.Lock = field(default_factory=lambda: threads.Lock())  # noqa: PLW0108 - whichever there is then

    def add(self, entry: Entry) -> None:
        """One item arrived."""
        with self._lock:
            self.copied += 1
            self.bytes_done += entry.size
            self.on_copied(entry)

    def note(self, source: SourceFolder, entry: Entry, untold: str) -> None:
        """The source does not tell something of one item that was read, or the destination does not keep it."""
        with self._lock:
            if self.named:
                self.each.append((source, entry, untold))
            else:
                self.untold[source.path, untold] += 1

    def lose(self, loss: Loss) -> None:
        """One item did not."""
        with self._lock:
            self.losses.append(loss)

    def taken(self) -> list[Loss]:
        """The losses since this was asked last."""
        with self._lock:
            found, self.losses = self.losses, []
            return found


@dataclass(slots=True)
class Parcel:
    """A batch with its messages, on its way from a reader to a writer."""

    batch: Batch
    contents: list[tuple[Entry, Item]]
    share: int


def batches(source: SourceFolder, folder_id: str, code: str, entries: Iterable[Entry]) -> Iterator[Batch]:
    """Entries grouped so that no batch is too many or too large; large items alone."""
    group: list[Entry] = []
    size = 0
    for entry in entries:
        if group and (len(group) == BATCH_ITEMS or size + entry.size > BATCH_BYTES):
            yield Batch(source, folder_id, code, tuple(group))
            group, size = [], 0
        group.append(entry)
        size += entry.size
    if group:
        yield Batch(source, folder_id, code, tuple(group))


def loads(contents: Iterable[tuple[Entry, Item]]) -> Iterator[list[tuple[Entry, Item]]]:
    """What was read, grouped by its true size into requests: nothing too large, and what came through a file alone."""
    group: list[tuple[Entry, Item]] = []
    size = 0
    for entry, message in contents:
        if group and (not message.held or size + message.size > LOAD_BYTES):
            yield group
            group, size = [], 0
        if message.held:
            group.append((entry, message))
            size += message.size
        else:
            yield [(entry, message)]
    if group:
        yield group


def work(items: int, size: int) -> float:
    """How much a request asks of a server, in units that take about the same time each."""
    return 1 + items / 10 + size / 100_000
