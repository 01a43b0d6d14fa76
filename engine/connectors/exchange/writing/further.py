"""The further requests of one item that was created: each goes out once, and every answer is taken at its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from lxml import etree

from engine.connectors.exchange.errors import CodeError, outcome_of, outcome_of_request
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import HEAD, TAIL, envelope, messages, parse
from engine.connectors.exchange.write import posted
from engine.errors import OmmError, RetryableError
from engine.ports.destination import Before
from engine.ports.items import Outcome, Verdict

MOST_AT_ONCE = 50                   # parts of one request: a server gives it a minute
MOST_BYTES = 4 * 1024 * 1024        # of parts in one request; a larger part travels alone
ENDS = (Verdict.FATAL, Verdict.UNKNOWN, Verdict.GONE, Verdict.BUSY)       # what is worst comes first


def _nothing(_number: int, _id: str) -> None:
    """For whoever need not know."""


class NotDoneError(Exception):
    """The item cannot be finished now. `outcome` says what became of it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(str(outcome.error))
        self.outcome = outcome


class Further:
    """Sends requests about one item."""

    def __init__(self, sessions: Sessions, before: Before) -> None:
        """`before` is called before each request that writes. It is told all words for the report in `told` by then."""
        self._sessions = sessions
        self._before = before
        self.told: list[str] = []

    def write(
        self, head: str, parts: Sequence[bytes], tail: str, *, made: Callable[[int, str], None] = _nothing
    ) -> list[Outcome]:
        """Sends the parts, in order, in as few requests as take them. One Outcome each: DONE or REFUSED.

        `made` is told the number of each part that is done, and its id. Raises NotDoneError for any other verdict;
        parts behind that one may have been carried out.
        """
        outcomes: list[Outcome] = []
        for some in portions(parts):
            sent = self.send(head, some, tail)
            for number, outcome in enumerate(sent, len(outcomes)):
                if outcome.verdict is Verdict.DONE:
                    made(number, outcome.id or "")
            _raise_what_ends(sent)
            outcomes += sent
        return outcomes

    def send(self, head: str, parts: Sequence[bytes], tail: str) -> list[Outcome]:
        """Sends the parts in one request; in its halves, where it is refused as a whole. One Outcome each."""
        body = b"".join((HEAD, head.encode(), *parts, tail.encode(), TAIL))
        self._before(len(body), tuple(self.told))
        outcomes = posted(self._sessions, body, len(parts))
        if outcomes[0].verdict is not Verdict.SPLIT:
            return outcomes
        half = len(parts) // 2
        return self.send(head, parts[:half], tail) + self.send(head, parts[half:], tail)

    def read(self, request: str, count: int) -> list[etree._Element | CodeError]:
        """The response messages of a request that only reads. Raises NotDoneError: BUSY where no answer came."""
        try:
            answer = parse(self._sessions.ask(envelope(request)), self._sessions.side)
            return list(messages(answer, count, self._sessions.side))
        except RetryableError as error:
            raise put_off(error) from error
        except OmmError as error:
            raise NotDoneError(outcome_of_request(error, 1)) from error


def _raise_what_ends(outcomes: Sequence[Outcome]) -> None:
    for verdict in ENDS:
        for outcome in outcomes:
            if outcome.verdict is verdict:
                raise NotDoneError(outcome)


def put_off(error: RetryableError) -> NotDoneError:
    """What ends the work on an item of which something could not be read now."""
    return NotDoneError(Outcome(Verdict.BUSY, error=error, back_off=error.back_off))


def refused(error: CodeError) -> NotDoneError:
    """What ends the work on an item of which something was not given. Nothing was written that is unsure."""
    outcome = outcome_of(error)
    return NotDoneError(replace(outcome, verdict=Verdict.BUSY) if outcome.verdict is Verdict.UNKNOWN else outcome)


def portions(parts: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """The parts, in order, grouped for requests that are neither long nor large."""
    start = size = 0
    for at, part in enumerate(parts):
        if at > start and (at - start == MOST_AT_ONCE or size + len(part) > MOST_BYTES):
            yield parts[start:at]
            start, size = at, 0
        size += len(part)
    if start < len(parts):
        yield parts[start:]
