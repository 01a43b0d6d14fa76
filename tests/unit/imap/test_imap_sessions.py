"""The sessions of one account, without a server."""

from __future__ import annotations

import threading

from engine.connectors.imap.session import Session
from engine.connectors.imap.sessions import Holder, Sessions
from engine.connectors.imap.steady import Known, SteadySession


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
