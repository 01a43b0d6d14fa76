"""Where mail of Gmail has to stand in Exchange, by the table of docs/gmail.md, and where it does, by the raw store.

The first comes of the plain truth of a mailbox at Gmail: labels, flags and places. None of the engine's code is used.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass

from emulators.google.imap.labels import Label, System
from emulators.google.imap.seed import GmailSeed, SeedMessage

Path = tuple[str, ...]
TOP = "msgfolderroot"
READ, UNSENT = 0x01, 0x08       # mfRead and mfUnsent of PidTagMessageFlags ([MS-OXCMSG] 2.2.1.6)
ARCHIVE = "Archive"
# A default folder of the mailbox, by its distinguished id (DistinguishedFolderIdNameType).
TRASH, SPAM, DRAFTS, SENT, INBOX = "deleteditems", "junkemail", "drafts", "sentitems", "inbox"


@dataclass(frozen=True, slots=True)
class Placed:
    """A message as it stands, or has to stand, at the destination. `received` is UTC, to the second."""

    folder: Path
    categories: frozenset[str]
    flagged: bool
    read: bool
    draft: bool
    received: str
    mime: bytes

    def __str__(self) -> str:
        """In a line, for a test that fails."""
        marks = "".join(mark for mark, on in (("F", self.flagged), ("R", self.read), ("D", self.draft)) if on)
        return f"{'/'.join(self.folder)} {sorted(self.categories)} {marks} {self.received} {name(self.mime)}"


def name(mime: bytes) -> str:
    """The Message-ID in these bytes, for people to read."""
    head = mime.split(b"\r\n\r\n", 1)[0].decode("latin-1").splitlines()
    return next((line.partition(":")[2].strip() for line in head if line.lower().startswith("message-id:")), "")


@dataclass(frozen=True, slots=True)
class Destination:
    """A mailbox, as the emulator's tables hold it. `folders` are those below its top; `default` those by their ids."""

    folders: Mapping[Path, str]     # path: class
    default: Mapping[str, Path]
    messages: Counter[Placed]

    @classmethod
    def read(cls, db: sqlite3.Connection, address: str) -> Destination:
        """The mailbox of that address."""
        (mailbox,) = db.execute("SELECT id FROM mailbox WHERE address=?", (address,)).fetchone()
        rows = db.execute("SELECT id, parent, name, class, distinguished FROM folder WHERE mailbox=? AND gone=0",
                          (mailbox,)).fetchall()
        (top,) = (row for row, _, _, _, known in rows if known == TOP)
        paths = dict(_below(top, (), [(row, parent, called) for row, parent, called, _, _ in rows]))
        return cls(
            {paths[row]: kind or "" for row, _, _, kind, _ in rows if row in paths},
            {known: paths[row] for row, _, _, _, known in rows if row in paths and known},
            Counter(_placed(paths, row) for row in db.execute(
                "SELECT i.folder, i.flags, i.flag, i.categories, i.received, m.bytes FROM item i"
                " JOIN mime m ON m.id = i.mime WHERE i.mailbox=? AND i.gone=0", (mailbox,)) if row[0] in paths))


def _below(parent: int, path: Path, rows: Collection[tuple[int, int | None, str]]) -> Iterator[tuple[int, Path]]:
    for row, above, called in rows:
        if above == parent:
            yield row, (*path, called)
            yield from _below(row, (*path, called), rows)


def _placed(paths: Mapping[int, Path], row: tuple[int, int, str, str, str, bytes]) -> Placed:
    folder, flags, flag, categories, received, mime = row
    status = json.loads(flag).get("FlagStatus", "NotFlagged")
    return Placed(paths[folder], frozenset(json.loads(categories)), status == "Flagged", bool(flags & READ),
                  bool(flags & UNSENT), received, mime)


