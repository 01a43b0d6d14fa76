"""A session that is made again when it is lost. Reading is repeatable, so the caller need not know."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from engine.connectors.network.attempts import WAITS, attempts
from engine.connectors.pop3.failures import saying
from engine.connectors.pop3.session import Session
from engine.connectors.pop3.wire import LostError
from engine.errors import Cause, FatalError, RetryableError

MOST_LOST = 4                   # sessions over one question

_PASSING = frozenset({Cause.UNREACHABLE, Cause.TIMEOUT, Cause.HOST_UNKNOWN})

T = TypeVar("T")


class BrokenOffError(RetryableError):
    """The server lets us in each time, and breaks off over this question each time. `words` are its own, if any."""

    def __init__(self, host: str, words: str) -> None:
        what = "cannot answer now" if words else "ends every connection"
        super().__init__(f"{host} {what}.{saying(words)}", cause=Cause.UNREACHABLE)
        self.words = words


class SteadySession:
    """One session after the other, for one thread. The first is made at once, and raises what stands in its way."""

    def __init__(
        self, connect: Callable[[], Session], *, host: str, stop: threading.Event, waits: Sequence[float] = WAITS
    ) -> None:
        self._connect = connect
        self.host = host
        self._stop = stop
        self._waits = waits
        self._session: Session | None = connect()

    def ask(self, question: Callable[[Session], T]) -> T:
        """Asks, in a new session each time the last one was lost.

        Raises RetryableError when that brought nothing (BrokenOffError when only the question did not), or at once
        when the server names a pause; SignInError at once when it refuses us, and DeclinedError for an -ERR.
        """
        last: RetryableError = BrokenOffError(self.host, "")
        lost = 0
        for _ in attempts(self._stop, self._waits):
            try:
                session = self._let_in()
            except RetryableError as error:
                if error.back_off is not None:
                    raise
                last = error
                continue
            try:
                return question(session)
            except LostError as error:
                self.drop()
                last = BrokenOffError(self.host, error.words)
            lost += 1
            if lost == MOST_LOST:
                break
        raise last

    def _let_in(self) -> Session:
        """The session at hand, or a new one: a server that let us in before may be away for a moment."""
        if self._session is None:
            try:
                self._session = self._connect()
            except FatalError as error:
                if error.cause not in _PASSING:
                    raise
                raise RetryableError(str(error), cause=Cause.UNREACHABLE) from error
        return self._session

    def drop(self) -> None:
        """Ends the session; the next question makes a new one."""
        session, self._session = self._session, None
        if session is not None:
            session.drop()
