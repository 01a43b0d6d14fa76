"""Connections to a source, made when they are needed and kept for the next user."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from engine.ports import MailSource, SourceReader

FEWEST_READERS, MOST_READERS = 2, 4      # connections at once


class Readers:
    """Source connections: made when needed, kept for the next."""

    def __init__(self, source: MailSource) -> None:
        self._source = source
        self._idle: list[SourceReader] = []
        self._lock = threading.Lock()

    @property
    def most(self) -> int:
        """How many may be used at once."""
        return max(1, min(MOST_READERS, self._source.max_connections))

    def take(self) -> SourceReader:
        """A connection for one thread."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._source.connect()

    def give(self, reader: SourceReader) -> None:
        """Back for the next user."""
        with self._lock:
            self._idle.append(reader)

    def close(self) -> None:
        """Ends them all, side by side: each waits for its server's goodbye."""
        with self._lock:
            idle, self._idle = self._idle, []
        with ThreadPoolExecutor(MOST_READERS, thread_name_prefix="closing") as threads:
            list(threads.map(lambda reader: reader.close(), idle))
