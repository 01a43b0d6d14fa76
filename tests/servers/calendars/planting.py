"""Seeds put into a mailbox of the Exchange emulator by SQL, as a server would have stored them, without a client."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from emulators.exchange import attached, item, mailbox
from emulators.exchange.attached import Attached
from emulators.exchange.calendar import identity
from emulators.exchange.item import READ, Item
from emulators.exchange.mailbox import Mailbox
from emulators.exchange.soap import TYPES
from emulators.exchange.store import Store
from tests.contract.exchange_emulator.series_matrix import element as recurrence
from tests.servers.calendars.seeds import PLACES, File, Own, Seed, by_rule, text_of

BORN = "2023-11-05T06:07:08Z"
_PEOPLE = ("RequiredAttendees", "OptionalAttendees", "Resources")
# Where each element that an occurrence may have of its own is kept, but for those that are kept as they are.
_COLUMNS = {"Subject", "Sensitivity", "Importance", "Categories", "LegacyFreeBusyStatus", "IsAllDayEvent"}


def plant(database: Path, address: str, seeds: Iterable[Seed]) -> None:
    """Puts seeds into the calendar of a mailbox."""
    with closing(Store(database)) as store, store.transaction() as db:
        owner = mailbox.load(db, address)
        assert owner is not None, address
        (folder,) = db.execute(
            "SELECT id FROM folder WHERE mailbox=? AND distinguished='calendar'", (owner.id,)).fetchone()
        for seed in seeds:
            _Planted(db, owner, folder, seed).put()
        owner.save(db)


def written(moment: datetime) -> str:
    """A moment as it is stored."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _zone(name: str) -> str:
    """A zone as it is stored: a name of the server's, or a definition."""
    element = PLACES[name][0]
    if "<t:Periods>" in element:
        return element.replace("<t:StartTimeZone ", f'<t:StartTimeZone xmlns:t="{TYPES}" ', 1)
    return element.partition('Id="')[2].partition('"')[0]


def _held(file: File) -> Attached:
    if isinstance(file, Attached):
        return file
    name, content = file
    return Attached((), False, "file", name, "application/octet-stream", "", "", BORN, False, content)


class _Planted:
    """One seed on its way into the store."""

    def __init__(self, db: sqlite3.Connection, owner: Mailbox, folder: int, seed: Seed) -> None:
        self.db, self.owner, self.folder, self.seed = db, owner, folder, seed

    def put(self) -> None:
        """Stores the item, its files, and the occurrences that have something of their own."""
        seed = self.seed
        one = self._item(self._appointment(), dict(seed.elements), list(seed.categories), seed.files)
        one.properties = dict(seed.properties)
        item.insert(self.db, [one])
        self._attach(one, seed.files)
        if seed.series is None:
            return
        modified = {seed.wall(index).date().isoformat(): self._exception(one, index, own)
                    for index, own in seed.own.items()}
        deleted = sorted(seed.wall(index).date().isoformat() for index in seed.deleted)
        one.appointment |= {"modified": modified, "deleted": deleted, "finish": self._finish(modified)}
        item.update(self.db, one)

    def _appointment(self) -> dict[str, Any]:
        seed, object_id = self.seed, identity.new_object_id(BORN)
        start, end = (written(seed.utc(wall)) for wall in (seed.start, seed.start + seed.span))
        kept: dict[str, Any] = {
            "all_day": False, "busy": "Busy", "requested": True, "uid": identity.uid_of(object_id),
            "object_id": object_id.hex(), "sequence": 0, "state": int(any(name in seed.elements for name in _PEOPLE)),
            "response": "Organizer", "organizer": None, "stamp": BORN, "sent": False, "start": start, "end": end,
            "finish": end, "zone": _zone(seed.zone), "end_zone": None, "named": True,
        }
        if seed.series is not None:
            kept["recurrence"] = recurrence(seed.series)
        if "uid" in seed.kept and "object_id" not in seed.kept:
            kept["object_id"] = identity.object_id_of(seed.kept["uid"]).hex()
        return kept | seed.kept

    def _item(
        self, kept: dict[str, Any], elements: dict[str, str], categories: list[str], files: Iterable[File]
    ) -> Item:
        seed, change = self.seed, self.owner.change()
        size = 256 + sum(len(_held(file).content) for file in files)
        self.owner.used += size
        return Item(
            self.owner.id, self.folder, self.owner.entry(), "CalendarItem", "IPM.Appointment", seed.subject,
            seed.sensitivity, seed.importance, BORN, BORN, BORN, BORN, READ, {}, None, None, None,
            categories, False, False, None, not all(_held(file).inline for file in files), size, os.urandom(16),
            elements, None, change, change, change, kept,
        )

    def _exception(self, master: Item, index: int, own: Own) -> list[Any]:
        seed, wall = self.seed, self.seed.wall(index)
        original = written(seed.utc(wall))
        begin = own.start or wall
        start, end = (written(seed.utc(each)) for each in (begin, begin + (own.span or seed.span)))
        files = own.files if own.instead else seed.files + own.files
        kept = {name: value for name, value in master.appointment.items()
                if name not in ("recurrence", "modified", "deleted")}
        kept |= {"of": master.row, "entry": master.entry, "original": wall.date().isoformat(), "start": start,
                 "end": end, "finish": end, "original_start": original, "own": self._own(own)}
        if "IsAllDayEvent" in own.elements:
            kept["all_day"] = text_of(own.elements["IsAllDayEvent"]) == "true"
        if own.zone:
            kept["zone"] = _zone(own.zone)
        if "LegacyFreeBusyStatus" in own.elements:
            kept["busy"] = text_of(own.elements["LegacyFreeBusyStatus"])
        elements = master.extra | {name: each for name, each in own.elements.items() if name not in _COLUMNS}
        extra = {name: each for name, each in elements.items() if each}
        if any(name in own.elements for name in _PEOPLE):
            kept["state"] = kept["state"] & ~1 | any(name in extra for name in _PEOPLE)
        one = self._item(kept, extra, self._categories(master, own), files)
        for name in {"Subject", "Sensitivity", "Importance"} & set(own.elements):
            setattr(one, name.lower(), text_of(own.elements[name]))
        item.insert(self.db, [one])
        self.db.execute("UPDATE item SET gone=2 WHERE row=?", (one.row,))
        self._attach(one, files)
        return [one.row, start, end]

    @staticmethod
    def _own(own: Own) -> list[str]:
        """The names of what an occurrence has of its own."""
        names = set(own.elements) | ({"Start", "End"} if own.start or own.span else set())
        if own.files or own.instead:
            names.add("Attachments")
        if own.zone:
            names.add("StartTimeZone")
        if any(name in own.elements for name in _PEOPLE):
            names.add("AppointmentState")
        return sorted(names)

    @staticmethod
    def _categories(master: Item, own: Own) -> list[str]:
        if "Categories" not in own.elements:
            return list(master.categories)
        return [one.removeprefix("<t:String>").replace("&amp;", "&")
                for one in own.elements["Categories"].split("</t:String>") if one]

    def _attach(self, one: Item, files: Iterable[File]) -> None:
        attached.insert(self.db, [(one.row, replace(_held(file), path=(number,))) for number, file in enumerate(files)])

    def _finish(self, modified: dict[str, list[Any]]) -> str | None:
        """The end of the last occurrence; None of a series without end."""
        seed = self.seed
        if seed.series is None or (seed.series.number is None and seed.series.until is None):
            return None
        last = [*by_rule(seed.series, seed.start.time())][-1]
        return max([written(seed.utc(last + seed.span)), *(end for _, _, end in modified.values())])
