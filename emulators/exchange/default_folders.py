"""The folders of a mailbox: those it is born with, its archive, and those that servers and clients add in time.

Names, classes and places as Outlook and Exchange 2019 show them; the extra folders are there because real mailboxes
have them and a migration must not trip over them.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

_ATTRIBUTE_HIDDEN = "tag:0x10f4"        # PidTagAttributeHidden


class _Numbers(Protocol):
    """What of a mailbox numbers its folders."""

    id: int

    def change(self) -> int: ...
    def entry(self) -> int: ...


@dataclass(frozen=True, slots=True)
class _Default:
    name: str
    distinguished: str | None = None
    folder_class: str | None = None
    element: str = "Folder"
    children: tuple["_Default", ...] = ()
    hidden: bool = False


_TOP = (
    _Default("Calendar", "calendar", "IPF.Appointment", "CalendarFolder"),
    _Default("Contacts", "contacts", "IPF.Contact", "ContactsFolder"),
    _Default("Conversation Action Settings", None, "IPF.Configuration", hidden=True),
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

# Assumption: an archive has these; Outlook and retention policies make the others. Its ids are those of the page of
# DistinguishedFolderId. A real archive is a mailbox with a GUID and a quota of its own; here it shares both with the
# mailbox it belongs to.
_ARCHIVE = _Default("root", "archiveroot", None, "Folder", (
    _Default("Recoverable Items", "archiverecoverableitemsroot", None, "Folder", (
        _Default("Deletions", "archiverecoverableitemsdeletions"),
        _Default("Purges", "archiverecoverableitemspurges"),
        _Default("Versions", "archiverecoverableitemsversions"),
    )),
    _Default("Top of Information Store", "archivemsgfolderroot", None, "Folder", (
        _Default("Deleted Items", "archivedeleteditems", "IPF.Note"),
        _Default("Inbox", "archiveinbox", "IPF.Note"),
    )),
))
# What is in a mailbox that has been in use for years, by where it is. Recorded: the names, classes and elements below
# Contacts, Calendar and root, though of a later server. Documented: that the GUIDs, GAL Contacts, Recipient Cache and
# Conversation Action Settings are hidden (answer of Exchange 2013 on the page "Work with hidden folders by using EWS in
# Exchange", which also says that below root all but the search folders of Finder is out of sight). The rest is assumed.
# Distinguished are those for which the schema of Exchange Server SE has a name.
_IN_TIME: dict[str, tuple[_Default, ...]] = {
    "contacts": (
        _Default("Companies", None, "IPF.Contact.Company", "ContactsFolder", hidden=True),
        _Default("GAL Contacts", None, "IPF.Contact.GalContacts", "ContactsFolder", hidden=True),
        _Default("Organizational Contacts", None, "IPF.Contact.OrganizationalContacts", "ContactsFolder", hidden=True),
        _Default("PeopleCentricConversation Buddies", None, "IPF.Contact.PeopleCentricConversationBuddies",
                 "ContactsFolder", hidden=True),
        _Default("Recipient Cache", "recipientcache", "IPF.Contact.RecipientCache", "ContactsFolder", hidden=True),
        _Default("{06967759-274D-40B2-A3EB-D7F9E73727D7}", "quickcontacts", "IPF.Contact.MOC.QuickContacts",
                 "ContactsFolder", hidden=True),
        _Default("{A9E2BC46-B3A0-4243-B315-60D991004455}", "imcontactlist", "IPF.Contact.MOC.ImContactList",
                 "ContactsFolder", hidden=True),
    ),
    "calendar": (
        _Default("Birthdays", None, "IPF.Appointment.Birthday", "CalendarFolder"),
        _Default("United States holidays", None, "IPF.Appointment", "CalendarFolder"),
    ),
    "msgfolderroot": (
        _Default("Archive", "archive", "IPF.Note"),
        _Default("Conversation History", "conversationhistory", "IPF.Note"),
        _Default("ExternalContacts", "externalcontacts", "IPF.Contact", "ContactsFolder", hidden=True),
        _Default("Files", None, "IPF.Files", hidden=True),
        _Default("News Feed", None, "IPF.Note", hidden=True),
        _Default("PersonMetadata", "personmetadata", "IPF.Contact", "ContactsFolder", hidden=True),
        _Default("Quick Step Settings", None, "IPF.Configuration", hidden=True),
        _Default("Social Activity Notifications", None, "IPF.Note", hidden=True),
        _Default("Suggested Contacts", None, "IPF.Contact", "ContactsFolder"),
        _Default("Working Set", None, "IPF.Note", hidden=True),
        _Default("Yammer Root", "yammerroot", "IPF.Note", "Folder", (
            _Default("Feeds", "yammerfeeds", "IPF.Note"),
            _Default("Inbound", "yammerinbound", "IPF.Note"),
            _Default("Outbound", "yammeroutbound", "IPF.Note"),
        ), hidden=True),
    ),
    "recoverableitemsroot": (
        _Default("Audits"),
        _Default("Calendar Logging"),
        _Default("DiscoveryHolds", "recoverableitemsdiscoveryholds"),
    ),
    "root": (
        _Default("AllContacts", None, "IPF.Note", "SearchFolder"),
        _Default("AllItems", None, "IPF", "SearchFolder"),
        _Default("ExchangeODataSyncData"),
        _Default("Favorites", "favorites", "IPF.Note", "SearchFolder"),
        _Default("Inference"),
        _Default("MailboxAssociations"),
        _Default("My Contacts", "mycontacts", "IPF.Note", "SearchFolder"),
        _Default("PeopleConnect", "peopleconnect"),
        _Default("Sharing", None, "IPF.Note"),
        _Default("System"),
        _Default("TemporarySaves"),
    ),
}


def plant(db: sqlite3.Connection, owner: _Numbers, now: str) -> None:
    """Give a new mailbox the folders it is born with."""
    _plant(db, owner, (_ROOT,), None, now)


def plant_archive(db: sqlite3.Connection, owner: _Numbers, now: str) -> None:
    """Give a mailbox an archive; harmless the second time."""
    if _named(db, owner, "archiveroot") is None:
        _plant(db, owner, (_ARCHIVE,), None, now)


def plant_in_time(db: sqlite3.Connection, owner: _Numbers, now: str) -> None:
    """Give a mailbox what servers and clients add in time; harmless the second time."""
    if _named(db, owner, "recipientcache") is None:
        for place, folders in _IN_TIME.items():
            _plant(db, owner, folders, _named(db, owner, place), now)


def name(db: sqlite3.Connection, owner: _Numbers, names: Mapping[str, str]) -> None:
    """Give default folders, by their distinguished ids, the names that they have in a language.

    An administrator does it by the switch LocalizeDefaultFolderName (Microsoft, "Set-MailboxRegionalConfiguration").
    LookupError when the mailbox has no such folder.
    """
    for distinguished, named in names.items():
        folder = _named(db, owner, distinguished)
        if folder is None:
            raise LookupError(f"There is no folder {distinguished}.")
        db.execute("UPDATE folder SET name=?, change=? WHERE id=?", (named, owner.change(), folder))


def _named(db: sqlite3.Connection, owner: _Numbers, distinguished: str) -> int | None:
    row = db.execute("SELECT id FROM folder WHERE mailbox=? AND distinguished=?", (owner.id, distinguished)).fetchone()
    return None if row is None else int(row[0])


def _plant(db: sqlite3.Connection, owner: _Numbers, folders: Iterable[_Default], parent: int | None, now: str) -> None:
    for one in folders:
        change = owner.change()
        cursor = db.execute(
            "INSERT INTO folder (mailbox, entry, parent, name, class, element, distinguished, created, modified,"
            " born, change) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (owner.id, owner.entry(), parent, one.name, one.folder_class, one.element, one.distinguished, now, now,
             change, change))
        if one.hidden:
            db.execute("INSERT INTO folder_property (folder, path, type, value) VALUES (?, ?, ?, ?)",
                       (cursor.lastrowid, _ATTRIBUTE_HIDDEN, "Boolean", json.dumps("true")))
        _plant(db, owner, one.children, cursor.lastrowid, now)
