"""Attachments as the store holds them: those that came as elements, and which parts of the MIME were detached."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace

from emulators.exchange.store import insert_rows


@dataclass(frozen=True, slots=True)
class Attached:
    """One attachment.

    `path` holds its number on each level: (2,) on the item, (2, 0) on what (2,) is. `form` says what `content` is:
    "file" (its bytes), "mime" (an attached message as it was received), "vcard" (an attached contact as it was
    received), "element" (the attached item as XML).
    A `gone` one was detached.
    """

    path: tuple[int, ...]
    gone: bool
    form: str
    name: str
    content_type: str
    content_id: str
    location: str
    modified: str
    inline: bool
    content: bytes
    photo: bool = False         # the picture of a contact

    @property
    def kind(self) -> str:
        """The element it is."""
        return "FileAttachment" if self.form == "file" else "ItemAttachment"


_COLUMNS = "path, gone, form, name, type, content_id, location, modified, inline, content, photo"


def insert(db: sqlite3.Connection, held: Sequence[tuple[int, Attached]]) -> None:
    """Store attachments, each with the row of its item."""
    insert_rows(db, f"INSERT OR REPLACE INTO attachment (item, {_COLUMNS})",
                [(row, json.dumps(one.path), *astuple(one)[1:]) for row, one in held])


def of(db: sqlite3.Connection, row: int) -> list[Attached]:
    """The attachments kept for an item in the order they came, detached ones too."""
    found = db.execute(f"SELECT {_COLUMNS} FROM attachment WHERE item=? ORDER BY rowid", (row,))  # noqa: S608 - our own names
    return [_read(*one) for one in found]


def _read(path: object, gone: object, *rest: object) -> Attached:
    read = Attached((), bool(gone), *rest)  # type: ignore[arg-type]  # columns have the fields' types
    return replace(read, path=tuple(json.loads(str(path))), inline=bool(read.inline), photo=bool(read.photo))


def copy(db: sqlite3.Connection, source: int, target: int) -> None:
    """Give another item the same attachments."""
    insert(db, [(target, one) for one in of(db, source)])


def detach(db: sqlite3.Connection, row: int, one: Attached) -> None:
    """Mark an attachment, and all that is attached to it, as gone."""
    inside = [each for each in of(db, row) if each.path[:len(one.path)] == one.path]
    insert(db, [(row, replace(each, gone=True, content=b"")) for each in [*inside, one]])


def forget(db: sqlite3.Connection, row: int) -> None:
    """Drop all that is kept for an item."""
    db.execute("DELETE FROM attachment WHERE item=?", (row,))


def size(db: sqlite3.Connection, row: int) -> int:
    """The bytes attached to an item beside its MIME."""
    found = db.execute("SELECT coalesce(sum(length(content)), 0) FROM attachment WHERE item=? AND gone=0", (row,))
    return int(found.fetchone()[0])
