"""Reads the mail of an Exchange mailbox."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from typing import BinaryIO

from lxml import etree

from engine.connectors.exchange.codes import Meaning, meaning_of
from engine.connectors.exchange.errors import AnswerLostError, CodeError
from engine.connectors.exchange.read import UNREADABLE, moment
from engine.connectors.exchange.reading.asking import Asking, raise_read
from engine.connectors.exchange.reading.content import FOREIGN_PROPERTY, held, message, shape
from engine.connectors.exchange.reading.folders import look
from engine.connectors.exchange.reading.legacy_address import legacy_address
from engine.connectors.exchange.reading.listing import about_items, listing
from engine.connectors.exchange.reading.numbering import Numbering, Numberings
from engine.connectors.exchange.reading.portions import named, parts
from engine.connectors.exchange.reading.rebuilt import rebuilt
from engine.connectors.exchange.reading.streamed import IntoFile
from engine.connectors.exchange.soap import MESSAGES, TYPES
from engine.errors import Cause, RefusedError, RetryableError
from engine.messages.envelope import plain
from engine.ports.items import Envelope, Listed, SourceMessage
from engine.ports.source import FolderList, SourceFolder

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
        return self._asking.read(about_items(ids, self._shape(), size=size), lambda answer: _sorted(numbers, answer))

    def _another_way(self, number: int, item_id: str, error: CodeError) -> SourceMessage | None:
        """A message that was refused as it was asked for. None: it is gone. Raises RefusedError, RetryableError."""
        if error.code == FOREIGN_PROPERTY:
            question = about_items([item_id], self._shape(of_messages=False))
            found, refused = self._asking.read(question, lambda answer: _sorted([number], answer))
            if not refused:
                return next(iter(found), None)
            error = refused[0][1]
        file = BytesIO()
        return replace(self._put_together(number, item_id, error, file), mime=file.getvalue())

    def _put_together(self, number: int, item_id: str, error: CodeError, file: BinaryIO) -> SourceMessage:
        """A message that cannot be rendered, in the file. Raises RefusedError, RetryableError."""
        if meaning_of(error.code) is Meaning.FATAL:     # of this one, perhaps: whoever asks looks whether others come
            raise RetryableError(f"The source does not let this be read ({error.code}).", cause=Cause.FORBIDDEN)
        if error.code not in UNREADABLE:
            raise_read(error)
        return rebuilt(self._asking, number, item_id, file)

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
        found = self._rendered(uid, item_id, size, file)
        if isinstance(found, CodeError) and found.code == FOREIGN_PROPERTY:
            found = self._rendered(uid, item_id, size, file, of_messages=False)
        if not isinstance(found, CodeError):
            return found
        return None if meaning_of(found.code) is Meaning.GONE else self._put_together(uid, item_id, found, file)

    def _rendered(
        self, uid: int, item_id: str, size: int, file: BinaryIO, *, of_messages: bool = True
    ) -> SourceMessage | CodeError:
        """The message as the server renders it, decoded into the file; what the server says where it does not."""
        through = IntoFile(file)
        question = about_items([item_id], self._shape(of_messages=of_messages), size=size * 2, through=through)

        def taken(answer: list[etree._Element | CodeError]) -> SourceMessage | CodeError:
            item = answer[0] if isinstance(answer[0], CodeError) else answer[0].find(f"{MESSAGES}Items/*")
            if item is None or not (through.given or isinstance(item, CodeError)):
                raise AnswerLostError("The source's answer lacks what was asked for.")
            return item if isinstance(item, CodeError) else _in_file(uid, item, file)

        return self._asking.read(question, taken)

    def envelopes(self, folder: SourceFolder, uids: Sequence[int]) -> dict[int, Envelope]:
        """What to call those messages in a report."""
        return named(self._asking, self._numberings.of(folder.ref), uids, _NAMING, _envelope)

    def close(self) -> None:
        """Tells the source, whose connections it has used; harmless the second time."""
        on_close, self._on_close = self._on_close, None
        if on_close is not None:
            on_close()


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


def _envelope(item: etree._Element) -> Envelope:
    sender = item.find(f"{TYPES}From/{TYPES}Mailbox")
    name = "" if sender is None else sender.findtext(f"{TYPES}Name") or sender.findtext(f"{TYPES}EmailAddress") or ""
    sent = moment(item, "DateTimeSent")
    date = "" if sent is None else f"{sent:%Y-%m-%d %H:%M}"
    return Envelope(plain(item.findtext(f"{TYPES}Subject") or ""), date, plain(name))
