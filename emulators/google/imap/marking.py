"""STORE: flags, of which a star and a draft are labels. Labels themselves are changed by their owner alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from emulators.google.imap.labels import System
from emulators.google.imap.numbers import picked
from emulators.google.imap.session import AnsweredError, Session
from emulators.google.imap.syntax import inside

_ITEM = re.compile(rb"([+-]?)FLAGS(\.SILENT)?", re.IGNORECASE)
_SYSTEM = {"\\SEEN": "\\Seen", "\\ANSWERED": "\\Answered", "\\DELETED": "\\Deleted", "\\FLAGGED": "\\Flagged"}


def store(session: Session, arguments: Sequence[bytes], *, by_uid: bool = False) -> str:
    """STORE and UID STORE of flags. In a folder opened by EXAMINE, and for X-GM-LABELS, NO."""
    arguments, since = _unchanged_since(arguments)
    if len(arguments) < 3:
        raise AnsweredError("BAD Could not parse command")
    item = _ITEM.fullmatch(arguments[1])
    if session.open_folder.read_only or b"X-GM-LABELS" in arguments[1].upper():
        raise AnsweredError("NO [CANNOT] STORE attempt on READ-ONLY folder (Failure)")
    if not item or not item[1]:
        raise AnsweredError("BAD Could not parse command")
    given = inside(arguments[2]) if arguments[2].startswith(b"(") else arguments[2:]
    flags = [_SYSTEM.get(one.decode().upper(), one.decode()) for one in given]
    rows = picked(session.open_folder, arguments[0], by_uid=by_uid)
    changed = [row for row in rows if since is not None and row[2].modseq > since]
    for number, uid, message in (row for row in rows if row not in changed):
        _mark(session, message.msgid, flags, sets=item[1] == b"+")
        if not item[2]:
            told = (b"UID %d " % uid if by_uid else b"") + b"FLAGS (" + " ".join(message.imap_flags).encode() + b")"
            session.say(b"%d FETCH (" % number + told + b")")
    told_changed = ",".join(str(row[1] if by_uid else row[0]) for row in changed)
    return f"OK [MODIFIED {told_changed}] Conditional STORE failed" if changed else "OK Success"


def _unchanged_since(arguments: Sequence[bytes]) -> tuple[Sequence[bytes], int | None]:
    """What is left without the modifier, and its number (RFC 7162 §3.1.3)."""
    given = inside(arguments[1]) if len(arguments) > 1 and arguments[1].startswith(b"(") else []
    if not given:
        return arguments, None
    if len(given) != 2 or given[0].upper() != b"UNCHANGEDSINCE" or not given[1].isdigit():
        raise AnsweredError("BAD Could not parse command")
    return [arguments[0], *arguments[2:]], int(given[1])


def _mark(session: Session, msgid: int, flags: Sequence[str], *, sets: bool) -> None:
    mailbox = session.owner.mailbox
    stars = [System.STARRED] if "\\Flagged" in flags else []
    plain = [one for one in flags if one != "\\Flagged"]
    if sets:
        mailbox.mark(msgid, add=plain)
        mailbox.relabel(msgid, add=stars)
    else:
        mailbox.mark(msgid, remove=plain)
        mailbox.relabel(msgid, remove=stars)
