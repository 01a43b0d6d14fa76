"""Source connections: as many as the source takes, and one after the other where it takes one."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from engine.errors import Cause, FatalError, RetryableError, SignInError
from engine.items.source.readers import Readers
from engine.pace.halt import Halt, HaltedError


class Reader:
    def close(self) -> None:
        pass


class Source:
    """Lets in whom `door` lets in: it is called with the number of the attempt, from 1, and may raise."""

    max_connections = 4

    def __init__(self, door: Callable[[int], None]) -> None:
        self._door = door
        self.attempts = 0

    def connect(self) -> Reader:
        self.attempts += 1
        self._door(self.attempts)
        return Reader()


def after(allowed: int, error: Exception) -> Callable[[int], None]:
    """A door that lets so many in, and then raises."""
    def door(attempt: int) -> None:
        if attempt > allowed:
            raise error
    return door


@pytest.mark.parametrize("error", [
    RetryableError("too many"), SignInError("the password is wrong"), FatalError("refused", cause=Cause.UNREACHABLE),
])
def test_where_no_more_are_taken_those_that_are_there_must_do(error: Exception) -> None:
    """Whatever a source says to the third connection, the first two are shared from then on, and no more are tried."""
    source = Source(after(2, error))
    readers = Readers(source, Halt())
    first, _second = readers.take(), readers.take()
    taken: list[Reader] = []
    third = threading.Thread(target=lambda: taken.append(readers.take()))
    third.start()

    readers.give(first)
    third.join(60)

    assert taken == [first]
    assert readers.most == 2
    assert source.attempts == 3


def test_who_waits_hears_of_a_stop() -> None:
    """Nobody waits for a connection when the work is to stop."""
    halt = Halt()
    readers = Readers(Source(after(1, RetryableError("too many"))), halt)
    readers.take()
    threading.Timer(0.1, halt.set).start()

    with pytest.raises(HaltedError):
        readers.take()


def test_a_dropped_connection_makes_room() -> None:
    """A connection that broke is no longer counted: another may be made."""
    source = Source(lambda _attempt: None)
    source.max_connections = 1
    readers = Readers(source, Halt())
    readers.drop(readers.take())

    readers.take()

    assert source.attempts == 2


def test_a_source_that_lets_nobody_in_is_waited_for() -> None:
    """A source that is busy at first is asked again; one that stays so is fatal, in its words."""
    def busy_once(attempt: int) -> None:
        if attempt == 1:
            raise RetryableError("busy")

    assert Readers(Source(busy_once), Halt()).take()
    with pytest.raises(FatalError, match="busy"):
        Readers(Source(after(0, RetryableError("busy"))), Halt(), patience=0.1).take()


def test_a_source_that_cannot_be_reached_is_waited_for_only_if_it_was_reached_before() -> None:
    """A wrong address is said at once; a server that is away for a moment comes back."""
    def away_for_a_moment(attempt: int) -> None:
        if attempt == 2:
            raise FatalError("gone", cause=Cause.UNREACHABLE)

    with pytest.raises(FatalError, match="gone"):
        Readers(Source(after(0, FatalError("gone", cause=Cause.UNREACHABLE))), Halt()).take()
    readers = Readers(Source(away_for_a_moment), Halt())
    readers.drop(readers.take())
    assert readers.take()
