"""One mailbox: its counters, and the folders a new one is born with."""

import hashlib
import hmac
import os
import sqlite3
import uuid
from dataclasses import dataclass

_ROUNDS = 1000     # a test password, hashed so that it does not lie in the file in the clear


@dataclass(slots=True)
class Mailbox:
    """A mailbox inside a transaction; `save` writes the counters back."""

    id: int
    address: str
    user: str
    guid: uuid.UUID
    clock: int
    entries: int
    used: int

    @property
    def name(self) -> str:
        """The display name of the owner: Exchange would ask the directory."""
        return self.address.partition("@")[0]

    def change(self) -> int:
        """The number of the next change."""
        self.clock += 1
        return self.clock

    def entry(self) -> int:
        """The number of the next folder or item id."""
        self.entries += 1
        return self.entries

    def save(self, db: sqlite3.Connection) -> None:
        """Write the counters back."""
        db.execute("UPDATE mailbox SET clock=?, entries=?, used=? WHERE id=?",
                   (self.clock, self.entries, self.used, self.id))


def load(db: sqlite3.Connection, address: str) -> Mailbox | None:
    """The mailbox with this address, in any case of letters."""
    row = db.execute("SELECT * FROM mailbox WHERE address=?", (address.lower(),)).fetchone()
    if row is None:
        return None
    return Mailbox(row["id"], row["address"], row["user"], uuid.UUID(row["guid"]), row["clock"],
                   row["entries"], row["used"])


def address_of(db: sqlite3.Connection, guid: uuid.UUID) -> str | None:
    """The primary address of the mailbox with this GUID."""
    row = db.execute("SELECT address FROM mailbox WHERE guid=?", (str(guid),)).fetchone()
    return None if row is None else str(row["address"])


def digest(password: str, salt: bytes) -> bytes:
    """The salted hash of a password."""
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ROUNDS)


def set_password(db: sqlite3.Connection, address: str, password: str) -> None:
    """Replace the stored hash."""
    salt = os.urandom(16)
    db.execute("UPDATE mailbox SET salt=?, digest=? WHERE address=?",
               (salt, digest(password, salt), address.lower()))


def password_fits(db: sqlite3.Connection, address: str, password: str) -> bool:
    """Whether this is the mailbox's password."""
    row = db.execute("SELECT salt, digest FROM mailbox WHERE address=?", (address.lower(),)).fetchone()
    return row is not None and hmac.compare_digest(row["digest"], digest(password, row["salt"]))


@dataclass(frozen=True, slots=True)
class _Default:
    name: str
    distinguished: str | None = None
    folder_class: str | None = None
    element: str = "Folder"
    children: tuple["_Default", ...] = ()


# Names, classes and places as Outlook and Exchange 2019 show them; the extra folders are there because
# real mailboxes have them and a migration must not trip over them.
_TOP = (
    _Default("Calendar", "calendar", "IPF.Appointment", "CalendarFolder"),
    _Default("Contacts", "contacts", "IPF.Contact", "ContactsFolder"),
    _Default("Conversation Action Settings", None, "IPF.Configuration"),
    _Default("Deleted Items", "deleteditems", "IPF.Note"),
    _Default("Drafts", "drafts", "IPF.Note"),
    _Default("Inbox", "inbox", "IPF.Note"),
    _Default("Journal", "journal", "IPF.Journal"),
    _Default("Junk Email", "junkemail", "IPF.Note"),
    _Default("Notes", "notes", "IPF.StickyNote"),
    _Default("Outbox", "outbox", "IPF.Note"),
    _Default("RSS Feeds", None, "IPF.Note.OutlookHomepage"),
    _Default("Sent Items", "sentitems", "IPF.Note"),
    _Default("Sync Issues", "syncissues", "IPF.Note", "Folder", (
        _Default("Conflicts", "conflicts", "IPF.Note"),
        _Default("Local Failures", "localfailures", "IPF.Note"),
        _Default("Server Failures", "serverfailures", "IPF.Note"),
    )),
    _Default("Tasks", "tasks", "IPF.Task", "TasksFolder"),
)
_ROOT = _Default("root", "root", None, "Folder", (
    _Default("Common Views"),
    _Default("Deferred Action"),
    _Default("Finder", "searchfolders", None, "Folder", (
        _Default("Reminders Search", None, "Outlook.Reminder", "SearchFolder"),
    )),
    _Default("Freebusy Data"),
    _Default("Recoverable Items", "recoverableitemsroot", None, "Folder", (
        _Default("Deletions", "recoverableitemsdeletions"),
        _Default("Purges", "recoverableitemspurges"),
        _Default("Versions", "recoverableitemsversions"),
    )),
    _Default("Schedule"),
    _Default("Shortcuts"),
    _Default("Spooler Queue"),
    _Default("To-Do Search", "todosearch", "IPF.Task", "SearchFolder"),
    _Default("Top of Information Store", "msgfolderroot", None, "Folder", _TOP),
    _Default("Views"),
))


def create(db: sqlite3.Connection, address: str, user: str, password: str, now: str) -> Mailbox:
    """A new mailbox with the default folders."""
    salt, guid = os.urandom(16), uuid.uuid4()
    cursor = db.execute(
        "INSERT INTO mailbox (address, user, guid, salt, digest, clock, entries, used)"
        " VALUES (?, ?, ?, ?, ?, 0, 0, 0)",
        (address.lower(), user, str(guid), salt, digest(password, salt)))
    mailbox = Mailbox(cursor.lastrowid or 0, address.lower(), user, guid, 0, 0, 0)
    _plant(db, mailbox, _ROOT, None, now)
    mailbox.save(db)
    return mailbox


def _plant(db: sqlite3.Connection, mailbox: Mailbox, default: _Default, parent: int | None, now: str) -> None:
    change = mailbox.change()
    cursor = db.execute(
        "INSERT INTO folder (mailbox, entry, parent, name, class, element, distinguished, created, modified,"
        " born, change) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (mailbox.id, mailbox.entry(), parent, default.name, default.folder_class, default.element,
         default.distinguished, now, now, change, change))
    for child in default.children:
        _plant(db, mailbox, child, cursor.lastrowid, now)
