"""FETCH: what the proxy knows it answers, and what depends on the bytes the server behind does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from emulators.google.imap.behind import BackendError
from emulators.google.imap.budget import Ending
from emulators.google.imap.faults import Cut
from emulators.google.imap.labels import TOLD, Label, System
from emulators.google.imap.mailbox import Message
from emulators.google.imap.numbers import picked
from emulators.google.imap.session import AnsweredError, Session
from emulators.google.imap.syntax import astring, encoded, inside, quoted
from emulators.google.imap.wire import EXPIRED, EndedError

_MACROS = {
    b"ALL": [b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", b"ENVELOPE"],
    b"FAST": [b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE"],
    b"FULL": [b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", b"ENVELOPE", b"BODY"],
}
_OWN = (b"X-GM-THRID", b"X-GM-MSGID", b"X-GM-LABELS", b"UID", b"MODSEQ", b"FLAGS")
_BEHIND = re.compile(rb"ENVELOPE|INTERNALDATE|RFC822(?:\.SIZE|\.HEADER|\.TEXT)?|BODYSTRUCTURE|BODY"
                     rb"|BODY(?:\.PEEK)?\[[^\]]*\](?:<\d+\.\d+>)?", re.IGNORECASE)
_SEES = re.compile(rb"RFC822(?:\.TEXT)?|BODY\[.*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: what the proxy answers, what the server behind does, and whether reading it marks it read."""

    own: frozenset[bytes]
    behind: Sequence[bytes]
    sees: bool


def fetch(session: Session, arguments: Sequence[bytes], *, by_uid: bool = False) -> str:
    """FETCH and UID FETCH. What has left the folder is passed over (RFC 2180 §4.1.3)."""
    if not 2 <= len(arguments) <= 3:
        raise AnsweredError("BAD Could not parse command")
    since = _changed_since(arguments[2]) if len(arguments) == 3 else None
    wanted = _wanted(arguments[1], by_uid=by_uid, numbered=since is not None)
    session.counts_changes |= b"MODSEQ" in wanted.own
    selected = session.open_folder
    folder = session.owner.mailbox.folders.get(selected.folder)
    there = folder.uids if folder else {}
    rows = [row for row in picked(selected, arguments[0], by_uid=by_uid)
            if there.get(row[2].msgid) == row[1] and (since is None or row[2].modseq > since)]
    try:
        for number, uid, message, held in _answers(session, rows, wanted):
            _send(session, number, _own(session, uid, message, wanted, seen_now=_see(session, message, wanted)) + held)
    except BackendError as error:
        raise AnsweredError(str(error)) from error
    return "OK Success"


def _changed_since(modifiers: bytes) -> int:
    """The one modifier that there is (RFC 7162 §3.1.4.1)."""
    given = inside(modifiers)
    if len(given) != 2 or given[0].upper() != b"CHANGEDSINCE" or not given[1].isdigit():
        raise AnsweredError("BAD Could not parse command")
    return int(given[1])


def _wanted(value: bytes, *, by_uid: bool, numbered: bool) -> Wanted:
    items = inside(value) if value.startswith(b"(") else _MACROS.get(value.upper(), [value])
    own = {item.upper() for item in items if item.upper() in _OWN} | ({b"UID"} if by_uid else set())
    own |= {b"MODSEQ"} if numbered else set()
    behind = [item for item in items if item.upper() not in _OWN]
    if not items or not all(_BEHIND.fullmatch(item) for item in behind):
        raise AnsweredError("BAD Could not parse command")
    return Wanted(frozenset(own), behind, any(_SEES.fullmatch(item) for item in behind))


def _answers(
    session: Session, rows: Iterable[tuple[int, int, Message]], wanted: Wanted
) -> Iterator[tuple[int, int, Message, list[bytes]]]:
    """Sequence number, UID, message, and what the server behind says of it."""
    if not wanted.behind:
        yield from ((*row, []) for row in rows)
        return
    by_stored = {row[2].stored: row for row in rows}
    if not by_stored:
        return
    for stored, held in session.behind.fetch(list(by_stored), wanted.behind):
        yield (*by_stored[stored], [part for name, value in held.items() for part in (name, value)])


def _see(session: Session, message: Message, wanted: Wanted) -> bool:
    """Mark a message as read when reading does so. True: it was unread until now (RFC 3501 §6.4.5)."""
    if not wanted.sees or session.open_folder.read_only or "\\Seen" in message.flags:
        return False
    session.owner.mailbox.mark(message.msgid, add=["\\Seen"])
    return True


def _own(session: Session, uid: int, message: Message, wanted: Wanted, *, seen_now: bool) -> list[bytes]:
    told: dict[bytes, bytes] = {
        b"X-GM-THRID": b"%d" % message.thread, b"X-GM-MSGID": b"%d" % message.msgid,
        b"X-GM-LABELS": told_labels(session, message), b"UID": b"%d" % uid, b"MODSEQ": b"(%d)" % message.modseq,
        b"FLAGS": b"(" + " ".join(message.imap_flags).encode() + b")",
    }
    asked = wanted.own | ({b"FLAGS"} if seen_now else set())
    return [part for name in _OWN if name in asked for part in (name, told[name])]


def told_labels(session: Session, message: Message) -> bytes:
    """The value of X-GM-LABELS; that of the selected folder is left out (github.com/dlech/gmailbuttons/issues/10)."""
    told = [one for one in message.labels if one in TOLD or isinstance(one, str)]
    shown = [one for one in told if one is not session.open_folder.folder and one != session.open_folder.folder]
    if not session.house.settings.hidden_labels_told:
        shown = [one for one in shown if one not in session.settings.hidden]
    plain = not session.house.settings.quoted_system_labels
    return b"(" + b" ".join(sorted(_label(one, plain=plain) for one in shown)) + b")"


def _label(label: Label, *, plain: bool) -> bytes:
    if isinstance(label, System):
        return label.value.encode() if plain else quoted(label.value.encode())
    return astring(encoded(label))


def _send(session: Session, number: int, parts: Sequence[bytes]) -> None:
    """Send one response, unless the account is spent or the session is to be cut here."""
    budget = session.owner.budget
    if budget.ending is not Ending.CRAWL and budget.over():
        raise EndedError(EXPIRED)
    line = b"* %d FETCH (" % number + b" ".join(parts) + b")\r\n"
    cut = session.owner.trouble.next_message()
    if cut is Cut.TORN:
        session.wire.send(line[:len(line) // 2])
    if cut:
        raise EndedError(EXPIRED if cut is Cut.BYE else "")
    session.wire.send(line)
