"""Reads the mail of an Exchange mailbox."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import BinaryIO

from lxml import etree

from engine.connectors.exchange.codes import Meaning, meaning_of
from engine.connectors.exchange.errors import AnswerLostError, CodeError
from engine.connectors.exchange.read import UNREADABLE, moment
from engine.connectors.exchange.reading.asking import Asking, Question, raise_read
from engine.connectors.exchange.reading.content import FOREIGN_PROPERTY, held, message, shape
from engine.connectors.exchange.reading.folders import look
from engine.connectors.exchange.reading.legacy_address import legacy_address
from engine.connectors.exchange.reading.listing import item_ids, listing
from engine.connectors.exchange.reading.numbering import Numbering, Numberings
from engine.connectors.exchange.reading.rebuilt import rebuilt
from engine.connectors.exchange.reading.streamed import MimeIntoFile
from engine.connectors.exchange.soap import MESSAGES, TYPES
from engine.errors import Cause, RefusedError, RetryableError
from engine.messages.envelope import plain
from engine.ports.items import Envelope, Listed, SourceMessage
from engine.ports.source import FolderList, SourceFolder

MOST_AT_ONCE = 50                   # messages in one request
MOST_BYTES = 2 * 1024 * 1024        # of messages in one request, by their listed sizes
NAMED_AT_ONCE = 100
_Refused = tuple[int, CodeError]
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
        """All folders for mail with their roles, those that stay where they are, and the owner's legacyExchangeDN."""
        return replace(self.look()[0], internal_address=legacy_address(self._asking))

    def look(self) -> tuple[FolderList, int, int]:
        """The folders, how much mail they hold, and how many appointments there are."""
        return look(self._asking)

    def listing(self, folder: SourceFolder, *, keys: bool = True) -> Iterator[Listed]:
        """Every item of the folder, in the order of arrival, with its key where `keys` are asked for."""
        return listing(self._asking, self._numberings.of(folder.ref), folder, keys=keys)

    def read(self, folder: SourceFolder, uids: Sequence[int]) -> Iterator[SourceMessage]:
        """Those messages; one that is gone is left out, one that cannot be rendered is put together from its fields.

        Where the server gives some of them not now, or not at all, all others come first, and RetryableError or
        RefusedError after them.
        """
        numbering = self._numberings.of(folder.ref)
        kept_back: list[RetryableError | RefusedError] = []
        for part in parts(numbering, sorted(set(uids))):
            found, refused = self._given(numbering, part)
            yield from found
            for number, error in refused:
                try:
                    message = self._another_way(number, numbering.known_id(number), error)
                except (RetryableError, RefusedError) as why_not:
                    kept_back.append(why_not)
                else:
                    if message is not None:
                        yield message
        for why in sorted(kept_back, key=lambda each: isinstance(each, RefusedError)):     # what may pass goes first
            raise why

    def _given(self, numbering: Numbering, numbers: list[int]) -> tuple[list[SourceMessage], list[_Refused]]:
        """The messages of one request, and what the server says of those that it does not give."""
        ids = [numbering.known_id(number) for number in numbers]
        size = sum(numbering.size(number) for number in numbers) * 2
        body = f"<m:GetItem>{self._shape()}{item_ids(ids)}</m:GetItem>"
        return self._asking.read(Question(body, len(ids), size), lambda answer: _sorted(numbers, answer))

    def _another_way(self, number: int, item_id: str, error: CodeError) -> SourceMessage | None:
        """A message that was refused as it was asked for. None: it is gone. Raises RefusedError, RetryableError."""
        if error.code == FOREIGN_PROPERTY:
            body = f"<m:GetItem>{self._shape(of_messages=False)}{item_ids([item_id])}</m:GetItem>"
            found, refused = self._asking.read(Question(body), lambda answer: _sorted([number], answer))
            if not refused:
                return next(iter(found), None)
            error = refused[0][1]
        if meaning_of(error.code) is Meaning.FATAL:     # of this one, perhaps: whoever asks looks whether others come
            raise RetryableError(f"The source does not let this be read ({error.code}).", cause=Cause.FORBIDDEN)
        if error.code not in UNREADABLE:
            raise_read(error)
        return rebuilt(self._asking, number, item_id)

    def _shape(self, *, of_messages: bool = True) -> str:
        return shape(of_messages=of_messages, since_2013=self._asking.since_2013)

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
        body = f"<m:GetItem>{self._shape()}{item_ids([item_id])}</m:GetItem>"

        def taken(answer: list[etree._Element | CodeError]) -> SourceMessage | CodeError:
            item = answer[0] if isinstance(answer[0], CodeError) else answer[0].find(f"{MESSAGES}Items/*")
            if item is None or not (through.given or isinstance(item, CodeError)):
                raise AnswerLostError("The source's answer lacks what was asked for.")
            return item if isinstance(item, CodeError) else _in_file(uid, item, file)

        found = self._asking.read(Question(body, size=size * 2, through=through), taken)
        if not isinstance(found, CodeError):
            return found
        if meaning_of(found.code) is Meaning.GONE:
            return None
        held = self._another_way(uid, item_id, found)
        return None if held is None else _moved_into(file, held)

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


def parts(numbering: Numbering, numbers: Sequence[int]) -> Iterator[list[int]]:
    """The items that are there, as many at once as one request brings."""
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


def _sorted(
    numbers: Sequence[int], answer: Sequence[etree._Element | CodeError]
) -> tuple[list[SourceMessage], list[_Refused]]:
    """The messages of an answer, and what is said of the others; one that is gone is in neither."""
    found: list[SourceMessage] = []
    refused: list[_Refused] = []
    for number, one in zip(numbers, answer, strict=True):
        if isinstance(one, CodeError):
            if meaning_of(one.code) is not Meaning.GONE:
                refused.append((number, one))
            continue
        item = one.find(f"{MESSAGES}Items/*")
        if item is None:
            raise AnswerLostError("The source's answer lacks what was asked for.")
        found.append(held(number, item))
    return found, refused


def _in_file(uid: int, item: etree._Element, file: BinaryIO) -> SourceMessage:
    length = file.tell()
    file.seek(0)
    return message(uid, item, file, length)


def _moved_into(file: BinaryIO, held: SourceMessage) -> SourceMessage:
    """The same message, in the file."""
    file.seek(0)
    file.truncate()
    file.write(held.mime if isinstance(held.mime, bytes) else held.mime.read())
    file.seek(0)
    return replace(held, mime=file)


def _envelope(item: etree._Element) -> Envelope:
    sender = item.find(f"{TYPES}From/{TYPES}Mailbox")
    name = "" if sender is None else sender.findtext(f"{TYPES}Name") or sender.findtext(f"{TYPES}EmailAddress") or ""
    sent = moment(item, "DateTimeSent")
    date = "" if sent is None else f"{sent:%Y-%m-%d %H:%M}"
    return Envelope(plain(item.findtext(f"{TYPES}Subject") or ""), date, plain(name))
