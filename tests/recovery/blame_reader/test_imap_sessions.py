"""The sessions of one account, without a server: what another reader may see of one that is being made."""

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
    """Another reader, which waits for a session, looks at a new one in the moment that it has joined."""

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
    """It has nothing to lend yet, or its session: the one that asks must not break over it."""
    stop = threading.Event()
    sessions = Looked(lambda: Made(), stop)  # type: ignore[arg-type, return-value]  # as a session
    SteadySession(sessions, host="h", known=Known(), stop=stop)

    assert not hasattr(sessions, "error"), sessions.error
