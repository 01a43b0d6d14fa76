"""Items as the store holds them.

Columns hold what is asked for often; everything else a client set explicitly is kept in `extra`, an XML
fragment an element, and given back as it came.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from lxml import etree

from emulators.exchange import ids, mailbox
from emulators.exchange.calendar import identity
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.soap import local
from emulators.exchange.store import insert_rows, next_number

READ, SUBMITTED, UNSENT, HAS_ATTACHMENT, FROM_ME, RESEND = 0x01, 0x04, 0x08, 0x10, 0x20, 0x80

# The class an element is born with (MS-OXWSCORE_R2018 to R2022).
CLASSES = {
    "Item": "IPM.Note",
    "Message": "IPM.Note",
    "PostItem": "IPM.Post",
    "CalendarItem": "IPM.Appointment",
    "Contact": "IPM.Contact",
    "DistributionList": "IPM.DistList",
    "Task": "IPM.Task",
}
CHANGED_BY = "ChangedBy"        # no name of the schema: kept, never shown as it is
SPOILED = "Spoiled"             # nor is this: the code that spoiled.py refuses parts of the item with
# The first byte of a ChangeKey differs by type in recorded answers: CQ, DwA, EQ.
_KEY_PREFIX = {"CalendarItem": b"\x0f", "Contact": b"\x11", "DistributionList": b"\x12", "Task": b"\x13"}


@dataclass(slots=True)
class Item:
    """One item; the fields are the columns of the table, `row` 0 until it is inserted."""

    mailbox: int
    folder: int
    entry: int
    kind: str
    item_class: str
    subject: str
    sensitivity: str
    importance: str
    received: str
    sent: str
    created: str
    modified: str
    flags: int
    flag: dict[str, str]
    icon: int | None
    verb: int | None
    verb_time: str | None
    categories: list[str]
    read_receipt: bool
    delivery_receipt: bool
    message_id: str | None
    attachments: bool
    size: int
    search_key: bytes
    extra: dict[str, str]
    mime: int | None
    born: int
    change: int
    content: int
    appointment: dict[str, Any]
    row: int = 0
    properties: dict[str, tuple[str, str | list[str]]] = field(default_factory=dict)    # path: type, value
    associated: bool = False    # made from what associated.py keeps, and in no row of the table
    root: str = ""              # the Id of what it is attached to; then it is no store item

    @property
    def is_read(self) -> bool:
        """Whether mfRead is set in PidTagMessageFlags."""
        return bool(self.flags & READ)

    @property
    def is_draft(self) -> bool:
        """Whether mfUnsent is set in PidTagMessageFlags."""
        return bool(self.flags & UNSENT)

    @property
    def flag_status(self) -> str:
        """NotFlagged, Flagged or Complete."""
        return self.flag.get("FlagStatus", "NotFlagged")


_NAMES = [f.name for f in fields(Item) if f.name not in ("row", "properties", "associated", "root")]
_COLUMNS = ", ".join("class" if name == "item_class" else name for name in _NAMES)
_INSERT = f"INSERT INTO item (row, {_COLUMNS})"
_SELECT = f"SELECT {_COLUMNS}, row FROM item"  # noqa: S608 - our own names
_UPDATE = f"UPDATE item SET ({_COLUMNS}) = ({', '.join('?' * len(_NAMES))}) WHERE row=?"  # noqa: S608


def _values(item: Item) -> tuple[object, ...]:
    return (
        item.mailbox, item.folder, item.entry, item.kind, item.item_class, item.subject, item.sensitivity,
        item.importance, item.received, item.sent, item.created, item.modified, item.flags,
        json.dumps(item.flag) if item.flag else "{}", item.icon, item.verb, item.verb_time,
        json.dumps(item.categories) if item.categories else "[]", item.read_receipt, item.delivery_receipt,
        item.message_id, item.attachments, item.size, item.search_key,
        json.dumps(item.extra) if item.extra else "{}", item.mime, item.born, item.change, item.content,
        json.dumps(item.appointment) if item.appointment else "{}",
    )


def _read(row: sqlite3.Row) -> Item:
    item = Item(*row)
    item.flag = _loaded(item.flag)
    item.categories = _loaded(item.categories)
    item.extra = _loaded(item.extra)
    item.appointment = _loaded(item.appointment)
    return item


def _loaded(text: Any) -> Any:
    """A column's JSON. Most are empty, and need no parser."""
    return {} if text == "{}" else [] if text == "[]" else json.loads(text)


def insert(db: sqlite3.Connection, items: Sequence[Item]) -> None:
    """Store new items and their extended properties."""
    for row, item in enumerate(items, next_number(db, "item", "row")):
        item.row = row
    insert_rows(db, _INSERT, [(item.row, *_values(item)) for item in items])
    _insert_properties(db, items)


def update(db: sqlite3.Connection, item: Item) -> None:
    """Store a changed item and its extended properties."""
    db.execute(_UPDATE, (*_values(item), item.row))
    db.execute("DELETE FROM property WHERE item=?", (item.row,))
    _insert_properties(db, [item])


def _insert_properties(db: sqlite3.Connection, items: Iterable[Item]) -> None:
    insert_rows(db, "INSERT INTO property (item, path, type, value)",
                [(item.row, path, kind, json.dumps(value))
                 for item in items for path, (kind, value) in item.properties.items()])


