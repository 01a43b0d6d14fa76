"""Lists a folder in windows of UIDs, so that a million messages need the memory of a thousand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.connectors.imap import failures, untold
from engine.connectors.imap.fetch_response import Fetched
from engine.connectors.imap.marks import is_deleted
from engine.connectors.imap.session import DeclinedError, Opened, Session
from engine.connectors.imap.steady import BrokenOffError, SpentError, SteadySession
from engine.errors import RefusedError, RenumberedError, RetryableError
from engine.messages.source_key import BY_ID, BY_TRACE, KEY_SIZE, START_READ, key_by_id, key_by_trace, message_key
from engine.ports.items import Listed
from engine.ports.source import SourceFolder
from engine.words import number

WINDOW = 1000           # messages asked for at once
BORDERS = 500           # message numbers in one command
HEADERS = 50            # longer headers, or beginnings of messages, in one command
MOST_DECLINED = 200     # commands for UIDs by number, of one folder, before it is the folder that is refused

_LAST_UID = 2**32 - 1
_PLAIN = b"UID FLAGS RFC822.SIZE"
_KEYED = b"%s BODY.PEEK[HEADER.FIELDS (%s)]" % (_PLAIN, " ".join(BY_ID).encode())
_UNREAD = b"(UID FLAGS)"
_TRACE = b"(UID BODY.PEEK[HEADER.FIELDS (%s)])" % " ".join(BY_TRACE).encode()
_START = b"(UID BODY.PEEK[]<0.%d>)" % START_READ


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked for of each message: what its key needs, if it has one under that `validity`, and `more`."""

    validity: int | None
    more: bytes

    @property
    def ways(self) -> tuple[bytes, ...]:
        """The items, with header fields first if they are needed, and without them."""
        plain = b"(%s%s)" % (_PLAIN, self.more)
        return (plain,) if self.validity is None else (b"(%s%s)" % (_KEYED, self.more), plain)


def listing(
    steady: SteadySession, folder: SourceFolder, *, keys: bool = True, window: int = WINDOW
) -> Iterator[Listed]:
    """Every message of the folder, as `shown` gives them."""
    for item, key in shown(steady, folder, keys=keys, window=window):
        yield Listed(item.uid or 0, item.size or 0, key, deleted=is_deleted(item.flags or ()))


def shown(
    steady: SteadySession, folder: SourceFolder, *, keys: bool, more: bytes = b"", beyond: int = 0, seen: int = 0,
    window: int = WINDOW,
) -> Iterator[tuple[Fetched, bytes]]:
    """Every message of the folder in the order of its UIDs, which is that of arrival (RFC 3501 §2.3.1.1), with its key.

    Where `keys` are asked for, header fields are read as well; most messages need four of them. `more` are Gmail's
    items, if they are to be asked for: labels that stay None are not told, however often the server is asked.
    A listing that was broken off goes on `beyond` that UID, after `seen` messages, if the folder is numbered as it was;
    else it raises RenumberedError.
    The windows' borders are asked for by message number, so that a window holds as many messages in a folder with
    large gaps between its UIDs. The last window has no end: what a server says of its next UID may be untrue.
    RefusedError at the end: the server counts more messages than it shows.
    """
    opened = steady.look_again(folder) if beyond else steady.open(folder)
    if not opened.exists and not _holds_uncounted(steady, folder, opened):
        return
    asked, well = _Asked(opened.validity if keys else None, more), beyond
    for renewed in (False, True):
        if renewed:
            steady.renew(folder)
        for first, last in _windows(steady, folder, opened, window):
            if last <= beyond:
                continue
            for item, key in _window(steady, folder, (max(first, beyond + 1), last), asked, well):
                well = well if item.is_untold else item.uid or well
                seen += 1
                yield item, key
        if seen or not opened.exists:      # a connection that shows nothing of what it counts may have gone bad
            break
    if seen < opened.exists:
        _check_hidden(steady, folder, opened, seen)


def _holds_uncounted(steady: SteadySession, folder: SourceFolder, opened: Opened) -> bool:
    """True: a folder that counts no messages shows some. One that never had any is not asked."""
    if opened.next_uid == 1:
        return False
    try:
        return bool(steady.fetch(folder, b"1:%d" % _LAST_UID, b"(UID)"))
    except (RefusedError, BrokenOffError):
        return False        # some servers refuse what finds nothing


def _check_hidden(steady: SteadySession, folder: SourceFolder, opened: Opened, shown: int) -> None:
    """Messages may have gone meanwhile. If as many are there as before and none is new, some were not shown."""
    now = steady.look_again(folder)
    if now.next_uid == opened.next_uid and now.exists > shown:
        counted = number(now.exists, "message")
        raise RefusedError(f"{steady.host} counts {counted} here, but shows only {shown:,} of them.")


def _windows(steady: SteadySession, folder: SourceFolder, opened: Opened, window: int) -> Iterator[tuple[int, int]]:
    borders = [1]
    numbers = range(1 + window, opened.exists + 1, window)
    for start in range(0, len(numbers), BORDERS):
        borders += _uids(steady, folder, numbers[start:start + BORDERS], beyond=borders[-1])
    for first, following in zip(borders, [*borders[1:], _LAST_UID + 1], strict=True):
        yield first, following - 1


