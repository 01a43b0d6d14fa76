"""What a folder holds: by SyncFolderItems, page by page, each time from where the last time ended.

[MS-OXWSSYNC] 3.1.4.2: a first synchronization names every item of the folder, a later one what has changed since. It is
stable while mail arrives, which paging with offsets is not. Keys cost a request of their own: a synchronization does
not promise the address of a sender.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email.utils import format_datetime

from lxml import etree

from engine.connectors.exchange.errors import AnswerLostError, CodeError
from engine.connectors.exchange.read import PAGE, moment
from engine.connectors.exchange.reading.asking import Asking, Question, raise_read
from engine.connectors.exchange.reading.numbering import BESIDE, MESSAGE, OTHER, Numbering, Seen
from engine.connectors.exchange.session import Through
from engine.connectors.exchange.soap import MESSAGES, TYPES, attribute, text
from engine.errors import Cause, RefusedError, RetryableError, StateLostError
from engine.messages.source_key import key_by_id
from engine.migration.content import Content
from engine.ports.items import Listed
from engine.ports.source import Role, SourceFolder

KEYS_AT_ONCE = 100      # messages in one request
LONGEST_SIZE = 18       # digits
MOST_IDLE = 50          # pages in a row that name nothing new and say that there is more
DENIED = "ErrorAccessDenied"
# What a folder for mail gives as mail: the elements of messages, posts and meeting messages ([MS-OXWSMSG],
# [MS-OXWSPOST], [MS-OXWSMTGS]); Item is whatever has no element of its own.
MAIL_ELEMENTS = frozenset(f"{TYPES}{name}" for name in (
    "Item", "Message", "PostItem", "MeetingMessage", "MeetingRequest", "MeetingResponse", "MeetingCancellation",
))
_SHAPE = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="item:Size"/><t:FieldURI FieldURI="item:DateTimeReceived"/>{}'
    "</t:AdditionalProperties></m:ItemShape>"
)
_KEY_SHAPE = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="item:Subject"/><t:FieldURI FieldURI="item:DateTimeSent"/>'
    '<t:FieldURI FieldURI="message:From"/><t:FieldURI FieldURI="message:InternetMessageId"/>'
    "</t:AdditionalProperties></m:ItemShape>"
)


@dataclass(frozen=True, slots=True)
class Sought:
    """What a folder is listed for: the elements of its content; `more` fields of a synchronization tell the `key`.

    Without a `key`, keys cost a request of their own, for those of messages. `beside` is an element that lies in the
    same folders, and the content that it is of. Where `item_class` is named, only items of that class are of it, and of
    those derived from it.
    """

    elements: frozenset[str]
    more: str = ""
    key: Callable[[etree._Element], bytes] | None = None
    beside: tuple[str, Content] | None = None
    item_class: str = ""

    def kind(self, item: etree._Element) -> int:
        """What an item is for it, as in a Numbering."""
        if item.tag in self.elements:
            return MESSAGE if self._is_of_class(item) else OTHER
        return BESIDE if self.beside is not None and item.tag == self.beside[0] else OTHER

    def _is_of_class(self, item: etree._Element) -> bool:
        if not self.item_class:
            return True
        known, wanted = (item.findtext(f"{TYPES}ItemClass") or "").lower(), self.item_class.lower()
        return known == wanted or known.startswith(f"{wanted}.")


MAIL = Sought(MAIL_ELEMENTS)


def listing(
    asking: Asking, numbering: Numbering, folder: SourceFolder, *, keys: bool, sought: Sought = MAIL
) -> Iterator[Listed]:
    """Every item of the folder in the order of arrival, with its key where `keys` are asked for.

    A message without Message-ID has no key in a listing. Raises RefusedError, FatalError, RetryableError.
    """
    with numbering.lock:
        _bring_up_to_date(asking, numbering, folder, sought)
        messages, others, beside = numbering.messages(), list(numbering.others()), list(numbering.beside())
    for start in range(0, len(messages), KEYS_AT_ONCE):
        part = messages[start : start + KEYS_AT_ONCE]
        told = _keys(asking, numbering, part) if keys else [b""] * len(part)
        for number, key in zip(part, told, strict=True):
            yield Listed(
                number, numbering.size(number), key, received=numbering.received(number),
                modified=numbering.modified(number),
            )
    for number in others:
        yield Listed(number, numbering.size(number), b"", other=True)
    for number in beside:
        yield Listed(number, numbering.size(number), b"", other=True, of=sought.beside and sought.beside[1])


def _bring_up_to_date(asking: Asking, numbering: Numbering, folder: SourceFolder, sought: Sought) -> None:
    """Raises RetryableError where the server forgets again what it has told since: that is no word on the folder."""
    try:
        _synchronize(asking, numbering, folder, sought)
    except StateLostError:
        numbering.empty()
        try:
            _synchronize(asking, numbering, folder, sought)
        except StateLostError as error:
            numbering.empty()
            raise RetryableError(str(error), cause=Cause.OTHER) from error


def _synchronize(asking: Asking, numbering: Numbering, folder: SourceFolder, sought: Sought) -> None:
    known = numbering.numbers()
    rounds = _Rounds()
    last = False
    while not last:
        asking.heed_stop()
        page = Question(_page(folder.ref, numbering.state, sought))
        message = asking.read(page, lambda answer: _opened(answer[0], folder))
        reached = message.findtext(f"{MESSAGES}SyncState")
        end = message.findtext(f"{MESSAGES}IncludesLastItemInRange")
        if not reached or end not in ("true", "1", "false", "0"):
            raise AnswerLostError("The source's answer lacks what was asked for.")
        changes = message.findall(f"{MESSAGES}Changes/*")
        taken = [_take(change, numbering, known, sought) for change in changes]
        numbering.state, last = reached, end in ("true", "1")
        if not last and not rounds.advance(reached, taken):
            numbering.empty()
            raise AnswerLostError("The source lists a folder in circles.")


class _Rounds:
    """Tells a synchronization that advances from one that never ends."""

    def __init__(self) -> None:
        self._states: set[int] = set()      # by their hashes: a state may have many kilobytes
        self._taken = bytearray()           # a byte for each number that a page has named
        self._idle = 0                      # pages that named nothing new, in a row

    def advance(self, state: str, taken: Sequence[int | None]) -> bool:
        """Takes note of a page with more to come, and of the numbers of its items.

        False: its state came before, or too many pages in a row named nothing that an earlier one had not named.
        """
        seen = hash(state)
        again = seen in self._states
        self._states.add(seen)
        news = sum(self._is_new(number) for number in taken)
        self._idle = 0 if news else self._idle + 1
        return not again and self._idle < MOST_IDLE

    def _is_new(self, number: int | None) -> bool:
        if number is None:
            return False
        self._taken.extend(bytes(max(0, number + 1 - len(self._taken))))
        is_new = not self._taken[number]
        self._taken[number] = True
        return is_new


def _opened(message: etree._Element | CodeError, folder: SourceFolder) -> etree._Element:
    """The message. RefusedError: the folder is closed to this account; where it is the inbox, the mailbox is."""
    if isinstance(message, CodeError):
        if message.code == DENIED and folder.role is not Role.INBOX:
            raise RefusedError("The source does not let this account read the folder.") from message
        raise_read(message)
    return message


def _page(folder_id: str, state: str, sought: Sought) -> str:
    since = f"<m:SyncState>{text(state)}</m:SyncState>" if state else ""
    return (
        f"<m:SyncFolderItems>{_SHAPE.format(sought.more)}"
        f"<m:SyncFolderId><t:FolderId Id={attribute(folder_id)}/></m:SyncFolderId>{since}"
        f"<m:MaxChangesReturned>{PAGE}</m:MaxChangesReturned></m:SyncFolderItems>"
    )


def _take(change: etree._Element, numbering: Numbering, known: dict[str, int], sought: Sought) -> int | None:
    """Takes up a change. Returns the number of its item; None: nobody knows it."""
    if change.tag == f"{TYPES}Delete":
        number = known.get(_id(change))
        if number is not None:
            numbering.remove(number)
        return number
    if change.tag == f"{TYPES}ReadFlagChange":
        return known.get(_id(change))
    if not len(change):
        return None
    seen = _seen(change[0], sought)
    numbering.put(seen, known)
    if sought.key is not None:
        numbering.learn(known[seen.id], sought.key(change[0]))
    return known[seen.id]


def _seen(item: etree._Element, sought: Sought) -> Seen:
    size = item.findtext(f"{TYPES}Size") or ""
    return Seen(
        _id(item), int(size) if size.isdecimal() and len(size) <= LONGEST_SIZE else 0,
        moment(item, "DateTimeReceived"), sought.kind(item), moment(item, "LastModifiedTime"),
    )


def _id(element: etree._Element) -> str:
    found = element.find(f"{TYPES}ItemId")
    return "" if found is None else found.get("Id") or ""


def about_items(ids: Sequence[str], shape: str, *, size: int = 0, through: Through | None = None) -> Question:
    """The question for those items, in that shape; `size` and `through` are as for `Question`."""
    listed = "".join(f"<t:ItemId Id={attribute(each)}/>" for each in ids)
    body = f"<m:GetItem>{shape}<m:ItemIds>{listed}</m:ItemIds></m:GetItem>"
    return Question(body, len(ids), size, through, ids)


def _keys(asking: Asking, numbering: Numbering, numbers: Sequence[int]) -> list[bytes]:
    """The key of each message; b"" where it has no Message-ID, or where the server does not say.

    What the server has told is kept, so that a pause costs nothing that came before it.
    """
    if lacking := [number for number in numbers if numbering.key(number) is None]:
        asking.heed_stop()
        _learn(asking, numbering, lacking)
    return [numbering.key(number) or b"" for number in numbers]


def _learn(asking: Asking, numbering: Numbering, numbers: Sequence[int]) -> None:
    """Asks for the keys of messages.

    One over which the server breaks off each time, while it answers for others, keeps nothing of its folder back.
    """
    ids = [numbering.known_id(number) for number in numbers]
    try:
        answer = asking.all(about_items(ids, _KEY_SHAPE))
    except RetryableError as error:
        if error.back_off is not None or not asking.answers():
            raise
        _learn_apart(asking, numbering, numbers)
        return
    for number, message in zip(numbers, answer, strict=True):
        if not isinstance(message, CodeError):
            numbering.learn(number, _key(message))


def _learn_apart(asking: Asking, numbering: Numbering, numbers: Sequence[int]) -> None:
    middle = len(numbers) // 2
    for part in (numbers[:middle], numbers[middle:]) if middle else ():
        _learn(asking, numbering, part)


def _key(message: etree._Element) -> bytes:
    item = message.find(f"{MESSAGES}Items/*")
    message_id = "" if item is None else item.findtext(f"{TYPES}InternetMessageId")
    return key_by_id(_header(item, message_id)) or b"" if item is not None and message_id else b""


def _header(item: etree._Element, message_id: str) -> bytes:
    """The fields that make the key, as a header: by what the server knows of the message, and not by its bytes."""
    sent = moment(item, "DateTimeSent")
    fields = {
        "Message-ID": message_id,
        "Date": "" if sent is None else format_datetime(sent),
        "From": item.findtext(f"{TYPES}From/{TYPES}Mailbox/{TYPES}EmailAddress") or "",
        "Subject": item.findtext(f"{TYPES}Subject") or "",
    }
    return "".join(f"{name}: {' '.join(value.split())}\n" for name, value in fields.items() if value).encode()
