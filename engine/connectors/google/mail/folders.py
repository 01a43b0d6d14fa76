r"""Gmail's folders: those that hold mail, and those that labels are.

Every message is in one of three folders, All Mail, Spam and Trash; all others are labels, and show messages of All Mail
again. Gmail's own are known by their special uses (RFC 6154 §2), never by name: the owner's language names them
(https://developers.google.com/workspace/gmail/imap/imap-extensions).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from engine.connectors.google.mail.labels import DRAFT, INBOX, SENT, STARRED, Homes, Labels, Shown
from engine.connectors.imap.folders import is_open, levels
from engine.connectors.imap.names import INBOX as INBOX_NAME
from engine.connectors.imap.names import Row, as_ref, decode
from engine.connectors.imap.special_use import EVERYTHING, VIRTUAL
from engine.ports.source import LeftFolder, Role, SourceFolder

ROOT = "[Gmail]"                # names of the owner's cannot begin so: Gmail keeps it for itself
ROOTS = frozenset({b"[Gmail]", b"[Google Mail]"})
KNOWN_ALL, KNOWN_TRASH, KNOWN_JUNK = ("\\All",), ("\\Trash",), ("\\Junk",)     # whatever the language, in tags of items
KNOWN_SENT, KNOWN_DRAFTS = ("\\Sent",), ("\\Drafts",)
CHATS = "Gmail shows chats here, which are no mail and stay where they are"

_SENT, _DRAFTS, _TRASH, _JUNK = b"\\sent", b"\\drafts", b"\\trash", b"\\junk"
_LABEL_OF = {_SENT: SENT, _DRAFTS: DRAFT, b"\\flagged": STARRED, b"\\starred": STARRED, b"\\important": b"\\important"}


@dataclass(frozen=True, slots=True)
class View:
    """A folder that shows the messages of one label, which Gmail leaves out where it tells their labels there."""

    folder: SourceFolder
    label: bytes


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What LIST shows of a mailbox.

    `everything`, `trash` and `junk` are the folders that hold mail, as the server opens them; None where one is hidden.
    `views` are those of labels, virtual ones (starred, important) last. `shown` is what the source shows, parents
    first; `copied` the same where each label's folder is read as itself. `chats` are left.
    """

    everything: SourceFolder | None
    trash: SourceFolder | None
    junk: SourceFolder | None
    views: tuple[View, ...]
    shown: tuple[SourceFolder, ...]
    copied: tuple[SourceFolder, ...]
    archive: SourceFolder
    labels: Labels
    chats: tuple[SourceFolder, ...] = ()

    def left(self, count: Callable[[SourceFolder], int]) -> tuple[LeftFolder, ...]:
        """The folders that are not moved."""
        return tuple(LeftFolder(each.path, count(each), CHATS) for each in self.chats)


@dataclass(slots=True)
class _Sorted:
    """The rows of LIST by what they are for."""

    special: dict[bytes, Row] = field(default_factory=dict)     # by attribute
    own: list[Row] = field(default_factory=list)
    chats: list[Row] = field(default_factory=list)
    virtual: list[Row] = field(default_factory=list)


