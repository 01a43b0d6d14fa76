"""Source keys by TOP: each message's header once a visit, and nothing more of it.

A header that cannot be had is no harm: the message itself tells its key when it is read. So a server whose TOP breaks
is given up on after a few messages, and one without TOP is not asked.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.connectors.pop3.failures import is_passing
from engine.connectors.pop3.fetching import Fetching
from engine.connectors.pop3.maildrop import Maildrop, start_of
from engine.connectors.pop3.session import DeclinedError, Session
from engine.connectors.pop3.steady import BrokenOffError, SteadySession
from engine.connectors.pop3.wire import LostError
from engine.messages.source_key import header_key

MOST_BROKEN = 3         # messages whose header the server breaks off over


class Keys:
    """The keys that are known, by our numbers; b"" for a message whose header does not tell it."""

    def __init__(self, steady: SteadySession, maildrop: Maildrop, fetching: Fetching) -> None:
        self.known: dict[int, bytes] = {}
        self._steady = steady
        self._maildrop = maildrop
        self._fetching = fetching
        self._at: int | None = None         # the message whose header is under way

    def learn(self, uids: Sequence[int]) -> None:
        """Asks for the keys of those messages that are not known yet, in new sessions as long as each brings some."""
        broken = 0
        while broken < MOST_BROKEN:
            before = len(self.known)
            try:
                self._steady.ask(lambda session: self._ask(session, uids))
            except BrokenOffError as error:
                if len(self.known) == before:
                    self._give_up_on_one(error)
                    broken += 1
            else:
                return

    def _give_up_on_one(self, error: BrokenOffError) -> None:
        """The server breaks off over one header; raises the error again when it is about no message."""
        if self._at is None:
            raise error
        self.known[self._at] = b""

    def _ask(self, session: Session, uids: Sequence[int]) -> None:
        self._at = None
        told = self._fetching.snapshot(session).told
        numbers = self._numbers(session, [uid for uid in uids if uid not in self.known])
        self.known |= {uid: told[number] for uid, number in numbers.items() if number in told}
        numbers = {uid: number for uid, number in numbers.items() if uid not in self.known}
        first, rest = list(numbers)[:1], list(numbers)[1:]      # alone: some servers end the session after many -ERR
        for part in (first, rest):
            if session.has_top:
                self._ask_part(session, part, numbers)

    def _numbers(self, session: Session, uids: Sequence[int]) -> dict[int, int]:
        """The numbers that those messages have in this session."""
        snapshot = self._fetching.snapshot(session)
        places = ((uid, self._maildrop.place(snapshot, uid)) for uid in uids)
        return {uid: snapshot.numbers[place] for uid, place in places if place is not None}

    def _ask_part(self, session: Session, uids: Sequence[int], numbers: dict[int, int]) -> None:
        answers = session.headers([numbers[uid] for uid in uids])
        for uid in uids:
            self._at = uid
            answer = next(answers)
            if not isinstance(answer, DeclinedError):
                self.known[uid] = header_key(start_of(answer)) or b""
            elif is_passing(answer.words):
                raise LostError("not now", words=answer.words)
            else:
                self.known[uid] = b""
        self._at = None
