"""The sessions of one account, without a server."""

from __future__ import annotations

import threading

import pytest

from engine.connectors.imap.known import Known
from engine.connectors.imap.session import Session
from engine.connectors.imap.sessions import Holder, Sessions
from engine.connectors.imap.steady import SteadySession
from engine.errors import Cause, RetryableError, Side, SignInError


class Made:
    """Stands for a session."""

    def is_well(self) -> bool:
        return True

    def drop(self) -> None:
        """Nothing is open."""


class Looked(Sessions):
    """Asks a reader for its session at the moment it has joined, from another thread."""

    def join(self, holder: Holder) -> Session:
        session = super().join(holder)
        looking = threading.Thread(target=self._look, args=(holder,))
        looking.start()
        looking.join()
        return session

    def _look(self, holder: Holder) -> None:
        try:
            holder.lend()
        except AttributeError as error:
            self.error = error


def test_a_reader_that_has_just_joined_may_be_asked_to_lend() -> None:
    """A reader that is still being made lends nothing, and raises nothing."""
    stop = threading.Event()
    sessions = Looked(Made, stop)  # type: ignore[arg-type, return-value]  # as a session
    SteadySession(sessions, host="h", known=Known(), stop=stop)

    assert not hasattr(sessions, "error"), sessions.error


def test_a_server_that_takes_no_more_is_not_asked_by_a_reader_that_comes_later() -> None:
    """It would count one more refused sign-in; the reader hears that others may do without it."""
    asked: list[str] = []

    def connect() -> Session:
        asked.append("sign-in")
        if len(asked) > 2:
            raise SignInError("wrong password", side=Side.SOURCE)
        return Made()  # type: ignore[return-value]  # as a session

    stop = threading.Event()
    sessions = Sessions(connect, stop)
    _, second = (SteadySession(sessions, host="h", known=Known(), stop=stop) for _ in range(2))
    lost = second.lend()
    assert lost is not None
    sessions.ended(lost)
    sessions.another(second)
    before = len(asked)

    with pytest.raises(RetryableError) as refused:
        SteadySession(sessions, host="h", known=Known(), stop=stop)

    assert refused.value.cause is Cause.BUSY
    assert len(asked) == before == 3
