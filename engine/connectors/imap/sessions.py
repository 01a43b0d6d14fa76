"""The sessions of one account: one for each reader, and shared in turns where the server takes no more of them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from engine.connectors.imap.session import LostError, Session
from engine.connectors.network.attempts import stopped
from engine.errors import Cause, FatalError, RetryableError, SignInError

NO_MORE = "The source takes no more connections."
LOOK_AGAIN = 0.1        # seconds
CROWDED = frozenset({Cause.BUSY, Cause.UNREACHABLE})        # how a connection too many may be refused


class Holder(Protocol):
    """Who may hold a session."""

    def lend(self) -> Session | None:
        """Its session, if it has one and does not use it right now."""
        ...


@dataclass(eq=False, slots=True)
class _Turn:
    """A place in the queue, and what was handed to whoever stands there."""

    session: Session | None = None


class Sessions:
    """Makes sessions with `connect`.

    A server that refuses another connection while it serves one of ours ("too many" is said in many ways: a refused
    password and a closed connection are among them) is not asked again as long as it serves one: readers without a
    session wait for another's, first come, first served.
    """

    def __init__(self, connect: Callable[[], Session], stop: threading.Event) -> None:
        self._connect = connect
        self._stop = stop
        self._holders: list[Holder] = []
        self._alive: set[Session] = set()
        self._begun = self._connecting = 0          # attempts to connect: ever, and at the moment
        self._queue: deque[_Turn] = deque()
        self._takes_no_more = False
        self._refusal: SignInError | None = None
        self._reconnecting = threading.Lock()
        self._changed = threading.Condition()

    def join(self, holder: Holder) -> Session:
        """The first session of a reader. Raises what stands in its way: others may do without this one."""
        with self._changed:
            if self._takes_no_more and self._alive:
                raise RetryableError(NO_MORE, cause=Cause.BUSY)     # known without another refused sign-in
        session = self._made()
        with self._changed:
            self._holders.append(holder)
        return session

    def leave(self, holder: Holder) -> None:
        """Forgets a reader that has ended."""
        with self._changed:
            if holder in self._holders:
                self._holders.remove(holder)

    def ended(self, session: Session) -> None:
        """Forgets a session that is no more."""
        with self._changed:
            self._alive.discard(session)
            self._changed.notify_all()

    def hand_on(self, session: Session) -> bool:
        """Gives the session to whoever has waited longest; False when nobody waits."""
        with self._changed:
            if not self._queue:
                return False
            self._queue.popleft().session = session
            self._changed.notify_all()
            return True

    def another(self, holder: Holder) -> tuple[Session, bool]:
        """A session for a reader that has lost its own, or has handed it on; True: nobody has used it before.

        Raises what `connect` raises. A sign-in that is refused while none of ours is served goes for all: the server
        counts each one that it refuses.
        """
        while True:
            session = self._in_turn(holder) if self._takes_no_more else None
            if session is not None:
                return session, False
            with self._reconnecting:
                if self._takes_no_more and self._alive:
                    continue                        # another reader has reconnected meanwhile
                self._takes_no_more = False         # it serves none of ours any more
                session = self._made_unless_crowded()
                if session is not None:
                    return session, True

    def replaced(self, session: Session, holder: Holder) -> tuple[Session, bool]:
        """As `another`, for one that has gone bad; where it was the only one that is served, nobody else is faster."""
        with self._reconnecting:
            session.drop()
            with self._changed:
                self._alive.discard(session)
            fresh = None if self._takes_no_more and self._alive else self._made_unless_crowded()
        self.ended(session)
        return (fresh, True) if fresh is not None else self.another(holder)

    def _made_unless_crowded(self) -> Session | None:
        """A new session. None: the server refused it while it served, or was about to serve, another of ours."""
        with self._changed:
            company, begun = len(self._alive) + self._connecting > 0, self._begun
        try:
            return self._made()
        except (RetryableError, FatalError) as error:
            company = company or self._begun > begun + 1
            if not company or not (isinstance(error, SignInError) or error.cause in CROWDED):
                self._refusal = error if isinstance(error, SignInError) else None
                raise
            self._takes_no_more = True
            return None

    def _made(self) -> Session:
        if self._refusal is not None:
            raise SignInError(str(self._refusal), side=self._refusal.side, cause=self._refusal.cause)
        with self._changed:
            self._begun += 1
            self._connecting += 1
        try:
            session = self._connect()
        except BaseException:
            with self._changed:
                self._connecting -= 1
            raise
        with self._changed:
            self._connecting -= 1
            self._alive.add(session)
        return session

    def _in_turn(self, holder: Holder) -> Session | None:
        """Another reader's session, when it is done with its question; None when the server serves none of ours."""
        turn = _Turn()
        with self._changed:
            self._queue.append(turn)
        try:
            while True:
                with self._changed:
                    if turn.session is not None:
                        session, turn.session = turn.session, None
                        return session
                    if not self._alive and not self._connecting:
                        return None
                    first = self._queue[0] is turn
                lent = self._lent_to(holder) if first else None
                if lent is not None:
                    return lent
                if self._stop.is_set():
                    raise stopped()
                with self._changed:
                    if turn.session is None:
                        self._changed.wait(LOOK_AGAIN)
        finally:
            with self._changed:
                if turn in self._queue:
                    self._queue.remove(turn)
            if turn.session is not None and not self.hand_on(turn.session):
                turn.session.drop()
                self.ended(turn.session)

    def _lent_to(self, me: Holder) -> Session | None:
        """A session that another reader does not use right now, and that the server still answers."""
        with self._changed:
            others = [holder for holder in self._holders if holder is not me]
        for other in others:
            session = other.lend()
            if session is not None and _is_well(session):
                return session
            if session is not None:
                session.drop()
                self.ended(session)
        return None


def _is_well(session: Session) -> bool:
    try:
        return session.is_well()
    except LostError:
        return False
