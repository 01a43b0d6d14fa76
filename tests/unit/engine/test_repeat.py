"""Asking again, patiently."""

import threading
import time

import pytest

from engine.errors import Cause, FatalError, RefusedError, RetryableError, Side
from engine.pace.halt import Halt, HaltedError
from engine.pace.repeat import gave_up, patiently


def failing(*errors: Exception):
    """Something that raises these, one a call, and then answers."""
    left = list(errors)
    calls: list[float] = []

    def ask() -> str:
        calls.append(time.monotonic())
        if left:
            raise left.pop(0)
        return "answer"

    return ask, calls


def test_it_asks_again_after_a_retryable_error() -> None:
    """A busy server is asked again after the pause that it named."""
    ask, calls = failing(RetryableError("busy", back_off=0.1))

    assert patiently(ask, Halt()) == "answer"
    assert 0.09 < calls[1] - calls[0] < 0.45


@pytest.mark.parametrize("back_off", [None, 0.0])
def test_it_pauses_where_the_server_names_no_pause(back_off: float | None) -> None:
    """None and "0 ms" are both answered with a pause of our own."""
    ask, calls = failing(RetryableError("busy", back_off=back_off))

    assert patiently(ask, Halt()) == "answer"
    assert calls[1] - calls[0] > 0.4


@pytest.mark.parametrize("error", [RefusedError("no"), FatalError("stop"), ValueError("a bug")])
def test_it_asks_once_where_asking_again_is_useless(error: Exception) -> None:
    """Any other error goes straight up."""
    ask, calls = failing(error, error)

    with pytest.raises(type(error)) as caught:
        patiently(ask, Halt())

    assert caught.value is error
    assert len(calls) == 1


def test_when_patience_is_over_the_error_is_fatal() -> None:
    """A server that stays busy ends as a FatalError with its words, and a cause that can be acted upon."""
    ask, _ = failing(*[RetryableError("The server is busy.", back_off=0.01)] * 9)

    with pytest.raises(FatalError, match=r"The server is busy\. It stayed so") as caught:
        patiently(ask, Halt(), patience=0.3)

    assert (caught.value.cause, caught.value.side) == (Cause.UNREACHABLE, Side.DESTINATION)


def test_a_halt_ends_the_waiting_at_once() -> None:
    """A pause of minutes, or of a number too large for a clock, is left the moment a stop is asked for."""
    halt = Halt()
    ended: list[float] = []

    def wait() -> None:
        ask, _ = failing(RetryableError("busy", back_off=1e300))
        with pytest.raises(HaltedError):
            patiently(ask, halt)
        ended.append(time.monotonic())

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    halt.set()
    thread.join(60)

    assert ended


def test_a_halt_before_the_start_asks_nothing() -> None:
    """Nothing is asked once a stop was asked for."""
    halt = Halt()
    halt.set()
    ask, calls = failing()

    with pytest.raises(HaltedError):
        patiently(ask, halt)

    assert calls == []


def test_giving_up_keeps_a_cause_that_says_more_than_busy() -> None:
    """A time-out stays a time-out when it becomes fatal."""
    error = gave_up(RetryableError("No answer.", cause=Cause.TIMEOUT), Side.SOURCE)

    assert (error.cause, error.side) == (Cause.TIMEOUT, Side.SOURCE)


def test_a_server_that_names_its_pauses_has_a_patience_of_its_own() -> None:
    """It is well, and only asks everybody to wait; one that is unwell is given up at once all the same."""
    busy, _ = failing(*[RetryableError("busy", back_off=0.01)] * 2)
    unwell, calls = failing(RetryableError("unwell"))

    assert patiently(busy, Halt(), patience=0.0, busy=60.0) == "answer"
    with pytest.raises(FatalError):
        patiently(unwell, Halt(), patience=0.0, busy=60.0)
    assert len(calls) == 1


def test_a_stop_is_a_stop_though_patience_is_over() -> None:
    """Whoever was stopped while they asked says nothing of the server."""
    halt = Halt()

    def ask() -> str:
        halt.set()
        raise RetryableError("stopped")

    with pytest.raises(HaltedError):
        patiently(ask, halt, patience=0.0)
