"""Reading back what was written, beside the writing: the proof at the end (proof.py) then asks for little more.

A look for an item whose answer was lost (doubts.py) is shown only tags that nobody has read yet. So those that are read
here before their request was answered are kept, until it is. An item that is read before it is finished is read again
when it is: its tag has changed since.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress

from engine import threads
from engine.errors import OmmError
from engine.items.known.tag_index import TagIndex
from engine.items.tags import undigested
from engine.ports.items import TaggedItem

READ_AFTER = 512        # items that arrived in a folder: as many as a page of tags holds ([MS-OXWSSYNC] 3.1.4.2.3.10)


class ReadingBack:
    """Reads the tags of folders that have got many items, one folder at a time."""

    def __init__(self, index: TagIndex) -> None:
        self._index = index
        self._due: threads.SimpleQueue[str | None] = threads.SimpleQueue()
        self._arrived: Counter[str] = Counter()     # since the folder was due last
        self._unanswered: set[str] = set()
        self._seen: set[str] = set()
        self._over = False
        self._lock = threads.Lock()

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Reads back beside the work of the context. At its end the folder that is being read is read to its end."""
        self._over = False
        with threads.ThreadPoolExecutor(1, thread_name_prefix="reading back") as aside:
            reading = aside.submit(self._read)
            try:
                yield
            finally:
                self._over = True
                self._due.put(None)
        reading.result()

    def _read(self) -> None:
        with suppress(OmmError):        # the proof asks once more, and raises what stands in the way
            while (folder_id := self._due.get()) is not None and not self._over:
                self._index.read([folder_id], self._see)

    def _see(self, _folder_id: str, item: TaggedItem) -> None:
        tag = undigested(item.tag)
        with self._lock:
            if tag in self._unanswered:
                self._seen.add(tag)

    def sent(self, tags: Collection[str]) -> None:
        """Notes tags whose request is about to leave."""
        with self._lock:
            self._unanswered.update(map(undigested, tags))

    def answered(self, tags: Collection[str]) -> None:
        """Notes tags of which it is known what became of them."""
        with self._lock:
            self._unanswered.difference_update(map(undigested, tags))
            self._seen.difference_update(map(undigested, tags))

    def seen(self, tags: Collection[str]) -> set[str]:
        """Those of the tags without an answer that were read here, without digests."""
        with self._lock:
            return self._seen.intersection(map(undigested, tags))

    def arrived(self, folder_id: str, count: int) -> None:
        """Notes that so many items are in that folder now."""
        if not count:
            return
        with self._lock:
            self._arrived[folder_id] += count
            is_due = self._arrived[folder_id] >= READ_AFTER
            if is_due:
                del self._arrived[folder_id]
        if is_due:
            self._due.put(folder_id)
