"""From the rows of LIST to the tree that a person knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from engine.connectors.imap.names import INBOX, Row, as_ref, decode
from engine.connectors.imap.session import Namespaces
from engine.connectors.imap.special_use import EVERYTHING, VIRTUAL, role_by_attributes, role_by_name
from engine.ports.source import FolderList, Role, SourceFolder, VirtualFolder

_UNSELECTABLE = frozenset({b"\\noselect", b"\\nonexistent"})       # RFC 3501 §7.2.2, RFC 5258 §3
_GMAIL = frozenset({"[gmail]", "[google mail]"})

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A row with its path."""

    path: Path
    row: Row

    @property
    def selectable(self) -> bool:
        return is_open(self.row)

    @property
    def everything(self) -> bool:
        return self.selectable and not EVERYTHING.isdisjoint(self.row.attributes)

    @property
    def virtual(self) -> bool:
        return self.selectable and not VIRTUAL.isdisjoint(self.row.attributes)


def folder_list(
    rows: Iterable[Row], namespaces: Namespaces, *, utf8: bool, count: Callable[[bytes], int]
) -> FolderList:
    """The owner's own folders, parents first, each with its role.

    `count` tells how many messages a folder holds; it is asked for the virtual ones only. Other people's and
    shared folders are theirs, and left alone.
    """
    rows = list(rows)
    entries = _entries(rows, namespaces, utf8=utf8)
    foreign = tuple(decode(row.raw, utf8=utf8) for row in rows if _is_foreign(row.raw, namespaces) and is_open(row))
    virtual = tuple(VirtualFolder(e.path, count(e.row.raw)) for e in entries.values() if e.virtual)
    real = {path: entry for path, entry in entries.items() if not entry.virtual}
    roles = _roles(real.values())
    folders = {
        path: SourceFolder(path, as_ref(entry.row.raw), roles.get(path), entry.selectable, entry.everything)
        for path, entry in real.items()
    }
    for parent in _missing_parents(real.values()):
        folders.setdefault(parent.path, parent)
    ordered = sorted(folders.values(), key=lambda folder: (folder.path[:1] != ("INBOX",), folder.path))
    return FolderList(tuple(ordered), virtual, foreign)


def _entries(rows: list[Row], namespaces: Namespaces, *, utf8: bool) -> dict[Path, _Entry]:
    prefix = _own_prefix(namespaces)
    entries: dict[Path, _Entry] = {}
    for row in sorted(map(_named, rows), key=lambda row: (not _is_inbox(row.raw), row.raw)):
        if _is_foreign(row.raw, namespaces):
            continue
        path = _path(row, prefix, utf8=utf8)
        if not path:
            continue                            # the namespace's own root
        if path in entries:
            if _is_same(entries[path].row, row):
                continue
            path = _other_path(row)
        entries[path] = _Entry(path, row)
    return entries


def is_open(row: Row) -> bool:
    """True: it holds messages, and not folders alone."""
    return _UNSELECTABLE.isdisjoint(row.attributes)


def _named(row: Row) -> Row:
    """INBOX under its own name; XLIST translates it."""
    return replace(row, raw=INBOX) if b"\\inbox" in row.attributes else row


def _is_inbox(raw: bytes) -> bool:
    return raw.upper() == INBOX                 # INBOX alone ignores case, RFC 3501 §5.1


def _is_same(one: Row, other: Row) -> bool:
    """INBOX listed twice, or `a` and `a/`: one mailbox under two spellings."""
    def bare(row: Row) -> bytes:
        name = row.raw.strip(row.separator) if row.separator else row.raw
        return INBOX if _is_inbox(name) else name
    return bare(one) == bare(other)


def _own_prefix(namespaces: Namespaces) -> bytes:
    """The prefix of the personal namespace that the mailbox's folders stand in."""
    inboxes = [prefix for prefix in namespaces.personal if _is_inbox(prefix[:-1])]
    return next(iter(inboxes or namespaces.personal), b"")


def _is_foreign(raw: bytes, namespaces: Namespaces) -> bool:
    """True: a name stands in the namespace of other users, or in a shared one.

    A prefix of "" stands for whatever is in no other namespace; Cyrus shares folders so.
    """
    def longest(prefixes: Iterable[bytes]) -> int:
        return max((len(p) for p in prefixes if _starts(raw, p) or (p and raw == p[:-1])), default=-1)
    return not _is_inbox(raw) and longest(namespaces.others) > longest(namespaces.personal)


def _starts(raw: bytes, prefix: bytes) -> bool:
    """True: a name begins with that prefix; INBOX in it ignores case (RFC 3501 §5.1)."""
    return raw.startswith(prefix) or (_is_inbox(prefix[:5]) and raw[:len(prefix)].upper() == prefix.upper())


def _path(row: Row, prefix: bytes, *, utf8: bool) -> Path:
    raw = row.raw
    if _is_inbox(raw):
        return ("INBOX",)
    if prefix and raw[:len(prefix)].upper() == prefix.upper() and _may_strip(raw, prefix):
        raw = raw[len(prefix):]
    elif prefix and raw.upper() == prefix[:-1].upper():
        return ()
    return levels(raw, row.separator, utf8=utf8)


def _may_strip(raw: bytes, prefix: bytes) -> bool:
    return raw.startswith(prefix) or _is_inbox(prefix[:-1])


def levels(raw: bytes, separator: bytes, *, utf8: bool) -> Path:
    """A name, level by level."""
    parts = raw.split(separator) if separator else [raw]
    names = [decode(part, utf8=utf8) for part in parts if part]
    if len(names) > 1 and _is_inbox(parts[0]):
        names[0] = "INBOX"
    return tuple(names)


def _other_path(row: Row) -> Path:
    """The path of a folder whose decoded name is taken: the server's own name, undecoded and with its prefix."""
    parts = row.raw.split(row.separator) if row.separator else [row.raw]
    return tuple(as_ref(part) for part in parts if part)


def _missing_parents(entries: Iterable[_Entry]) -> Iterator[SourceFolder]:
    """Levels of the hierarchy that the server does not list (RFC 3501 §6.3.8 lets it)."""
    for entry in entries:
        raw, separator = entry.row.raw, entry.row.separator
        for depth in range(len(entry.path) - 1, 0, -1):
            raw = raw.rstrip(separator).rpartition(separator)[0] if separator else raw
            yield SourceFolder(entry.path[:depth], as_ref(raw), None, selectable=False)


def _roles(entries: Iterable[_Entry]) -> dict[Path, Role]:
    """One folder a role. The server's word wins over a name, a well-known name over a rare one."""
    best: dict[Role, tuple[tuple[int, int], Path]] = {}
    for entry in entries:
        claim = _claim(entry) if entry.selectable and entry.path != ("INBOX",) else None
        if claim is not None:
            role, strength = claim
            best[role] = min((strength, entry.path), best.get(role, (strength, entry.path)))
    return {("INBOX",): Role.INBOX} | {path: role for role, (_, path) in best.items()}


def _claim(entry: _Entry) -> tuple[Role, tuple[int, int]] | None:
    """The role a folder may have, and how strong its claim is; less is stronger."""
    role = role_by_attributes(entry.row.attributes)
    if role is not None:
        return role, (0, len(entry.path))
    named = role_by_name(entry.path[-1]) if _is_near_the_top(entry.path) else None
    return (named[0], (1, named[1] * 10 + len(entry.path))) if named else None


def _is_near_the_top(path: Path) -> bool:
    return len(path) == 1 or (len(path) == 2 and (path[0] == "INBOX" or path[0].casefold() in _GMAIL))
