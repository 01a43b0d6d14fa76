"""What looks at folders as a whole: LIST and its kin, STATUS, NAMESPACE, quotas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emulators.google.imap.labels import ATTRIBUTES, Label
from emulators.google.imap.listing import listed_attributes, matcher, xlist_attributes
from emulators.google.imap.mailbox import Folder
from emulators.google.imap.session import AnsweredError, Session
from emulators.google.imap.syntax import decoded, encoded, inside, quoted, text

_BAD = "BAD Could not parse command"
_QUOTA = 15 * 1024 * 1024       # KiB; what an account without a subscription has
_STATUS = (b"MESSAGES", b"RECENT", b"UIDNEXT", b"UIDVALIDITY", b"UNSEEN", b"HIGHESTMODSEQ")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A LIST: where to look for what, which folders count, and what is told beside."""

    reference: bytes
    patterns: Sequence[bytes]
    special_alone: bool = False
    status: Sequence[bytes] = ()


def list_folders(session: Session, arguments: Sequence[bytes]) -> str:
    """LIST, with RFC 5258's options where they are given."""
    asked = _asked(arguments)
    folders = session.folders
    if not any(asked.patterns):
        session.say(b'LIST (\\Noselect) "/" "/"')
        return "OK Success"
    patterns = [matcher(decoded(asked.reference), decoded(one)) for one in asked.patterns]
    for path, folder in folders.items():
        if any(one.fullmatch(path) for one in patterns):
            attributes = listed_attributes(path, folder, folders)
            if asked.special_alone and folder not in ATTRIBUTES:
                continue
            _tell(session, b"LIST", attributes, path)
            if asked.status and folder is not None:
                _tell_status(session, path, folder, asked.status)
    return "OK Success"


def _asked(arguments: Sequence[bytes]) -> _Asked:
    rest, selection, returned = list(arguments), [], []
    if rest and rest[0].startswith(b"("):
        selection = [one.upper() for one in inside(rest.pop(0))]
    if len(rest) == 4 and rest[2].upper() == b"RETURN":
        returned = inside(rest[3])
        rest = rest[:2]
    if len(rest) != 2 or not set(selection) <= {b"SPECIAL-USE", b"SUBSCRIBED", b"REMOTE"}:
        raise AnsweredError(_BAD)
    patterns = inside(rest[1]) if rest[1].startswith(b"(") else [rest[1]]
    return _Asked(text(rest[0]), [text(one) for one in patterns], b"SPECIAL-USE" in selection, _status_asked(returned))


def _status_asked(returned: Sequence[bytes]) -> Sequence[bytes]:
    status: Sequence[bytes] = ()
    for before, one in zip([b"", *returned], returned, strict=False):
        if one.startswith(b"("):
            if before.upper() != b"STATUS":
                raise AnsweredError(_BAD)
            status = inside(one)
        elif one.upper() not in {b"STATUS", b"CHILDREN", b"SPECIAL-USE", b"SUBSCRIBED"}:
            raise AnsweredError(_BAD)
    return status


def _tell(session: Session, verb: bytes, attributes: Sequence[str], path: str) -> None:
    session.say(verb + b" (" + " ".join(attributes).encode() + b') "/" ' + quoted(encoded(path)))


def xlist(session: Session, arguments: Sequence[bytes]) -> str:
    """XLIST, LIST's predecessor with special folders."""
    return _plain_list(session, arguments, b"XLIST")


def lsub(session: Session, arguments: Sequence[bytes]) -> str:
    """LSUB: every folder that is shown over IMAP is subscribed."""
    return _plain_list(session, arguments, b"LSUB")


def _plain_list(session: Session, arguments: Sequence[bytes], verb: bytes) -> str:
    if len(arguments) != 2:
        raise AnsweredError(_BAD)
    pattern = matcher(*(decoded(text(one)) for one in arguments))
    folders = session.folders
    for path, folder in folders.items():
        if pattern.fullmatch(path):
            attributes = listed_attributes(path, folder, folders)
            _tell(session, verb, xlist_attributes(attributes, folder) if verb == b"XLIST" else attributes, path)
    return "OK Success"


def status(session: Session, arguments: Sequence[bytes]) -> str:
    """STATUS of a folder."""
    if len(arguments) != 2:
        raise AnsweredError(_BAD)
    path, folder = found(session, arguments[0])
    _tell_status(session, path, folder, inside(arguments[1]))
    return "OK Success"


def _tell_status(session: Session, path: str, folder: Label, items: Sequence[bytes]) -> None:
    rows, numbers = session.view(folder), numbers_of(session, path, folder)
    told = dict(zip(_STATUS, (len(rows), 0, numbers.uidnext, numbers.uidvalidity,
                              sum("\\Seen" not in one.flags for _, one in rows), session.owner.mailbox.version),
                    strict=True))
    if not items or not all(item.upper() in told for item in items):
        raise AnsweredError(_BAD)
    session.counts_changes |= b"HIGHESTMODSEQ" in {item.upper() for item in items}
    listed = b" ".join(item.upper() + b" %d" % told[item.upper()] for item in items)
    session.say(b"STATUS " + quoted(encoded(path)) + b" (" + listed + b")")


def found(session: Session, name: bytes) -> tuple[str, Label]:
    """The folder of that name: its path and what it is. NO where there is none, or it cannot be selected."""
    path = decoded(text(name))
    path = "INBOX" if path.upper() == "INBOX" else path
    folder = session.folders.get(path)
    if folder is None:
        raise _unknown(path)
    return path, folder


def numbers_of(session: Session, path: str, folder: Label) -> Folder:
    """The numbers of a folder; NO where its owner has just removed it."""
    numbers = session.owner.mailbox.folders.get(folder)
    if numbers is None:
        raise _unknown(path)
    return numbers


def _unknown(path: str) -> AnsweredError:
    return AnsweredError(f"NO [NONEXISTENT] Unknown Mailbox: {encoded(path).decode()} (Failure)")


def namespace(session: Session, _: Sequence[bytes]) -> str:
    """NAMESPACE: one's own folders, and nobody else's (RFC 2342)."""
    session.say(b'NAMESPACE (("" "/")) NIL NIL')
    return "OK Success"


def quota(session: Session, arguments: Sequence[bytes]) -> str:
    """GETQUOTA of the only root there is (RFC 2087)."""
    if len(arguments) != 1 or text(arguments[0]):
        raise AnsweredError("NO Unknown quota root")
    session.say(b'QUOTA "" (STORAGE %d %d)' % (-(-session.owner.mailbox.used() // 1024), _QUOTA))
    return "OK Success"


def quota_root(session: Session, arguments: Sequence[bytes]) -> str:
    """GETQUOTAROOT of a folder."""
    if len(arguments) != 1:
        raise AnsweredError(_BAD)
    path, _ = found(session, arguments[0])
    session.say(b"QUOTAROOT " + quoted(encoded(path)) + b' ""')
    return quota(session, [b'""'])
