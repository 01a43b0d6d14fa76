"""Extended properties of folders."""

import json
import sqlite3

from lxml import etree

from emulators.exchange import extended
from emulators.exchange.errors import ItemError

_KEPT_BY_STORE = {0x0E08, 0x3007, 0x3008, 0x3602, 0x360A, 0x0FFF}


def read_all(db: sqlite3.Connection, folder: int) -> dict[str, tuple[str, str | list[str]]]:
    """The extended properties of a folder: path to (type, value)."""
    rows = db.execute("SELECT path, type, value FROM folder_property WHERE folder=?", (folder,))
    return {path: (kind, json.loads(value)) for path, kind, value in rows}


def read(elements: list[etree._Element]) -> dict[str, tuple[str, str | list[str]]]:
    """Check ExtendedProperty elements; raises ItemError."""
    found = {}
    for element in elements:
        path, value = extended.read_property(element)
        if path.tag in _KEPT_BY_STORE:
            raise ItemError("ErrorInvalidPropertySet")
        found[path.path] = (path.kind, value)
    return found


def write(db: sqlite3.Connection, folder: int, properties: dict[str, tuple[str, str | list[str]]]) -> None:
    """Set extended properties of a folder."""
    db.executemany("INSERT OR REPLACE INTO folder_property (folder, path, type, value) VALUES (?, ?, ?, ?)",
                   [(folder, path, kind, json.dumps(value)) for path, (kind, value) in properties.items()])


def remove(db: sqlite3.Connection, folder: int, path: str) -> None:
    """Delete an extended property of a folder; one that is not there is no error."""
    db.execute("DELETE FROM folder_property WHERE folder=? AND path=?", (folder, path))
