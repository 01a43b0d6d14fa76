"""Mail, back: what a task brought is removed again, and what its owner has made of it since stays.

The folders' way back is in folders_back.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from engine.items.folders_back import own_folders
from engine.items.mailbox_clock import Window
from engine.items.run import Run
from engine.items.tag_index import TagIndex
from engine.items.tags import parse_tag
from engine.migration.earlier import PLACES
from engine.migration.task_id import compact
from engine.ports.items import TaggedItem
from engine.store.stored import read_plain, write_plain

COPY_TOLERANCE = timedelta(seconds=5)
SKEW = timedelta(seconds=60)     # what clocks and a server's assistants may differ by
SPARED = "spared copies"         # the fact that says which items are their owner's copies


class Stays(StrEnum):
    """Why an item that carries the task's tag is not removed, in the owner's words."""

    CHANGED = "changed since the migration, so it stays"
    COPY = "a copy that was made of a migrated message, so it stays"
    LATER = "made after the migration had stopped, by the mailbox's clock: a copy of a migrated message, so it stays"
    EARLIER = "made before the migration began, by the mailbox's clock, so it stays"
    UNDATED = "the destination does not say when it was made, so it stays"


@dataclass(frozen=True, slots=True)
class Removal:
    """What a rollback would do with all that carries the task's tags.

    `kept` are what its owner has changed since; `apart` are copies and whatever was not made while the task worked.
    """

    items: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    apart: Mapping[str, Stays] = field(default_factory=lambda: MappingProxyType({}))
    folders: tuple[str, ...] = ()

    @property
    def recognised(self) -> int:
        """How many items are surely this task's."""
        return len(self.items) + len(self.kept)

    @property
    def found(self) -> int:
        """How many items carry its tags."""
        return self.recognised + len(self.apart)

    def discarding(self) -> Removal:
        """The same, with what its owner has changed removed as well."""
        return Removal(self.items + self.kept, (), self.apart, self.folders)

    @property
    def staying(self) -> dict[str, str]:
        """The ids of what is not removed, each with its reason."""
        return {**dict.fromkeys(self.kept, Stays.CHANGED.value), **{i: why.value for i, why in self.apart.items()}}


def plan(run: Run, window: Window) -> Removal:
    """Reads what carries the task's tags. Changes nothing.

    A copy that the owner made of a migrated message carries the same tag: the one created first is ours, in the same
    second the one that lies where we wrote it. Which items are copies is remembered, so that a rollback that was
    interrupted does not take a copy for the original.
    """
    found = _tagged(run)
    spared = set(read_plain(run.journal.recall(SPARED), name=f"Migration {run.task_id}", otherwise=[]))
    apart = {seen.item.id: why for seen in found if (why := _apart(seen.item, window, spared)) is not None}
    ours, copies = _originals(run, [seen for seen in found if seen.item.id not in apart])
    apart |= {copy.id: Stays.COPY for copy in copies}
    known_by = {name for copy in copies for name in (copy.id, _name(copy))} - {_name(item) for item in ours}
    run.journal.remember(SPARED, write_plain(sorted(spared | known_by)))
    kept = tuple(item.id for item in ours if _changed_draft(item))
    removed = tuple(item.id for item in ours if not _changed_draft(item))
    return Removal(removed, kept, MappingProxyType(apart), own_folders(run))


@dataclass(frozen=True, slots=True)
class _Found:
    """An item of the task, where it lies; `away` if that is not where it was written."""

    item: TaggedItem
    folder_id: str
    away: bool


def _tagged(run: Run) -> list[_Found]:
    """Every item that carries a tag of the task, wherever it lies."""
    task = compact(run.task_id)
    places = read_plain(run.journal.recall(PLACES), name=f"Migration {run.task_id}", otherwise={})
    found: dict[str, _Found] = {}

    def see(folder_id: str, item: TaggedItem) -> None:
        tag = parse_tag(item.tag)
        if tag is not None and tag.task == task and tag.key:
            found[item.id] = _Found(item, folder_id, away=places.get(tag.folder) != folder_id)

    def gone(item_id: str) -> None:
        found.pop(item_id, None)

    TagIndex(
        run.destination, run.halt, see, gone=gone, detail=True, patience=run.patience, on_wait=run.on_wait
    ).read_all()
    return list(found.values())


def _apart(item: TaggedItem, window: Window, spared: set[str]) -> Stays | None:
    """Why the item is surely not one that the task created; None: it may be."""
    if item.id in spared or _name(item) in spared:
        return Stays.COPY
    if item.created is None:
        return Stays.UNDATED
    if item.created < window.start - SKEW:
        return Stays.EARLIER
    return Stays.LATER if item.created > window.end + SKEW else None


def _name(item: TaggedItem) -> str:
    """What an item is known by wherever its owner moves it, which gives it another id."""
    return f"{item.tag} {item.created}"


def _originals(run: Run, found: Iterable[_Found]) -> tuple[list[TaggedItem], list[TaggedItem]]:
    """What we created, and what are copies of it."""
    twice = {tag: (sent.folder_id, sent.sends - 1) for tag, sent in run.journal.resent().items()}
    originals: dict[str, TaggedItem] = {}
    ours: list[TaggedItem] = []
    copies: list[TaggedItem] = []
    for seen in sorted(found, key=lambda seen: (age(seen.item)[0], seen.away, age(seen.item)[1])):
        item = seen.item
        folder_id, more = twice.get(item.tag, ("", 0))
        if originals.setdefault(item.tag, item) is item:
            ours.append(item)
        elif more and folder_id == seen.folder_id and unmodified(item):    # sent twice, and it arrived twice
            twice[item.tag] = (folder_id, more - 1)
            ours.append(item)
        else:
            copies.append(item)
    return ours, copies


def _changed_draft(item: TaggedItem) -> bool:
    """A draft that was edited or sent since it was made: it is its owner's work now, also while the task still ran."""
    return not unmodified(item) and (item.draft or _was_sent(item))


def _was_sent(item: TaggedItem) -> bool:
    """Sent since it was made, when it was changed last; a message from somewhere whose date is to come was not."""
    if item.created is None or item.modified is None or item.sent is None:
        return False
    return item.created + COPY_TOLERANCE < item.sent <= item.modified + SKEW


def unmodified(item: TaggedItem) -> bool:
    """Whether nobody has changed it since it was made."""
    return item.created is not None and item.modified is not None and item.modified - item.created <= COPY_TOLERANCE


def age(item: TaggedItem) -> tuple[datetime, datetime]:
    """Sorts the original before its copies: created first; where a server keeps that time on a copy, changed first."""
    never = datetime(9999, 1, 1, tzinfo=UTC)
    return (item.created or never, item.modified or never)