def mailbox_of(rows: Iterable[Row], *, utf8: bool) -> Mailbox:
    """The mailbox that these rows of LIST show."""
    found = _sorted(rows)
    special = {use: _opened(row, utf8=utf8) for use, row in found.special.items()}
    inbox = SourceFolder(("INBOX",), as_ref(found.special[b"inbox"].raw) if b"inbox" in found.special else "INBOX")
    sent = special.get(_SENT, SourceFolder((ROOT, "Sent"), f"{ROOT}/Sent"))
    drafts = special.get(_DRAFTS, SourceFolder((ROOT, "Drafts"), f"{ROOT}/Drafts"))
    archive = SourceFolder((ROOT, "Archive"), f"{ROOT}/Archive", Role.ARCHIVE, known_as=KNOWN_ALL)
    own = _own(found.own, utf8=utf8)
    names = {folder.ref: decode(row.raw, utf8=utf8) for row, folder in own}
    shown = [Shown(names[folder.ref], folder.path, folder.ref) for _, folder in own if folder.selectable]
    views = [View(inbox, INBOX)] if b"inbox" in found.special else []
    views += [View(special[use], _LABEL_OF[use]) for use in (_SENT, _DRAFTS) if use in special]
    views += [View(folder, row.raw) for row, folder in own if folder.selectable]
    views += [View(_opened(row, utf8=utf8), _label_of(row)) for row in found.virtual]
    trash, junk = special.get(_TRASH), special.get(_JUNK)
    roles = [(inbox, Role.INBOX, ()), (sent, Role.SENT, KNOWN_SENT), (drafts, Role.DRAFTS, KNOWN_DRAFTS)]
    tree = _with_parents([folder for _, folder in own])
    hold = [_known(folder, known, role) for folder, role, known in (
        (trash, Role.DELETED, KNOWN_TRASH), (junk, Role.JUNK, KNOWN_JUNK),
    ) if folder is not None]
    return Mailbox(
        everything=next((special[use] for use in EVERYTHING if use in special), None), trash=trash, junk=junk,
        views=tuple(views), archive=archive, chats=tuple(_opened(row, utf8=utf8) for row in found.chats),
        shown=(*(_known(folder, KNOWN_ALL, role) for folder, role, _ in roles), *hold, archive,
               *(_known(folder, KNOWN_ALL) for folder in tree)),
        copied=(*(_known(folder, known, role) for folder, role, known in roles), *hold, archive, *tree),
        labels=Labels(shown, Homes(inbox.ref, sent.ref, drafts.ref, archive.ref), utf8=utf8),
    )


def _sorted(rows: Iterable[Row]) -> _Sorted:
    found = _Sorted()
    rows = list(rows)
    roots = {row.raw.rpartition(row.separator or b"/")[0] for row in rows if _use(row)} - {b""} | ROOTS
    for row in rows:
        use, root = _use(row), row.raw.partition(row.separator or b"/")[0]
        if row.raw.upper() == INBOX_NAME or b"\\inbox" in row.attributes:
            found.special[b"inbox"] = row
        elif use and is_open(row):
            found.special.setdefault(use, row)
        elif is_open(row) and not VIRTUAL.isdisjoint(row.attributes):
            found.virtual.append(row)
        elif root not in roots:
            found.own.append(row)
        elif is_open(row):
            found.chats.append(row)     # the one folder of Gmail's own that has no special use
    return found


def _use(row: Row) -> bytes:
    """Its special use: one of those of the three folders that hold mail, or of what is sent and drafted."""
    uses = (_SENT, _DRAFTS, _TRASH, _JUNK, *EVERYTHING)
    spam = b"\\spam" in row.attributes          # XLIST's word
    return _JUNK if spam else next((use for use in uses if use in row.attributes), b"")


def _label_of(row: Row) -> bytes:
    return next((label for use, label in _LABEL_OF.items() if use in row.attributes), b"")


def _opened(row: Row, *, utf8: bool) -> SourceFolder:
    """The folder as the server opens it."""
    return SourceFolder(levels(row.raw, row.separator, utf8=utf8), as_ref(row.raw), selectable=is_open(row))


def _own(rows: Sequence[Row], *, utf8: bool) -> list[tuple[Row, SourceFolder]]:
    """The owner's labels, each with its folder; two whose paths are read alike keep two."""
    found: dict[tuple[str, ...], tuple[Row, SourceFolder]] = {}
    for row in sorted(rows, key=lambda row: row.raw):
        folder = _opened(row, utf8=utf8)
        path = folder.path
        if not path or path in found or path == ("INBOX",):
            path = (as_ref(row.raw),)
        found.setdefault(path, (row, SourceFolder(path, folder.ref, selectable=folder.selectable)))
    return list(found.values())


def _with_parents(folders: Sequence[SourceFolder]) -> list[SourceFolder]:
    """The folders with levels that LIST does not show, parents first."""
    found = {folder.path: folder for folder in folders}
    for path in list(found):
        for depth in range(1, len(path)):
            above = path[:depth]
            if above != ("INBOX",):
                found.setdefault(above, SourceFolder(above, "/".join(above), selectable=False))
    return [found[path] for path in sorted(found)]


def _known(folder: SourceFolder, known_as: tuple[str, ...], role: Role | None = None) -> SourceFolder:
    known = known_as if folder.selectable else ()
    return SourceFolder(folder.path, folder.ref, role, folder.selectable, known_as=known)
