"""Attempts at one question over connections that are lost, which IMAP and POP3 share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from engine.connectors.imap.known import Known
from engine.connectors.imap.session import LostError as ImapLost
from engine.connectors.imap.session import Session as ImapSession
from engine.connectors.imap.sessions import Sessions
from engine.connectors.imap.steady import SteadySession as ImapSteady
from engine.connectors.network.attempts import attempts
from engine.connectors.pop3.steady import SteadySession as Pop3Steady
from engine.connectors.pop3.wire import LostError as Pop3Lost
from engine.errors import Cause, RetryableError

HOURS = 1e6     # seconds; a wait that only a stop can end


class Quiet(ImapSession):
    """A session that can be dropped."""

    def __init__(self) -> None:
        self._client = cast(Any, SimpleNamespace(drop=lambda: None))


def imap(stop: threading.Event, waits: tuple[float, ...]) -> Callable[[Callable[[Any], None]], None]:
    """How IMAP asks a question."""
    sessions = Sessions(Quiet, stop)
    return ImapSteady(sessions, host="mail.example.org", known=Known(), stop=stop, waits=waits).ask


def pop3(stop: threading.Event, waits: tuple[float, ...]) -> Callable[[Callable[[Any], None]], None]:
    """How POP3 asks a question."""
    return Pop3Steady(lambda: cast(Any, Quiet()), host="mail.example.org", stop=stop, waits=waits).ask


def test_the_first_attempt_waits_for_nothing() -> None:
    """There is one attempt more than there are waits."""
    stop = threading.Event()

    assert next(attempts(stop, (HOURS,))) == 1
    assert list(attempts(stop, (0.0, 0.0))) == [1, 2, 3]


@pytest.mark.parametrize(("asking", "lost"), [(imap, ImapLost), (pop3, Pop3Lost)], ids=["IMAP", "POP3"])
def test_a_stop_ends_the_wait_for_the_next_attempt(asking: Any, lost: type[Exception]) -> None:
    """The question is asked once, and whoever stops is not kept waiting for hours."""
    stop, asked = threading.Event(), []

    def question(_session: Any) -> None:
        asked.append(1)
        stop.set()
        raise lost("ends the connection.")

    with pytest.raises(RetryableError, match="Stopped while the source could not be reached") as caught:
        asking(stop, (HOURS,) * 4)(question)

    assert (caught.value.cause, len(asked)) == (Cause.UNREACHABLE, 1)


@pytest.mark.parametrize(("asking", "lost", "times"), [(imap, ImapLost, 3), (pop3, Pop3Lost, 4)], ids=["IMAP", "POP3"])
def test_a_question_that_costs_every_connection_is_given_up(asking: Any, lost: type[Exception], times: int) -> None:
    """Before the attempts are used up: it is the question that is the reason."""
    asked: list[int] = []

    def question(_session: Any) -> None:
        asked.append(1)
        raise lost("ends the connection.")

    with pytest.raises(RetryableError) as caught:
        asking(threading.Event(), (0.0,) * 9)(question)

    assert type(caught.value).__name__ == "BrokenOffError"
    assert len(asked) == times
