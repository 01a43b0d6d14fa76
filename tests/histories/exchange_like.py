"""A source in memory that is to the engine what an Exchange mailbox is, where that is not what IMAP is.

An item keeps its id while it is changed and while its folder is renamed, and has another one where it is filed. Each
process numbers by itself what it lists, and nothing is ever numbered anew. A message without Message-ID tells its key
when it is read, and none in a listing. Nothing is marked as deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from engine.errors import RefusedError
from engine.messages.source_key import has_id, key_by_search_key
from engine.ports.items import Envelope, Listed, SourceMessage
from engine.ports.source import SourceFolder
from tests.servers.memory.mailbox import subject_of
from tests.servers.memory.source import GONE, Kept, MemoryReader, MemorySource, SignedIn


class MemoryExchange(MemorySource):
    """Folders of items; a folder's `ref` is its id."""

    def __init__(self, folders: dict[SourceFolder, list[Kept]]) -> None:
        super().__init__({replace(folder, ref=f"id {number}"): kept for number, (folder, kept) in enumerate(
            folders.items())})
        self._changed: dict[int, int] = {}      # of an item that was changed: what it was when it came
        self._all: list[Kept] = []              # that ever were, so that Python gives no number a second time

    def signed_in(self, ask: Callable[[str], None]) -> SignedIn:
        return ExchangeSignIn(self, ask)

    def items(self, folder: SourceFolder) -> dict[int, Kept]:
        """What lies in the folder, by id. Raises RefusedError when there is no such folder any more."""
        there = next((each for each in self.folders if each.ref == folder.ref), None)
        if there is None:
            raise RefusedError(GONE)
        self._all += self.folders[there]
        return {self._changed.get(id(kept), id(kept)): kept for kept in self.folders[there]}

    def change(self, folder: SourceFolder, place: int, changed: Kept) -> None:
        """Puts other content into an item."""
        before = self.folders[folder][place]
        self._all += [before, changed]
        self._changed[id(changed)] = self._changed.get(id(before), id(before))
        self.folders[folder][place] = changed

    def renumber(self, folder: SourceFolder) -> None:
        """Nothing: a process that lists the folder from its start finds the items that it knows."""

    def mark_deleted(self, folder: SourceFolder, place: int) -> None:
        """Removes the item, as there is no such mark."""
        del self.folders[folder][place]

    def rename(self, folder: SourceFolder, *path: str) -> SourceFolder:
        """Gives a folder, which has none below it, another path."""
        named = replace(folder, path=path)
        self.folders = {named if each is folder else each: kept for each, kept in self.folders.items()}
        return named

    def merge(self, other: MemorySource) -> None:
        """Takes in all mail of another account; folders that this one has not get ids of their own."""
        before = dict(self.folders)
        super().merge(other)
        self.folders = {
            folder if folder in before else replace(folder, ref=f"{folder.ref} of {len(self._all)}, {id(other)}"): kept
            for folder, kept in self.folders.items()
        }


@dataclass
class ExchangeSignIn(SignedIn):
    """One process's sign-in. `numbers` are the ids of what it listed, by the folder's id; a number is a place there."""

    numbers: dict[str, list[int]] = field(default_factory=dict)

    def connect(self) -> MemoryReader:
        self.ask("connect")
        return ExchangeLikeReader(self)


class ExchangeLikeReader(MemoryReader):
    """One connection; numbers are those of its process."""

    def listing(self, folder: SourceFolder, *, keys: bool = True) -> Iterator[Listed]:
        self._at.ask("listing")
        self._source.listed_with_keys.append(keys)
        there = self._items(folder)
        known = self._numbers(folder)
        known += [each for each in there if each not in known]
        for number, each in enumerate(known, 1):
            if each in there:
                kept = there[each]
                size = len(kept.mime) if kept.size is None else kept.size
                key = self._source.key_of(kept) if keys and has_id(kept.mime) else b""
                yield Listed(number, size, key, received=int(kept.received.timestamp()))

    def read(self, folder: SourceFolder, uids: Sequence[int]) -> Iterator[SourceMessage]:
        for uid in uids:
            self._at.ask("read")
            kept = self._items(folder).get(self._numbers(folder)[uid - 1])
            if kept is not None:
                self._source.reads += 1
                key = b"" if has_id(kept.mime) else key_by_search_key(subject_of(kept.mime).encode())
                yield SourceMessage(uid, kept.mime, len(kept.mime), kept.received, kept.marks, key=key)

    def envelopes(self, folder: SourceFolder, uids: Sequence[int]) -> dict[int, Envelope]:
        self._at.ask("envelopes")
        there, known = self._items(folder), self._numbers(folder)
        return {
            uid: Envelope(subject_of(there[known[uid - 1]].mime), "2020-05-17", "Ann")
            for uid in uids if known[uid - 1] in there
        }

    def _items(self, folder: SourceFolder) -> dict[int, Kept]:
        assert isinstance(self._source, MemoryExchange)
        return self._source.items(folder)

    def _numbers(self, folder: SourceFolder) -> list[int]:
        assert isinstance(self._at, ExchangeSignIn)
        return self._at.numbers.setdefault(folder.ref, [])
