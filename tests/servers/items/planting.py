"""Items put into a mailbox of the Exchange emulator by SQL, as a server would have stored them, without a client."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from emulators.exchange import attached, item, mailbox, twins
from emulators.exchange.attached import Attached
from emulators.exchange.fragments import written
from emulators.exchange.item import CLASSES, READ, Item
from emulators.exchange.mailbox import Mailbox
from emulators.exchange.people import members, names
from emulators.exchange.store import Store
from tests.servers.items.seeds import File, Member, Seed

BORN = "2022-02-03T04:05:06Z"
_FOLDERS = {
    "Contact": ("IPF.Contact", "ContactsFolder"),
    "DistributionList": ("IPF.Contact", "ContactsFolder"),
    "Task": ("IPF.Task", "TasksFolder"),
    "Message": ("IPF.StickyNote", "Folder"),
}
_ICON = "tag:0x1080"  # PidTagIconIndex
_GONE = 1_000_000  # added to the number of what has been deleted: no item has it


def plant(database: Path, address: str, seeds: Sequence[Seed]) -> None:
    """Puts seeds into a mailbox, and makes the folders that they lie in."""
    with closing(Store(database)) as store, store.transaction() as db:
        owner = mailbox.load(db, address)
        assert owner is not None, address
        _Planting(db, owner, seeds).put()
        owner.save(db)


class _Planting:
    """Seeds on their way into the store; groups may name one another in any order."""

    def __init__(self, db: sqlite3.Connection, owner: Mailbox, seeds: Sequence[Seed]) -> None:
        self.db, self.owner, self.seeds = db, owner, seeds
        self.entries = [owner.entry() for _ in seeds]
        self.referred = {
            seed.name: entry
            for seed, entry in zip(seeds, self.entries, strict=True)
            if seed.kind in ("Contact", "DistributionList")
        }
        self.folders: dict[tuple[str, ...], int] = {}

    def put(self) -> None:
        """Stores each item with its files."""
        made = [self._item(seed, entry) for seed, entry in zip(self.seeds, self.entries, strict=True)]
        item.insert(self.db, made)
        attached.insert(
            self.db,
            [
                (one.row, _attached(number, file))
                for one, seed in zip(made, self.seeds, strict=True)
                for number, file in enumerate(seed.files)
            ],
        )

    def _item(self, seed: Seed, entry: int) -> Item:
        extra, change = dict(seed.elements), self.owner.change()
        found = {path: value for path, value in seed.properties.items() if not _twin(seed.kind, extra, path, value)}
        _, icon = found.pop(_ICON, ("", None))
        if seed.members:
            extra["Members"] = json.dumps([asdict(self._member(one)) for one in seed.members])
        if any(file.photo for file in seed.files):
            extra["HasPicture"] = written("HasPicture", "true")
        size = 256 + sum(len(file.content) for file in seed.files) + sum(map(len, extra.values()))
        self.owner.used += size
        return Item(
            self.owner.id,
            self._folder(seed.path, seed.kind),
            entry,
            seed.kind,
            seed.item_class or CLASSES[seed.kind],
            self._subject(seed, extra),
            seed.sensitivity,
            seed.importance,
            BORN,
            BORN,
            BORN,
            BORN,
            READ,
            dict(seed.flag),
            None if icon is None else int(str(icon)),
            None,
            None,
            list(seed.categories),
            False,
            False,
            None,
            any(not file.inline for file in seed.files),
            size,
            os.urandom(16),
            extra,
            None,
            change,
            change,
            change,
            {},
            properties=found,
        )

    @staticmethod
    def _subject(seed: Seed, extra: Mapping[str, str]) -> str:
        """Of a contact and a group the server makes it, unless a client gave a contact another one."""
        made = seed.kind in ("Contact", "DistributionList") and "SubjectGiven" not in extra
        return names.display_name(extra)[:255] if made else seed.name[:255]

    def _member(self, one: Member) -> members.Member:
        if not one.of and not one.gone:
            return members.Member(one.name, one.address, one.routing, one.kind)
        entry = self.owner.entries + _GONE if one.gone else self.referred[one.of]
        return members.Member(one.name, one.address, one.routing, one.kind, entry)

    def _folder(self, path: tuple[str, ...], kind: str) -> int:
        if path not in self.folders:
            (above,) = self.db.execute(
                "SELECT id FROM folder WHERE mailbox=? AND distinguished='msgfolderroot'", (self.owner.id,)
            ).fetchone()
            for name in path:
                row = self.db.execute(
                    "SELECT id FROM folder WHERE parent=? AND name=? AND gone=0", (above, name)
                ).fetchone()
                above = self._made(above, name, kind) if row is None else row[0]
            self.folders[path] = above
        return self.folders[path]

    def _made(self, parent: int, name: str, kind: str) -> int:
        change = self.owner.change()
        made = self.db.execute(
            "INSERT INTO folder (mailbox, entry, parent, name, class, element, created, modified, born, change)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (self.owner.id, self.owner.entry(), parent, name, *_FOLDERS[kind], BORN, BORN, change, change),
        )
        return int(made.lastrowid or 0)


def _twin(kind: str, extra: dict[str, str], path: str, value: tuple[str, str | list[str]]) -> bool:
    """True: an element says what this property does, and has been written."""
    found = twins.of(kind, path)
    if found is not None:
        found.write(extra, value[1])
    return found is not None


def _attached(number: int, file: File) -> Attached:
    form, content = ("element", file.item.encode()) if file.item else ("file", file.content)
    return Attached(
        (number,),
        False,
        form,
        file.name,
        "" if file.item else file.kind,
        file.content_id,
        "",
        BORN,
        file.inline,
        content,
        file.photo,
    )
