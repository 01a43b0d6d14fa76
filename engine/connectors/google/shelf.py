"""What was listed, until it is read: in an unnamed file, for an account may hold more than fits into memory."""

from __future__ import annotations

import json
import threading
import weakref
import zlib
from array import array
from collections.abc import Iterable
from tempfile import TemporaryFile
from typing import Any, cast


class Shelf:
    """JSON by number, from 1. Safe to use from many threads. The file is gone when nobody uses the shelf any more."""

    def __init__(self) -> None:
        self._file = TemporaryFile()    # noqa: SIM115 - closed with the shelf
        weakref.finalize(self, self._file.close)
        self._ends = array("Q", [0])
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._ends) - 1

    def put(self, value: Any) -> int:
        """Puts it there; returns its number."""
        packed = zlib.compress(json.dumps(value, separators=(",", ":")).encode(), 1)
        with self._lock:
            self._file.seek(self._ends[-1])
            self._file.write(packed)
            self._ends.append(self._ends[-1] + len(packed))
            return len(self)

    def get(self, number: int) -> Any:
        """What was put there. Raises LookupError."""
        with self._lock:
            if not 0 < number <= len(self):
                raise LookupError(number)
            start, end = self._ends[number - 1], self._ends[number]
            self._file.seek(start)
            packed = self._file.read(end - start)
        return cast("Any", json.loads(zlib.decompress(packed)))

    def drop(self) -> None:
        """Forgets all of it."""
        with self._lock:
            self._file.truncate(0)
            self._ends = array("Q", [0])


def size_of(parts: Iterable[Any]) -> int:
    """About how many bytes these are."""
    return sum(len(json.dumps(part)) for part in parts)
