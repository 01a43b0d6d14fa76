"""Connections that this process begins, seen as the interpreter's own audit events tell of them (PEP 578)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

_watches: list[list[tuple[str, int]]] = []


@contextmanager
def begun_connections() -> Iterator[list[tuple[str, int]]]:
    """Every address and port that is connected or sent to meanwhile, by any thread, whatever comes of it."""
    _listen()
    seen: list[tuple[str, int]] = []
    _watches.append(seen)
    try:
        yield seen
    finally:
        _watches[:] = [watch for watch in _watches if watch is not seen]


@cache
def _listen() -> None:
    """Once a process: such a hook cannot be taken away again."""
    sys.addaudithook(_heard)


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if _watches and event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[-1]
        if isinstance(address, tuple):
            for watch in _watches:
                watch.append((str(address[0]), int(address[1])))
