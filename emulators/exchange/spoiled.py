"""Items whose content a server cannot render, though it can tell what else it knows of them.

The page of ResponseCode: ErrorMimeContentConversionFailed says of GetItem "that the MIME content could not be
generated", ErrorContentConversionFailed that the server "is unable to retrieve the MIME content for the item", and
ErrorItemCorrupt that "only certain elements will be in this state, such as Body and MimeContent. Omit these elements
and retry the operation"; of GetAttachment, ErrorCannotOpenFileAttachment says that "it cannot retrieve the body of a
file attachment". Searches and synchronizations return neither, and tell such an item like any other.
"""

import sqlite3
from collections.abc import Set

from emulators.exchange import ids, item, mailbox
from emulators.exchange.errors import ItemError
from emulators.exchange.item import SPOILED, Item
from emulators.exchange.item_shape import Shape

_BODIES = frozenset({"Body", "TextBody", "UniqueBody", "NormalizedBody", "Preview"})
_MIME, _FILES = "MimeContent", "the content of files"
# What is refused with each code.
CODES = {"ErrorMimeContentConversionFailed": frozenset({_MIME}), "ErrorContentConversionFailed": frozenset({_MIME}),
         "ErrorItemCorrupt": frozenset({_MIME, *_BODIES}), "ErrorCannotOpenFileAttachment": frozenset({_FILES})}


def spoil(db: sqlite3.Connection, address: str, item_id: str, code: str) -> None:
    """Let an item of a mailbox be one whose content cannot be rendered, and its copies as well; codes add up.

    Raises LookupError for no such mailbox or item, ValueError for a code that no server answers so.
    """
    if code not in CODES:
        raise ValueError(f"{code} is not one of {', '.join(CODES)}")
    owner = mailbox.load(db, address)
    row = None if owner is None else db.execute(
        "SELECT row FROM item WHERE mailbox=? AND entry=? AND gone=0",
        (owner.id, ids.parse_id(item_id).number)).fetchone()
    if row is None:
        raise LookupError(f"There is no such item in {address}.")
    found = item.by_row(db, row[0])
    found.extra[SPOILED] = " ".join(dict.fromkeys([*found.extra.get(SPOILED, "").split(), code]))
    item.update(db, found)


def check(stored: Item, shape: Shape) -> None:
    """Raise ItemError when the shape asks for what cannot be rendered of the item."""
    _check(stored, {_MIME, *shape.names} if shape.mime else shape.names)


def check_file(stored: Item) -> None:
    """Raise ItemError when the content of files that are attached to the item cannot be had."""
    _check(stored, {_FILES})


def _check(stored: Item, asked: Set[str]) -> None:
    for code in stored.extra.get(SPOILED, "").split():
        if CODES[code] & asked:
            raise ItemError(code)
