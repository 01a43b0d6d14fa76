"""A session that is made again when it is lost. Reading is repeatable, so the caller need not know."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from engine.connectors.pop3.failures import saying
from engine.connectors.pop3.session import Session
from engine.connectors.pop3.wire import LostError
from engine.errors import Cause, FatalError, RetryableError

WAITS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)   # seconds before each further attempt; a maildrop may be locked
LONGEST_WAIT = 900.0    # seconds, whatever a server asks for
MOST_LOST = 4           # sessions lost over one question

_PASSING = frozenset({Cause.UNREACHABLE, Cause.TIMEOUT, Cause.HOST_UNKNOWN})

T = TypeVar("T")


class BrokenOffError(RetryableError):
    """The server lets us in each time, and breaks off over this question each time. `words` are its own, if any."""

    def __init__(self, host: str, words: str) -> None:
        what = "breaks off each time" if not words else "cannot answer now"
        super().__init__(f"{host} {what}.{saying(words)}", cause=Cause.UNREACHABLE)
        self.words = words


class SteadySession:
    """One session after the other, for one thread."""

    def __init__(
        self, connect: Callable[[], Session], *, host: str, stop: threading.Event, waits: Sequence[float] = WAITS
    ) -> None:
        self._connect = connect
        self.host = host
        self._stop = stop
        self._waits = waits
        self._session: Session | None = None
        self._was_let_in = False

    def ask(self, question: Callable[[Session], T]) -> T:
        """Asks, in a new session each time the last one was lost.

        Raises RetryableError when that brought nothing (BrokenOffError when only the question did not),
        SignInError at once when the server refuses us, FatalError at once when it was never reached, and
        DeclinedError for an -ERR.
        """
        last: RetryableError = BrokenOffError(self.host, "")
        lost = 0
        for wait in (0.0, *self._waits):
            self._rest(wait, last.back_off)
            try:
                session = self._let_in()
            except RetryableError as error:
                last = error
                continue
            try:
                return question(session)
            except LostError as error:
                self.drop()
                lost += 1
                last = BrokenOffError(self.host, error.words)
            if lost == MOST_LOST:
                break
        raise last

    def _let_in(self) -> Session:
        """The session at hand, or a new one. A server that was reached before may be away for a moment only."""
        if self._session is None:
            try:
                self._session = self._connect()
            except FatalError as error:
                if not self._was_let_in or error.cause not in _PASSING:
                    raise
                raise RetryableError(str(error), cause=Cause.UNREACHABLE) from error
            self._was_let_in = True
        return self._session

    def _rest(self, wait: float, back_off: float | None) -> None:
        if wait and self._stop.wait(min(back_off or wait, LONGEST_WAIT)):
            raise RetryableError("Stopped while the source could not be reached.", cause=Cause.UNREACHABLE)

    def drop(self) -> None:
        """Ends the session; the next question makes a new one."""
        session, self._session = self._session, None
        if session is not None:
            session.drop()
