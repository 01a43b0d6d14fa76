"""Questions to an Exchange mailbox that is read: asked again while answers are lost or arrive cut off.

Reading is repeatable, so whoever asks need not know. A server that names a pause is not asked again here: its
RetryableError goes up, to whoever waits for a server that is unwell (engine/pace/repeat.py).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from lxml import etree

from engine.connectors.exchange.errors import AnswerLostError, CodeError, raise_for, raise_for_read
from engine.connectors.exchange.read import mailbox_key
from engine.connectors.exchange.session import Sessions, Through
from engine.connectors.exchange.soap import MESSAGES, TYPES, envelope, messages, parse, server_version
from engine.connectors.network.attempts import WAITS, attempts, stopped
from engine.errors import RefusedError, RetryableError

T = TypeVar("T")

ON_2010 = b"Exchange2010_SP1"       # the newest that every Exchange 2010 with a service pack takes
SINCE_2013 = b"Exchange2013"
FIRST_OF_2013 = 15                  # major version (Microsoft, "Exchange Server build numbers and release dates")
ROOT = (
    "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
    '<m:FolderIds><t:DistinguishedFolderId Id="root"/></m:FolderIds></m:GetFolder>'
)


@dataclass(frozen=True, slots=True)
class Question:
    """The body of a request, for `count` things. `size` is how long its answer may be, in bytes.

    What `through` is given, the answer passes piece by piece. `ids` are those of the items that the answer is about, in
    its order, where it is about items.
    """

    body: str
    count: int = 1
    size: int = 0
    through: Through | None = None
    ids: Sequence[str] = ()


class Asking:
    """Asks one mailbox; may be used by many threads. Requests name the newest version that they need of the server."""

    def __init__(self, sessions: Sessions, *, stop: threading.Event, waits: Sequence[float] = WAITS) -> None:
        """`stop` ends every wait; `waits` are the seconds between attempts."""
        self.sessions = sessions
        self._stop = stop
        self._waits = tuple(waits)
        self._major: int | None = None
        self._mailbox = ""

    @property
    def since_2013(self) -> bool:
        """True: the server has said that it is Exchange 2013 or later."""
        return (self._major or 0) >= FIRST_OF_2013

    def sign_in(self) -> str:
        """The mailbox's key, once the server has let us in and said its version. Raises FatalError, RetryableError."""
        if not self._mailbox:
            found = self.one(ROOT).find(f"{MESSAGES}Folders/*/{TYPES}FolderId")
            if found is None:
                raise AnswerLostError("The source's answer lacks what was asked for.")
            self._mailbox = mailbox_key(found.get("Id") or "")
        return self._mailbox

    def heed_stop(self) -> None:
        """Raises RetryableError when a stop is asked for."""
        if self._stop.is_set():
            raise stopped()

    def answers(self) -> bool:
        """Asks once for what is always there. False: the server is unwell, whatever it is asked. Raises FatalError."""
        try:
            self._once(Question(ROOT))
        except RetryableError:
            return False
        return True

    def one(self, body: str) -> etree._Element:
        """The response message to a request for one thing. Raises GoneError, StateLostError, and what `all` raises."""
        return self.told(body, lambda message: message)

    def told(self, body: str, taken: Callable[[etree._Element], T]) -> T:
        """As `one`, with what `taken` makes of the message: where it raises AnswerLostError, it is asked again."""
        return self._patiently(lambda: taken(_checked(self._once(Question(body))[0])))

    def all(self, question: Question) -> list[etree._Element | CodeError]:
        """The response messages, in order; a CodeError for each that is not a success.

        Raises FatalError, RetryableError; GoneError where the whole request is refused for want of its folder.
        """
        return self._patiently(lambda: self._once(question))

    def read(self, question: Question, taken: Callable[[list[etree._Element | CodeError]], T]) -> T:
        """As `all`, with what `taken` makes of the answer: where it raises AnswerLostError, it is asked again."""
        return self._patiently(lambda: taken(self._once(question)))

    def patiently(self, ask: Callable[[], T]) -> T:
        """What `ask` returns, which asks something else of the same mailbox and raises as it does."""
        return self._patiently(ask)

    def _once(self, question: Question) -> list[etree._Element | CodeError]:
        body = envelope(question.body, version=SINCE_2013 if self.since_2013 else ON_2010)
        side = self.sessions.side
        with reading(self):
            answer = self.sessions.ask(body, size=question.size, through=question.through)
            if self._major is None:
                self._note_version(answer)
            found = list(messages(parse(answer, side), question.count, side))
        _check_places(question.ids, found)
        return found

    def _note_version(self, answer: bytes) -> None:
        version = server_version(answer)
        major = "" if version is None else version.get("MajorVersion") or ""
        self._major = int(major) if major.isdecimal() and len(major) < 4 else None

    def _patiently(self, ask: Callable[[], T]) -> T:
        last: RetryableError | None = None
        for _ in attempts(self._stop, self._waits):
            try:
                return ask()
            except RetryableError as error:
                if error.back_off is not None:
                    raise
                last = error
        raise last or AnswerLostError("The source did not answer.")


def _check_places(asked: Sequence[str], answer: Sequence[etree._Element | CodeError]) -> None:
    """Raises AnswerLostError where an item of the answer is another one than was asked for at its place.

    In recordings GetItem tells the very id that FindItem, CreateItem or MoveItem told. No page promises an order, and
    what is taken for another message is lost, or there twice.
    """
    for item_id, message in zip(asked, answer, strict=False):
        told = None if isinstance(message, CodeError) else message.find(f"{MESSAGES}Items/*/{TYPES}ItemId")
        if told is not None and told.get("Id") != item_id:
            raise AnswerLostError("The source's answer is about other items than it was asked for.")


@contextmanager
def reading(asking: Asking) -> Iterator[None]:
    """Sorts whatever is refused within it as the refusal of a read."""
    try:
        yield
    except RefusedError as refusal:
        raise_for_read(refusal, asking.sessions.side)


def raise_read(error: CodeError) -> NoReturn:
    """Raises what a code means for a request that only reads."""
    try:
        raise_for(error)
    except RefusedError as refusal:
        raise_for_read(refusal, error.side)


def _checked(message: etree._Element | CodeError) -> etree._Element:
    if isinstance(message, CodeError):
        raise_read(message)
    return message
