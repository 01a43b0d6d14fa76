"""Reads the mail of an Exchange mailbox."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

from lxml import etree

from engine.connectors.exchange.codes import Meaning, meaning_of
from engine.connectors.exchange.errors import AnswerLostError, CodeError
from engine.connectors.exchange.read import UNREADABLE, moment
from engine.connectors.exchange.reading.asking import Asking, Question, raise_read
from engine.connectors.exchange.reading.content import SHAPE, held, message
from engine.connectors.exchange.reading.folders import look
from engine.connectors.exchange.reading.listing import item_ids, listing
from engine.connectors.exchange.reading.numbering import Numbering, Numberings
from engine.connectors.exchange.reading.streamed import MimeIntoFile
from engine.connectors.exchange.soap import MESSAGES, TYPES
from engine.errors import RefusedError
from engine.messages.envelope import plain
from engine.ports.items import Envelope, Listed, SourceMessage
from engine.ports.source import FolderList, SourceFolder

MOST_AT_ONCE = 50                   # messages in one request
MOST_BYTES = 2 * 1024 * 1024        # of messages in one request, by their listed sizes
NAMED_AT_ONCE = 100
_NAMING = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="item:Subject"/><t:FieldURI FieldURI="item:DateTimeSent"/>'
    '<t:FieldURI FieldURI="message:From"/></t:AdditionalProperties></m:ItemShape>'
)


class ExchangeReader:
    """A mailbox, for one thread; fills in `ports.source.ItemReader`. Numbers are shared by all readers of a source."""

    def __init__(self, asking: Asking, numberings: Numberings, on_close: Callable[[], None]) -> None:
        self._asking = asking
        self._on_close: Callable[[], None] | None = on_close
        self._numberings = numberings

    def folders(self) -> FolderList:
        """All folders for mail with their roles, and those that stay where they are."""
        return self.look()[0]

    def look(self) -> tuple[FolderList, int]:
        """The folders, and how much mail they hold."""
        return look(self._asking)

    def listing(self, folder: SourceFolder, *, keys: bool = True) -> Iterator[Listed]:
        """Every item of the folder, in the order of arrival, with its key where `keys` are asked for."""
        return listing(self._asking, self._numberings.of(folder.ref), folder, keys=keys)

    def read(self, folder: SourceFolder, uids: Sequence[int]) -> Iterator[SourceMessage]:
        """Those messages; one that is gone is left out.

        Where the server gives some of them not now, or not at all, all others come first, and RetryableError or
        RefusedError after them.
        """
        numbering = self._numberings.of(folder.ref)
        kept_back: list[CodeError] = []
        for part in _parts(numbering, sorted(set(uids))):
            yield from self._given(numbering, part, kept_back)
        for error in sorted(kept_back, key=lambda each: each.code in UNREADABLE):      # what may pass goes first
            _raise_for_message(error)

    def _given(
        self, numbering: Numbering, numbers: list[int], kept_back: list[CodeError]
    ) -> list[SourceMessage]:
        """One request. What the server keeps back is put behind what it kept back before."""
        ids = [numbering.known_id(number) for number in numbers]
        refused: list[CodeError] = []

        def taken(answer: list[etree._Element | CodeError]) -> list[SourceMessage]:
            return list(_messages(numbers, answer, refused))

        size = sum(numbering.size(number) for number in numbers) * 2
        body = f"<m:GetItem>{SHAPE}{item_ids(ids)}</m:GetItem>"
        found = self._asking.read(Question(body, len(ids), size), taken)
        kept_back += refused
        return found

    def spool(self, folder: SourceFolder, uid: int) -> SourceMessage | None:
        """One message, decoded as it comes into an unnamed temporary file; None when it is gone."""
        item_id = self._numberings.of(folder.ref).id(uid)
        if item_id is None:
            return None
        file = tempfile.TemporaryFile()         # noqa: SIM115  # handed to the caller open
        try:
            found = self._spooled(uid, item_id, self._numberings.of(folder.ref).size(uid), file)
        except BaseException:
            file.close()
            raise
        if found is None:
            file.close()
        return found

    def _spooled(self, uid: int, item_id: str, size: int, file: BinaryIO) -> SourceMessage | None:
        through = MimeIntoFile(file)
        body = f"<m:GetItem>{SHAPE}{item_ids([item_id])}</m:GetItem>"

        def taken(answer: list[etree._Element | CodeError]) -> SourceMessage | None:
            if isinstance(answer[0], CodeError):
                _raise_unless_gone(answer[0])
                return None
            item = answer[0].find(f"{MESSAGES}Items/*")
            if item is None or not through.given:
                raise AnswerLostError("The source's answer lacks what was asked for.")
            length = file.tell()
            file.seek(0)
            return message(uid, item, file, length)

        return self._asking.read(Question(body, size=size * 2, through=through), taken)

    def envelopes(self, folder: SourceFolder, uids: Sequence[int]) -> dict[int, Envelope]:
        """What to call those messages in a report."""
        numbering = self._numberings.of(folder.ref)
        there = [uid for uid in sorted(set(uids)) if numbering.id(uid) is not None]
        named: dict[int, Envelope] = {}
        for start in range(0, len(there), NAMED_AT_ONCE):
            part = there[start : start + NAMED_AT_ONCE]
            ids = [numbering.known_id(uid) for uid in part]
            answer = self._asking.all(Question(f"<m:GetItem>{_NAMING}{item_ids(ids)}</m:GetItem>", len(ids)))
            for uid, one in zip(part, answer, strict=True):
                if not isinstance(one, CodeError) and (item := one.find(f"{MESSAGES}Items/*")) is not None:
                    named[uid] = _envelope(item)
        return named

    def close(self) -> None:
        """Tells the source, whose connections it has used; harmless the second time."""
        on_close, self._on_close = self._on_close, None
        if on_close is not None:
            on_close()


def _parts(numbering: Numbering, numbers: Sequence[int]) -> Iterator[list[int]]:
    """The messages that are there, as many at once as one request brings."""
    part: list[int] = []
    size = 0
    for number in numbers:
        if numbering.id(number) is None:
            continue
        if part and (len(part) == MOST_AT_ONCE or size + numbering.size(number) > MOST_BYTES):
            yield part
            part, size = [], 0
        part.append(number)
        size += numbering.size(number)
    if part:
        yield part


def _messages(
    numbers: Sequence[int], answer: Sequence[etree._Element | CodeError], refused: list[CodeError]
) -> Iterator[SourceMessage]:
    refused.clear()
    for number, one in zip(numbers, answer, strict=True):
        if not isinstance(one, CodeError):
            item = one.find(f"{MESSAGES}Items/*")
            if item is None:
                raise AnswerLostError("The source's answer lacks what was asked for.")
            yield held(number, item)
        elif meaning_of(one.code) is not Meaning.GONE:
            refused.append(one)


def _raise_unless_gone(error: CodeError) -> None:
    if meaning_of(error.code) is not Meaning.GONE:
        _raise_for_message(error)


def _raise_for_message(error: CodeError) -> None:
    """Raises RefusedError for a message that the server can never give, else what its code means."""
    if error.code in UNREADABLE:
        raise RefusedError(f"The source cannot give out this message ({error.code}).") from error
    raise_read(error)


def _envelope(item: etree._Element) -> Envelope:
    sender = item.find(f"{TYPES}From/{TYPES}Mailbox")
    name = "" if sender is None else sender.findtext(f"{TYPES}Name") or sender.findtext(f"{TYPES}EmailAddress") or ""
    sent = moment(item, "DateTimeSent")
    date = "" if sent is None else f"{sent:%Y-%m-%d %H:%M}"
    return Envelope(plain(item.findtext(f"{TYPES}Subject") or ""), date, plain(name))
