"""Mail that a rule of the mailbox's owner files into a folder while somebody else is at work there."""

import sqlite3
from xml.sax.saxutils import escape

from lxml import etree

from emulators.exchange import folder, ids
from emulators.exchange.faults import Fault
from emulators.exchange.mailbox import Mailbox
from emulators.exchange.soap import MESSAGES, TYPES


def request(db: sqlite3.Connection, owner: Mailbox, fault: Fault) -> etree._Element:
    """The CreateItem that stands for the delivery; LookupError when there is no such folder."""
    place = _folder(db, owner, tuple(fault.path))
    return etree.fromstring(
        f'<m:CreateItem xmlns:m="{MESSAGES}" xmlns:t="{TYPES}" MessageDisposition="SaveOnly"><m:SavedItemFolderId>'
        f'<t:FolderId Id="{ids.folder_id(owner.guid, place.entry)}"/></m:SavedItemFolderId><m:Items><t:Message>'
        f"<t:Subject>{escape(fault.name)}</t:Subject></t:Message></m:Items></m:CreateItem>"
    )


def _folder(db: sqlite3.Connection, owner: Mailbox, path: tuple[str, ...]) -> folder.Folder:
    (top,) = db.execute(
        "SELECT id FROM folder WHERE mailbox=? AND distinguished='msgfolderroot'", (owner.id,)).fetchone()
    place = folder.by_id(db, top)
    for name in path:
        found = [child for child in folder.children(db, place.id) if child.name == name]
        if not found:
            raise LookupError(f"There is no folder {'/'.join(path)}.")
        place = found[0]
    return place
