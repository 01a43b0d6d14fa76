"""Connections to a source, made when they are needed and kept for the next user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from engine import threads
from engine.errors import Cause, FatalError, LaterError, RetryableError, Side
from engine.migration.content import Content
from engine.pace.halt import Halt
from engine.pace.repeat import PATIENCE, OnWait, nobody_asks, patiently
from engine.ports.source import ItemReader, Source

FEWEST_READERS, MOST_READERS = 2, 4      # connections at once
PASSING = frozenset({Cause.UNREACHABLE, Cause.TIMEOUT, Cause.HOST_UNKNOWN})


class Connects(Protocol):
    """Whoever makes connections of one kind, so many at once at most."""

    @property
    def max_connections(self) -> int: ...

    def connect(self) -> ItemReader: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """A source, read for one content."""

    source: Source
    content: Content

    @property
    def max_connections(self) -> int:
        """How many readers it lets in at once."""
        return self.source.max_connections

    def connect(self) -> ItemReader:
        """Another reader."""
        return self.source.reader(self.content)


class Readers:
    """Source connections: made when needed, kept for the next, and never more than the source takes.

    `patience` is how many seconds a source may let nobody in.
    """

    def __init__(
        self, source: Connects, halt: Halt, *, patience: float = PATIENCE, on_wait: OnWait = nobody_asks
    ) -> None:
        self._source = source
        self._on_wait = on_wait
        self._halt = halt
        self._patience = patience
        self._idle: list[ItemReader] = []
        self._in_use = self._open = 0
        self._was_let_in = False
        self._most = max(1, min(MOST_READERS, source.max_connections))
        self._changed = threads.Condition()

    @property
    def most(self) -> int:
        """How many may be used at once."""
        return self._most

    def take(self) -> ItemReader:
        """A connection for one thread, to be given back or dropped.

        Waits for another's where the source takes no more of them. Raises FatalError when it lets nobody in, and
        HaltedError when a stop is asked for meanwhile.
        """
        return patiently(
            self._take, self._halt, patience=self._patience, side=Side.SOURCE, on_wait=self._on_wait
        )

    def _take(self) -> ItemReader:
        while True:
            with self._changed:
                while not self._idle and self._in_use >= self._most:
                    self._halt.check()
                    self._changed.wait(0.25)
                self._in_use += 1
                if self._idle:
                    return self._idle.pop()
            try:
                reader = self._source.connect()
            except LaterError:
                self._narrow_to_open()
                raise
            except FatalError as error:
                if not self._narrow_to_open():
                    raise self._retryable_if_let_in(error) from error
            except BaseException as error:
                if not self._narrow_to_open() or not isinstance(error, RetryableError):
                    raise
            else:
                with self._changed:
                    self._open += 1
                self._was_let_in = True
                return reader

    def _retryable_if_let_in(self, error: FatalError) -> FatalError | RetryableError:
        """The error; one to retry where the server let us in before and cannot be reached now: it may come back."""
        if self._was_let_in and error.cause in PASSING:
            return RetryableError(str(error), cause=error.cause)
        return error

    def _narrow_to_open(self) -> bool:
        """Counts a connection that could not be made; no more than are open are tried from now on. True: some are.

        "Too many connections" is said in many ways, a refused password among them.
        """
        with self._changed:
            self._in_use -= 1
            self._most = self._open or self._most
            self._changed.notify_all()
            return self._open > 0

    @contextmanager
    def one(self) -> Iterator[ItemReader]:
        """A connection for the context; it is ended if the context fails. Raises what `take` raises."""
        reader = self.take()
        try:
            yield reader
        except BaseException:
            self.drop(reader)
            raise
        self.give(reader)

    def give(self, reader: ItemReader) -> None:
        """Back for the next user."""
        with self._changed:
            self._idle.append(reader)
            self._in_use -= 1
            self._changed.notify_all()

    def drop(self, reader: ItemReader) -> None:
        """Ends a connection that something went wrong with."""
        reader.close()
        with self._changed:
            self._in_use -= 1
            self._open -= 1
            self._changed.notify_all()

    def close(self) -> None:
        """Ends them all, side by side: each waits for its server's goodbye."""
        with self._changed:
            idle, self._idle = self._idle, []
        with threads.ThreadPoolExecutor(MOST_READERS, thread_name_prefix="closing") as pool:
            list(pool.map(lambda reader: reader.close(), idle))
