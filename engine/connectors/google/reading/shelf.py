"""What was listed, until it is read: in an unnamed file, for an account may hold more than fits into memory."""

from __future__ import annotations

import json
import threading
import weakref
import zlib
from array import array
from collections.abc import Iterable
from tempfile import TemporaryFile, gettempdir
from typing import Any, cast

from engine.errors import Cause, FatalError

NO_ROOM = (
    "The machine that OMM runs on has no room in {} for what was listed. Its administrator makes some; then resume."
)


class Shelf:
    """JSON by number, from 1. Safe to use from many threads. The file is gone when nobody uses the shelf any more."""

    def __init__(self) -> None:
        self._file = TemporaryFile()    # noqa: SIM115 - closed with the shelf
        self._close = weakref.finalize(self, self._file.close)
        self._starts, self._lengths, self._end = array("Q"), array("L"), 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._starts)

    def put(self, value: Any) -> int:
        """Puts it there; returns its number."""
        packed = _packed(value)
        with self._lock:
            self._starts.append(self._end)
            self._lengths.append(0)
            self._write(len(self._starts) - 1, packed)
            return len(self._starts)

    def replace(self, number: int, value: Any) -> None:
        """Puts something else under a number; takes no more room where it is the same. Raises LookupError."""
        packed = _packed(value)
        with self._lock:
            if self._read(number) != packed:
                self._write(number - 1, packed)

    def get(self, number: int) -> Any:
        """What was put there. Raises LookupError."""
        with self._lock:
            packed = self._read(number)
        return cast("Any", json.loads(zlib.decompress(packed)))

    def drop(self) -> None:
        """Forgets all of it."""
        with self._lock:
            self._file.truncate(0)
            self._starts, self._lengths, self._end = array("Q"), array("L"), 0

    def _write(self, place: int, packed: bytes) -> None:
        """Raises FatalError where the machine has no room."""
        try:
            self._file.seek(self._end)
            self._file.write(packed)
            self._file.flush()
        except OSError as error:
            raise FatalError(NO_ROOM.format(gettempdir()), cause=Cause.OTHER) from error
        self._starts[place], self._lengths[place] = self._end, len(packed)
        self._end += len(packed)

    def _read(self, number: int) -> bytes:
        if not 0 < number <= len(self._starts):
            raise LookupError(number)
        self._file.seek(self._starts[number - 1])
        return self._file.read(self._lengths[number - 1])


def _packed(value: Any) -> bytes:
    return zlib.compress(json.dumps(value, separators=(",", ":")).encode(), 1)


def size_of(parts: Iterable[Any]) -> int:
    """About how many bytes these are."""
    return sum(len(json.dumps(part)) for part in parts)