def read_properties(db: sqlite3.Connection, items: Iterable[Item]) -> None:
    """Fetch the extended properties of these items."""
    by_row: dict[int, dict[str, tuple[str, str | list[str]]]] = {}
    for item in items:      # a series and its occurrences have one row
        item.properties = by_row.setdefault(item.row, {})
    rows = db.execute("SELECT item, path, type, value FROM property"
                      " WHERE item IN (SELECT value FROM json_each(?))", (json.dumps(list(by_row)),))
    for row, path, kind, value in rows.fetchall():
        by_row[row][path] = (kind, json.loads(value))


def in_folder(db: sqlite3.Connection, folder: int, where: str = "1", *values: object) -> list[Item]:
    """The items of a folder that fit `where` (with its ORDER BY and LIMIT)."""
    rows = db.execute(f"{_SELECT} WHERE folder=? AND gone=0 AND {where}", (folder, *values))
    return [_read(row) for row in rows]


def by_row(db: sqlite3.Connection, row: int) -> Item:
    """The item in a row, an exception of a series too, with its extended properties."""
    found = _read(db.execute(f"{_SELECT} WHERE row=?", (row,)).fetchone())
    read_properties(db, [found])
    return found


def find(call: Call, element: etree._Element) -> Item:
    """The item that an ItemId element names.

    Raises ItemError: ErrorItemNotFound, ErrorInvalidIdEmpty, ErrorInvalidIdMalformed,
    ErrorCannotUseFolderIdForItemId, ErrorInvalidChangeKey. A stale ChangeKey is no error here: reading,
    moving and deleting go by the Id alone.
    """
    if local(element) not in ("ItemId", "ParentItemId"):
        raise ItemError("ErrorItemNotFound")
    entry = ids.parse_id(element.get("Id", ""))
    if entry.kind != "item":
        raise ItemError("ErrorCannotUseFolderIdForItemId")
    if change_key := element.get("ChangeKey"):
        ids.parse_change_key(change_key)
    row = None
    if entry.mailbox == call.mailbox.guid:
        row = call.db.execute(f"{_SELECT} WHERE mailbox=? AND entry=? AND gone=0",
                              (call.mailbox.id, entry.number)).fetchone()
    if row is None or item_id(call, item := _read(row)) != element.get("Id"):
        raise ItemError("ErrorItemNotFound")
    return item


def by_entry(call: Call, entry: int) -> Item | None:
    """The item of the owner's mailbox with this number in its id, if it is still there."""
    row = call.db.execute(f"{_SELECT} WHERE mailbox=? AND entry=? AND gone=0", (call.mailbox.id, entry)).fetchone()
    return None if row is None else _read(row)


def item_id(call: Call, item: Item) -> str:
    """The Id of an item; that of an occurrence names its series and its date."""
    if "original" in item.appointment:
        return identity.occurrence_id(call.mailbox.guid, item.folder, item.appointment["entry"],
                                      date.fromisoformat(item.appointment["original"]))
    return ids.item_id(call.mailbox.guid, item.folder, item.entry)


def id_element(call: Call, item: Item) -> str:
    """The ItemId element; an occurrence has an Id of its own and the ChangeKey of its series, as recorded."""
    key = ids.change_key(_KEY_PREFIX.get(item.kind, b"\x09"), call.mailbox.guid, item.change)
    return f'<t:ItemId Id="{item_id(call, item)}" ChangeKey="{key}"/>'


def items_element(call: Call, item: Item) -> str:
    """The Items element around nothing but the item's id."""
    return f"<m:Items><t:{item.kind}>{id_element(call, item)}</t:{item.kind}></m:Items>"


def changed(call: Call, item: Item, *, content: bool = True) -> None:
    """Give the item its next change number; `content` false when only read or unread changed."""
    item.change = call.mailbox.change()
    item.modified = call.now
    sign(call, item)
    if content:
        item.content = item.change


def sign(call: Call, item: Item) -> None:
    """Keep the name of who changed an item, where that is not its owner (MS-OXWSCORE_R104)."""
    who = None if call.caller == call.mailbox.address else mailbox.load(call.db, call.caller)
    item.extra.pop(CHANGED_BY, None)
    if who is not None:
        item.extra[CHANGED_BY] = who.name


def bury(call: Call, item: Item) -> None:
    """Leave a tombstone where the item was, for SyncFolderItems."""
    call.db.execute("INSERT INTO item_tombstone (folder, entry, born, change) VALUES (?, ?, ?, ?)",
                    (item.folder, item.entry, item.born, call.mailbox.change()))


def relocate(call: Call, item: Item, folder: int) -> None:
    """Move an item: a tombstone here, a new id there (rule R10).

    Creation and modification times, the change of content and the search key stay: moving is no edit.
    """
    bury(call, item)
    item.folder, item.entry = folder, call.mailbox.entry()
    item.born = item.change = item.content = call.mailbox.change()
    call.db.execute("UPDATE item SET folder=?, entry=?, born=?, change=?, content=? WHERE row=?",
                    (item.folder, item.entry, item.born, item.change, item.content, item.row))


def received_bytes(db: sqlite3.Connection, item: Item) -> bytes | None:
    """The MIME as it was received."""
    if item.mime is None:
        return None
    found = db.execute("SELECT bytes FROM mime WHERE id=?", (item.mime,)).fetchone()
    return bytes(found[0])
