"""What the stand-in for Exchange keeps of two mailboxes, row by row, without a line of the engine or of the emulator.

A message is known by its folder's distinguished id, whatever the folder is called in its owner's language.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.truth import Place, content

# What OMM adds: the property by which it knows what it brought; PidTagProcessed [MS-OXOCAL] 3.1.4.7.2.1 on what may be
# a meeting message, so that nothing acts on it again.
ADDED = ("/name:OmmItemTag", "tag:0x7d01")
# What is a mailbox's own: its numbers and its dates, and how large it finds a message.
OWN = frozenset({
    "row", "mailbox", "folder", "entry", "created", "modified", "size", "search_key", "mime", "born", "change",
    "content", "gone",
})
_FOLDERS = """
    SELECT folder.id, folder.parent, coalesce(folder.distinguished, folder.name) AS name FROM folder
    JOIN mailbox ON mailbox.id = folder.mailbox WHERE mailbox.address = ? AND folder.gone = 0"""
_ITEMS = """
    SELECT item.*, mime.bytes FROM item JOIN mailbox ON mailbox.id = item.mailbox JOIN mime ON mime.id = item.mime
    WHERE mailbox.address = ? AND item.gone = 0 ORDER BY item.row"""

_BOOKED = """
    SELECT item.subject FROM item JOIN mailbox ON mailbox.id = item.mailbox
    WHERE mailbox.address = ? AND item.gone = 0 AND item.kind = 'CalendarItem'"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A message as it is stored: `facts` are JSON, so that they can be compared and counted."""

    place: Place
    subject: str
    facts: tuple[tuple[str, str], ...]


def messages(database: Path, address: str) -> list[Kept]:
    """Every message of a mailbox, outside the dumpster, with all that is stored of it but what is its mailbox's own."""
    with closing(_opened(database)) as db:
        places = dict(_places(db.execute(_FOLDERS, (address,)).fetchall()))
        return [
            Kept(places[row["folder"]], row["subject"], tuple(sorted(_facts(db, row))))
            for row in db.execute(_ITEMS, (address,)).fetchall() if "msgfolderroot" in places.get(row["folder"], ())
        ]


def folders(database: Path, address: str) -> list[Place]:
    """Every folder of a mailbox."""
    with closing(_opened(database)) as db:
        return sorted(place for _, place in _places(db.execute(_FOLDERS, (address,)).fetchall()))


def appointments(database: Path, address: str) -> list[str]:
    """The subjects of what stands in a mailbox's calendars."""
    with closing(_opened(database)) as db:
        return [row["subject"] for row in db.execute(_BOOKED, (address,))]


def _opened(database: Path) -> sqlite3.Connection:
    db = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=10)
    db.row_factory = sqlite3.Row
    return db


def _places(folders: list[sqlite3.Row]) -> Iterator[tuple[int, Place]]:
    parents = {row["id"]: (row["parent"], row["name"]) for row in folders}
    for number in parents:
        path, above = [], number
        while above is not None:
            above, name = parents[above]
            path.append(name)
        yield number, tuple(reversed(path))


def _facts(db: sqlite3.Connection, row: sqlite3.Row) -> Iterator[tuple[str, str]]:
    held = {name: row[name] for name in row.keys() if name not in OWN | {"bytes"}}  # noqa: SIM118 - a row is no mapping
    held["text"], held["files"] = content(row["bytes"])
    held["appointment"] = {name: value for name, value in json.loads(row["appointment"]).items() if name != "entry"}
    properties = db.execute("SELECT path, type, value FROM property WHERE item = ?", (row["row"],))
    held |= {f"{path} ({kind})": value for path, kind, value in properties if not path.endswith(ADDED)}
    yield from ((name, _json(value)) for name, value in held.items())


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def differences(old: Sequence[Kept], new: Sequence[Kept]) -> list[str]:
    """What is missing, what is too much, and what is otherwise, each in one line; none when both hold the same."""
    missing, extra = list((Counter(old) - Counter(new)).elements()), list((Counter(new) - Counter(old)).elements())
    return list(_told(missing, extra))


def _told(missing: list[Kept], extra: list[Kept]) -> Iterator[str]:
    for one in missing:
        other = next((each for each in extra if (each.place, each.subject) == (one.place, one.subject)), None)
        if other is None:
            yield f"missing: {_name(one)}"
        else:
            extra.remove(other)
            yield f"otherwise: {_name(one)}: {', '.join(_changes(dict(one.facts), dict(other.facts)))}"
    yield from (f"too much: {_name(one)}" for one in extra)


def _changes(old: dict[str, str], new: dict[str, str]) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield f"{name} is {new.get(name)} and not {old.get(name)}"


def _name(one: Kept) -> str:
    return f"{'/'.join(one.place[one.place.index('msgfolderroot') + 1:])}: {one.subject}"
