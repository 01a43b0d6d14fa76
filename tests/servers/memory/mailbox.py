"""An Exchange mailbox in memory: what a server keeps, and what its owner can do to it with a mail program.

It is as honest as the engine needs: ids change with a move, copies carry the named property on and have a time of
creation of their own, times are whole seconds of the mailbox server's own clock, and a folder's changes are told from
any earlier state on. tests/contract/destination asks it and the Exchange emulator the same.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from engine.ports.destination import MAIL_CLASS
from engine.ports.source import Role

PAGE = 512
STANDARD = {
    Role.INBOX: "Inbox", Role.SENT: "Sent Items", Role.DRAFTS: "Drafts", Role.DELETED: "Deleted Items",
    Role.JUNK: "Junk Email", Role.CALENDAR: "Calendar",
}
CLASSES = {Role.CALENDAR: "IPF.Appointment"}


class TakenNameError(Exception):
    """There is a folder of that name."""


class NoSuchError(Exception):
    """There is no such folder or item."""


class NoStateError(Exception):
    """That state is none of this folder."""


@dataclass(frozen=True)
class Room:
    """A folder."""

    id: str
    parent: str
    name: str
    role: Role | None = None
    tag: str | None = None
    kind: str = MAIL_CLASS


@dataclass(frozen=True)
class Item:
    """A message. `number` stays the same wherever it is moved; `by` is who made it; `of` is what it is a copy of."""

    id: str
    number: int
    folder: str
    subject: str
    tag: str
    created: datetime
    modified: datetime
    by: str
    draft: bool = False
    read: bool = False
    sent: datetime | None = None
    mime: bytes = b""
    of: int | None = None
    edited: bool = False
    element: str = "Message"
    parts: tuple[str, ...] = ()        # what further requests have put into it


@dataclass(frozen=True)
class Deed:
    """What somebody did to an item or folder, for whoever judges the history afterwards. `at` is the true time."""

    at: datetime
    by: str
    verb: str
    item: Item | None = None
    room: Room | None = None


@dataclass
class Mailbox:
    """Folders and items. `now` is the true time; the mailbox server's own clock is `ahead` of it by some seconds."""

    now: Callable[[], datetime]
    key: str = "mailbox"
    page: int = PAGE
    rooms: dict[str, Room] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    deeds: list[Deed] = field(default_factory=list)
    clock: Callable[[datetime], datetime] = lambda true: true
    stashes: dict[str, bytes] = field(default_factory=dict)
    settings: dict[str, dict[str, str]] = field(default_factory=dict)      # values by content, then by key
    _log: dict[str, dict[str, int]] = field(default_factory=dict)      # by folder: each item's latest change
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.top = self._room("", "Top of Information Store").id
        for role, name in STANDARD.items():
            self._room(self.top, name, role=role, kind=CLASSES.get(role, MAIL_CLASS))

    # Looking

    def standard(self, role: Role) -> str:
        """The id of the folder with that role."""
        return next(room.id for room in self.rooms.values() if room.role is role)

    def folder(self, folder_id: str) -> Room:
        """The folder. Raises NoSuchError."""
        if folder_id not in self.rooms:
            raise NoSuchError(folder_id)
        return self.rooms[folder_id]

    def named(self, *path: str) -> str:
        """The id of the folder at that path below the top."""
        at = self.top
        for name in path:
            at = next(r.id for r in self.rooms.values() if (r.parent, r.name.casefold()) == (at, name.casefold()))
        return at

    def within(self, folder_id: str) -> list[Item]:
        """What lies in a folder."""
        return [item for item in self.items.values() if item.folder == folder_id]

    def path(self, folder_id: str) -> tuple[str, ...]:
        """The names down to a folder."""
        room = self.rooms[folder_id]
        return (*self.path(room.parent), room.name) if room.parent in self.rooms and room.parent else ()

    def children(self, folder_id: str) -> list[Room]:
        """The folders right below a folder."""
        return [room for room in self.rooms.values() if room.parent == folder_id]

    def changes(self, folder_id: str, state: str) -> tuple[list[str], str, bool]:
        """Ids of items that came, changed or went since the state, the new state, and whether that was all."""
        self.folder(folder_id)
        since = self._since(folder_id, state)
        log = self._log.get(folder_id, {})
        later = sorted((number, item_id) for item_id, number in log.items() if number > since)
        shown = later[: self.page]
        reached = shown[-1][0] if shown else since
        return [item_id for _, item_id in shown], f"{folder_id}:{reached}", len(shown) == len(later)

    def _since(self, folder_id: str, state: str) -> int:
        if not state:
            return 0
        of, _, number = state.partition(":")
        if of != folder_id or not number.isdecimal():
            raise NoStateError(state)
        return int(number)

    # Changing, whoever does it

    def make(
        self, folder_id: str, subject: str, *, by: str, tag: str = "", draft: bool = False, mime: bytes = b"",
        read: bool = False, element: str = "Message",
    ) -> Item:
        """A new item."""
        self.folder(folder_id)
        now, number = self.stamp(), next(self._numbers)
        item = Item(
            f"i{number}", number, folder_id, subject, tag, now, now, by, draft, read, mime=mime, element=element
        )
        return self._put(item, by, "made")

    def move(self, item_id: str, folder_id: str, *, by: str) -> Item:
        """Moves an item: it has a new id, and its time of creation stays."""
        item = self._take(item_id)
        self.folder(folder_id)
        moved = replace(item, id=f"i{next(self._numbers)}", folder=folder_id, modified=self.stamp())
        return self._put(moved, by, "moved")

    def copy(self, item_id: str, folder_id: str, *, by: str) -> Item:
        """Copies an item: the copy has the same named property, and is created now."""
        item = self.item(item_id)
        self.folder(folder_id)
        now, number = self.stamp(), next(self._numbers)
        made = replace(
            item, id=f"i{number}", number=number, folder=folder_id, created=now, modified=now, by=by, of=item.number
        )
        return self._put(made, by, "copied")

    def edit(self, item_id: str, subject: str, *, by: str) -> Item:
        """Changes an item."""
        item = replace(self.item(item_id), subject=subject, modified=self.stamp(), edited=True)
        return self._put(item, by, "edited")

    def amend(self, item_id: str, *, by: str, **changes: Any) -> Item:
        """What a program of ours puts into an item after it was made."""
        return self._put(replace(self.item(item_id), modified=self.stamp(), **changes), by, "amended")

    def mark_read(self, item_id: str, *, by: str) -> Item:
        """Marks an item as read, which a list of changes tells of in another way."""
        item = replace(self.item(item_id), read=True, modified=self.stamp())
        self.items[item_id] = item
        self._note(by, "marked", item)
        return item

    def remove(self, item_id: str, *, by: str) -> Item:
        """Removes an item for good."""
        item = self._take(item_id)
        self._note(by, "removed", item)
        return item

    def item(self, item_id: str) -> Item:
        """The item. Raises NoSuchError."""
        if item_id not in self.items:
            raise NoSuchError(item_id)
        return self.items[item_id]

    def make_room(
        self, parent: str, name: str, *, by: str, tag: str | None = None, kind: str = MAIL_CLASS
    ) -> Room:
        """A new folder. Raises TakenNameError."""
        self.folder(parent)
        self._check_name(parent, name)
        room = self._room(parent, name, tag=tag, kind=kind)
        self.deeds.append(Deed(self.now(), by, "made", room=room))
        return room

    def place_room(self, folder_id: str, parent: str, name: str, *, by: str) -> Room:
        """Moves a folder below another one, or renames it, or both. Raises TakenNameError."""
        room = self.folder(folder_id)
        self.folder(parent)
        if (parent, name.casefold()) != (room.parent, room.name.casefold()):
            self._check_name(parent, name)
        self.rooms[folder_id] = replace(room, parent=parent, name=name)
        self.deeds.append(Deed(self.now(), by, "placed", room=self.rooms[folder_id]))
        return self.rooms[folder_id]

    def remove_room(self, folder_id: str, *, by: str) -> None:
        """Removes a folder for good, with all that is in it."""
        room = self.folder(folder_id)
        for child in self.children(folder_id):
            self.remove_room(child.id, by=by)
        for item in self.within(folder_id):
            self.remove(item.id, by=by)
        del self.rooms[folder_id]
        self.deeds.append(Deed(self.now(), by, "removed", room=room))

    def stamp(self) -> datetime:
        """The time that items are dated by: whole seconds."""
        return self.clock(self.now()).replace(microsecond=0)

    def _room(
        self, parent: str, name: str, *, role: Role | None = None, tag: str | None = None, kind: str = MAIL_CLASS
    ) -> Room:
        room = Room(f"f{next(self._numbers)}", parent, name, role, tag, kind)
        self.rooms[room.id] = room
        return room

    def _check_name(self, parent: str, name: str) -> None:
        if any(room.name.casefold() == name.casefold() for room in self.children(parent)):
            raise TakenNameError(name)

    def _put(self, item: Item, by: str, verb: str) -> Item:
        self.items[item.id] = item
        self._log.setdefault(item.folder, {})[item.id] = next(self._numbers)
        self._note(by, verb, item)
        return item

    def _take(self, item_id: str) -> Item:
        item = self.item(item_id)
        del self.items[item_id]
        self._log.setdefault(item.folder, {})[item_id] = next(self._numbers)
        return item

    def _note(self, by: str, verb: str, item: Item) -> None:
        self.deeds.append(Deed(self.now(), by, verb, item=item))


def subject_of(mime: bytes) -> str:
    """The subject line of a plain message."""
    head = mime.partition(b"\r\n\r\n")[0]
    return next((line[9:] for line in head.split(b"\r\n") if line.lower().startswith(b"subject: ")), b"").decode()


def deepest_first(rooms: Sequence[Room]) -> list[Room]:
    """Folders within others before those."""
    parents = {room.id: room.parent for room in rooms}

    def depth(folder_id: str) -> int:
        return 1 + depth(parents[folder_id]) if folder_id in parents else 0

    return sorted(rooms, key=lambda room: -depth(room.id))