@dataclass(frozen=True)
class Judge:
    """Says what has to be there. `raw` are the bytes by MSGID, `before` is the destination before anything came.

    `hidden` are labels without "Show in IMAP"; `told`: Gmail tells of them all the same, though they have no folder.
    """

    raw: Mapping[int, bytes]
    before: Destination
    hidden: frozenset[Label] = frozenset()
    told: bool = False

    def expected(self, truth: GmailSeed) -> Counter[Placed]:
        """Each message once."""
        return Counter(self.once(truth, one) for one in truth.messages if System.CHAT not in one.labels)

    def copies(self, truth: GmailSeed) -> Counter[Placed]:
        """Each message once in the folder of each label; once in the bin and in spam, where no label shows it."""
        return Counter(placed for one in truth.messages if System.CHAT not in one.labels
                       for placed in self._each(truth, one))

    def once(self, truth: GmailSeed, one: SeedMessage) -> Placed:
        """Where a message stands, by the table."""
        own = self._own(one.labels)
        role = _role(one.labels)
        if role is not None:
            return self._as(one, self.before.default[role], own)
        if own <= self.hidden:
            return self._as(one, self._archive(truth), own)
        home = _home(own - self.hidden)
        return self._as(one, self._path(home), own - {home})

    def folders(self, truth: GmailSeed) -> frozenset[Path]:
        """The folders that labels become, with those above them; and the archive, where something lies in it."""
        paths = {self._path(label) for label in truth.labels if label not in self.hidden}
        paths |= {one.folder for one in self.expected(truth)}
        made = {path[:depth] for path in paths for depth in range(1, len(path) + 1)}
        return frozenset(made - set(self.before.folders))

    def _each(self, truth: GmailSeed, one: SeedMessage) -> list[Placed]:
        if System.TRASH in one.labels or System.SPAM in one.labels:
            return [self.once(truth, one)]
        roles = ((System.DRAFT, DRAFTS), (System.SENT, SENT), (System.INBOX, INBOX))
        found = {self.before.default[role] for label, role in roles if label in one.labels}
        found |= {self._path(label) for label in self._own(one.labels)}
        return [self._as(one, folder, ()) for folder in found or {self._archive(truth)}]

    def _own(self, labels: Set[Label]) -> frozenset[str]:
        return frozenset(one for one in labels if isinstance(one, str) and (self.told or one not in self.hidden))

    def _as(self, one: SeedMessage, folder: Path, labels: Iterable[str]) -> Placed:
        return Placed(
            folder, frozenset(label.replace(",", "-").replace(";", "-") for label in labels),
            flagged=System.STARRED in one.labels, read="\\Seen" in one.flags, draft=System.DRAFT in one.labels,
            received=one.received.strftime("%Y-%m-%dT%H:%M:%SZ"), mime=self.raw[one.msgid])

    def _path(self, label: str) -> Path:
        """A label that is called as a folder of the new mailbox keeps its name, with a number behind it."""
        first, *rest = label.split("/")
        taken = {path[0].casefold() for path in self.before.folders if len(path) == 1}
        return (f"{first} (2)" if first.casefold() in taken else first, *rest)

    def _archive(self, truth: GmailSeed) -> Path:
        """Where there is a label that is called so, archived mail goes beside it."""
        taken = any(label.split("/")[0].casefold() == ARCHIVE.casefold() for label in truth.labels)
        return (f"{ARCHIVE} (2)" if taken else ARCHIVE,)


def _role(labels: Set[Label]) -> str | None:
    """The default folder that a message belongs into, whatever labels it has; None: into one of labels, or archive."""
    if System.TRASH in labels:
        return TRASH
    if System.SPAM in labels:
        return SPAM
    if System.DRAFT in labels:
        return DRAFTS
    if System.INBOX in labels:
        return INBOX
    return SENT if System.SENT in labels else None


def _home(own: Set[str]) -> str:
    """The deepest label; of several as deep that with the shortest path, and the first of the alphabet, case aside."""
    return min(own, key=lambda label: (-label.count("/"), len(label), label.casefold(), label))


def differences(due: Counter[Placed], found: Counter[Placed]) -> list[str]:
    """What is missing and what is too much, a line each."""
    missing, extra = due - found, found - due
    return [*(f"missing: {one}" for one in missing.elements()), *(f"too much: {one}" for one in extra.elements())]
