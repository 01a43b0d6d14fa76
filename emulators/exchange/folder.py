"""Folders: finding them, naming them, making them."""

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from emulators.exchange import ids
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.mailbox import primary_of
from emulators.exchange.soap import local, t

DUMPSTERS = ("recoverableitemsroot", "archiverecoverableitemsroot")
ARCHIVE = "In-Place Archive"        # how a path into the archive of a mailbox begins


class Folder(NamedTuple):
    """One folder, as its row says."""

    id: int
    mailbox: int
    entry: int
    parent: int | None
    name: str
    folder_class: str | None
    element: str
    distinguished: str | None
    created: str
    modified: str
    born: int
    change: int

    @property
    def is_mail(self) -> bool:
        """Whether messages belong here: a class that is none of the typed ones."""
        return (self.folder_class or "IPF.Note").upper().startswith("IPF.NOTE")

    @property
    def role(self) -> str:
        """What a default folder is in the mailbox or the archive it belongs to: "deleteditems" in both."""
        return (self.distinguished or "").removeprefix("archive")

    def holds(self, folder_class: str) -> bool:
        """Whether the folder is of this class, or of one derived from it."""
        return (self.folder_class or "").upper().startswith(folder_class.upper())


_COLUMNS = "id, mailbox, entry, parent, name, class, element, distinguished, created, modified, born, change"


def _folder(row: sqlite3.Row) -> Folder:
    return Folder._make(row)


def by_id(db: sqlite3.Connection, folder: int) -> Folder:
    """The folder in this row, which must be there."""
    return _folder(db.execute(f"SELECT {_COLUMNS} FROM folder WHERE id=?", (folder,)).fetchone())  # noqa: S608 - constant


def distinguished(call: Call, name: str) -> Folder:
    """A default folder by its name in the protocol; raises ItemError ErrorFolderNotFound.

    Assumption: so does that of an archive where there is none ("does not correspond to a valid folder", page of
    ResponseCode; ErrorArchiveMailboxNotEnabled is told of ArchiveItem alone).
    """
    row = call.db.execute(f"SELECT {_COLUMNS} FROM folder WHERE mailbox=? AND distinguished=?",  # noqa: S608
                          (call.mailbox.id, name)).fetchone()
    if row is None:
        raise ItemError("ErrorFolderNotFound")
    return _folder(row)


def beside(call: Call, place: int, role: str) -> Folder:
    """A default folder of the mailbox, or of its archive when the folder `place` is there."""
    top = by_id(call.db, place)
    while top.parent is not None:
        top = by_id(call.db, top.parent)
    return distinguished(call, f"archive{role}" if top.distinguished == "archiveroot" else role)


def by_entry(call: Call, entry: int) -> Folder | None:
    """The folder with this number in its id."""
    row = call.db.execute(f"SELECT {_COLUMNS} FROM folder WHERE mailbox=? AND entry=? AND gone=0",  # noqa: S608
                          (call.mailbox.id, entry)).fetchone()
    return None if row is None else _folder(row)


def children(db: sqlite3.Connection, folder: int) -> list[Folder]:
    """The direct subfolders, in the order of their names."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM folder WHERE parent=? AND gone=0 ORDER BY name, id",  # noqa: S608
                      (folder,))
    return [_folder(row) for row in rows]


def below(db: sqlite3.Connection, folder: int) -> Iterator[Folder]:
    """All subfolders, each before its own."""
    for child in children(db, folder):
        yield child
        yield from below(db, child.id)


def is_below(db: sqlite3.Connection, folder: int, top: int) -> bool:
    """Whether a folder, deleted or not, lies or lay below another one."""
    above: int | None = by_id(db, folder).parent
    while above is not None and above != top:
        above = by_id(db, above).parent
    return above is not None


def in_dumpster(db: sqlite3.Connection, folder: int) -> bool:
    """Whether the folder lies under Recoverable Items, of the mailbox or of its archive."""
    place: int | None = folder
    while place is not None:
        found = by_id(db, place)
        if found.distinguished in DUMPSTERS:
            return True
        place = found.parent
    return False


def path(db: sqlite3.Connection, folder: Folder) -> tuple[str, ...]:
    """The names from below the root down to the folder; ARCHIVE stands before those in an archive."""
    names: list[str] = []
    while folder.parent is not None:
        names.append(folder.name)
        folder = by_id(db, folder.parent)
    return (*([ARCHIVE] if folder.distinguished == "archiveroot" else []), *reversed(names))


def find(call: Call, element: etree._Element, *, missing: str = "ErrorItemNotFound") -> Folder:
    """The folder that a FolderId or DistinguishedFolderId element names.

    Raises ItemError: `missing` when it is not there, ErrorInvalidIdEmpty, ErrorInvalidIdMalformed,
    ErrorCannotUseItemIdForFolderId, ErrorInvalidChangeKey, ErrorNonExistentMailbox, ErrorAccessDenied.
    """
    name = local(element)
    if name == "DistinguishedFolderId":
        _check_owner(call, element.find(f"{t('Mailbox')}/{t('EmailAddress')}"))
        return distinguished(call, element.get("Id", ""))
    if name != "FolderId":      # AddressListId: there is no address book here
        raise ItemError(missing)
    entry = ids.parse_id(element.get("Id", ""))
    if entry.kind != "folder":
        raise ItemError("ErrorCannotUseItemIdForFolderId")
    if change_key := element.get("ChangeKey"):
        ids.parse_change_key(change_key)
    found = by_entry(call, entry.number) if entry.mailbox == call.mailbox.guid else None
    if found is None:
        raise ItemError(missing)
    return found


def _check_owner(call: Call, address: etree._Element | None) -> None:
    """Rule R14: a folder of another mailbox is refused, one of nobody does not exist.

    Who has no mailbox must name one (ErrorMissingEmailAddress, php-ews#106).

    "Proxy addresses are not allowed" (page of DistinguishedFolderId): they are told the primary one (that of
    ResponseCode on ErrorNonPrimarySmtpAddress).
    """
    if address is None and call.homeless:
        raise ItemError("ErrorMissingEmailAddress")
    if address is None or (address.text or "").lower() == call.mailbox.address:
        return
    if (address.text or "").lower() in call.others:
        raise ItemError("ErrorAccessDenied")
    if (primary := primary_of(call.db, address.text or "")) is not None:
        raise ItemError("ErrorNonPrimarySmtpAddress", values=(("Primary", primary),))
    raise ItemError("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.")


def key(call: Call, folder: Folder) -> tuple[str, str]:
    """The Id and ChangeKey of a folder; the key's first byte differs by type in recorded answers."""
    prefix = {"CalendarFolder": b"\x02", "ContactsFolder": b"\x03", "TasksFolder": b"\x04",
              "SearchFolder": b"\x07"}.get(folder.element, b"\x01")
    guid = call.mailbox.guid
    return ids.folder_id(guid, folder.entry), ids.change_key(prefix, guid, folder.change)


def same_name(call: Call, parent: int, name: str) -> bool:
    """Whether a subfolder has this name (rule R6).

    Assumption: letters are compared without case, as Exchange does for sibling folders.
    """
    return any(child.name.casefold() == name.casefold() for child in children(call.db, parent))


def touch(call: Call, folder: int) -> int:
    """Note that the folder itself changed; returns the change number."""
    change = call.mailbox.change()
    call.db.execute("UPDATE folder SET change=?, modified=? WHERE id=?", (change, call.now, folder))
    return change