def _uids(steady: SteadySession, folder: SourceFolder, numbers: Sequence[int], *, beyond: int) -> list[int]:
    """The UIDs of messages by their numbers. One that is missing makes a window larger, nothing worse."""
    chosen = b",".join(b"%d" % number for number in numbers)

    def ask(session: Session) -> list[Fetched]:
        return session.fetch(chosen, b"(UID)", by_uid=False)

    return sorted({item.uid for item in steady.in_folder(folder, ask) if item.uid and item.uid > beyond})


def _window(
    steady: SteadySession, folder: SourceFolder, uids: tuple[int, int], asked: _Asked, well: int
) -> Iterator[tuple[Fetched, bytes]]:
    """The messages from one UID to another, with keys where these are asked for. `well` is as for `untold.complete`."""
    (first, last), validity = uids, asked.validity
    answers = _facts(steady, folder, b"%d:%d" % uids, asked, well)
    there = sorted(uid for uid in answers if first <= uid <= last)      # n:m may name others, RFC 3501 §6.4.8
    found = {uid: answers[uid] for uid in there}
    if asked.more:
        untold.complete(steady, folder, found, asked.ways, well=well)
    keys = {} if validity is None else _keys(steady, folder, {uid: found[uid].body or b"" for uid in there}, validity)
    for uid in there:
        yield found[uid], keys.get(uid, b"")


def _keys(steady: SteadySession, folder: SourceFolder, fields: dict[int, bytes], validity: int) -> dict[int, bytes]:
    """The key of each message, by as little of it as tells the key."""
    keys = {uid: key_by_id(header) for uid, header in fields.items()}
    traces = _sections(steady, folder, [uid for uid, key in keys.items() if key is None], _TRACE)
    keys |= {uid: key_by_trace(header) for uid, header in traces.items()}
    starts = _sections(steady, folder, [uid for uid in traces if keys[uid] is None], _START)
    keys |= {uid: message_key(start) for uid, start in starts.items()}
    return {uid: key or _key_by_uid(steady.host, validity, uid) for uid, key in keys.items()}


def _key_by_uid(host: str, validity: int, uid: int) -> bytes:
    """The last resort, for a message that the server lists and does not give out."""
    return hashlib.sha256(f"uid\n{host.lower()}\n{validity}\n{uid}".encode()).digest()[:KEY_SIZE]


def _facts(
    steady: SteadySession, folder: SourceFolder, messages: bytes, asked: _Asked, well: int
) -> dict[int, Fetched]:
    """What is listed of each message. One that the server cannot read does not hide the others."""
    items, plain = asked.ways[0], asked.ways[-1]
    try:
        return steady.fetch(folder, messages, items)
    except (RenumberedError, SpentError):
        raise
    except (RefusedError, RetryableError) as error:
        if error.of_folder:
            raise
        is_unwell = isinstance(error, RetryableError)
        found = _unread(steady, folder, messages)
    there = sorted(found)
    if asked.more and is_unwell and there:
        samples = [well] if well else [there[0], there[len(there) // 2], there[-1]]
        untold.check_well(steady, folder, samples, plain)
    each = steady.fetch_each(folder, there, items, patient=False)
    return found | {uid: item for uid, item in each.items() if not item.refused}    # reading the others will say why


def _unread(steady: SteadySession, folder: SourceFolder, messages: bytes) -> dict[int, Fetched]:
    """The messages of a range of UIDs, with their flags where all of these can be told at once."""
    try:
        return steady.fetch(folder, messages, _UNREAD)
    except (RenumberedError, SpentError):
        raise
    except (RefusedError, RetryableError):
        first, _, last = messages.partition(b":")
        there = steady.in_folder(folder, _by_number)
    return {uid: Fetched(uid) for uid in there if int(first) <= uid <= int(last)}


def _by_number(session: Session) -> set[int]:
    """The UIDs of a folder's messages, asked for by their numbers: those are without gaps.

    Numbers keep their meaning as long as nothing but FETCH is asked for (RFC 3501 §7.4.1). Messages over which a
    server says NO even so are found out by halves, and left out.
    """
    declined = 0

    def told(first: int, last: int) -> set[int]:
        nonlocal declined
        try:
            items = session.fetch(b"%d:%d" % (first, last), b"(UID)", by_uid=False)
            return {item.uid for item in items if item.uid}
        except DeclinedError as error:
            declined += 1
            if failures.is_passing(error.words) or declined > MOST_DECLINED:
                raise
        if first == last:
            return set()
        middle = (first + last) // 2
        return told(first, middle) | told(middle + 1, last)

    assert session.folder is not None, "in_folder opens it"
    exists = session.examine(session.folder).exists
    return set().union(*(told(start, min(start + WINDOW - 1, exists)) for start in range(1, exists + 1, WINDOW)))


def _sections(steady: SteadySession, folder: SourceFolder, uids: Sequence[int], items: bytes) -> dict[int, bytes]:
    """The section of each message that is given out."""
    sections: dict[int, bytes] = {}
    for start in range(0, len(uids), HEADERS):
        found = steady.fetch_each(folder, uids[start:start + HEADERS], items, patient=False)
        sections |= {uid: item.body for uid, item in found.items() if item.body is not None}
    return sections
