"""Items, back: what a task brought is removed again, and what its owner has made of it since stays.

The folders' way back is in folders/emptied.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from functools import partial
from types import MappingProxyType

from engine.items.back.changes import changed, original_first, untouched
from engine.items.back.mailbox_clock import Window
from engine.items.back.spared import spare, spared
from engine.items.folders.places import places
from engine.items.kind import ItemKind
from engine.items.known.tag_index import TagIndex
from engine.items.run import Run
from engine.items.tags import PART, UNFINISHED, parse_tag, undigested, whole_of
from engine.migration.request import Choice
from engine.migration.task_id import compact
from engine.ports.destination import Containing
from engine.ports.items import TaggedItem

SKEW = timedelta(seconds=60)     # what clocks and a server's assistants may differ by


class Stays(StrEnum):
    """Why an item that carries the task's tag is not removed, in the owner's words; {} is what they call one."""

    CHANGED = "changed since the migration, so it stays"
    COPY = "a copy that was made of a migrated {}, so it stays"
    HALF = "changed or copied while it was only half there, so it stays"
    LATER = "made after the migration had stopped, by the mailbox's clock: a copy of a migrated {}, so it stays"
    EARLIER = "made before the migration began, by the mailbox's clock, so it stays"
    TOGETHER = "at the source it is one with what was changed since the migration, so it stays"
    INSIDE = "in a {} that was changed since the migration, so it stays"
    WITHIN = "in a {} that this migration did not bring, so it stays"
    UNDATED = "the destination does not say when it was made, so it stays"

    def of(self, kind: ItemKind) -> str:
        """The words for an item of that kind."""
        return self.value.format(kind.noun)


@dataclass(frozen=True, slots=True)
class Removal:
    """What a rollback would do with all that carries the task's tags.

    `kept` are what its owner has changed since, with `why` where there is more to say than that; `apart` are copies and
    whatever was not made while the task worked. `parts` are those among them that came of one item of the source
    together with another one, which counts for both. `asks` is what a person must agree to, or what is `apart` stays.
    `closed`: all of it stays, as the destination does not show it to this login.
    """

    items: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    apart: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    parts: frozenset[str] = frozenset()
    why: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    asks: frozenset[Choice] = frozenset()
    closed: bool = False

    def count(self, ids: Iterable[str]) -> int:
        """How many items of the source those are of."""
        return sum(item_id not in self.parts for item_id in ids)

    @property
    def recognised(self) -> int:
        """How many items are surely this task's."""
        return self.count(self.items) + self.count(self.kept)

    @property
    def found(self) -> int:
        """How many items carry its tags."""
        return self.recognised + self.count(self.apart)

    def discarding(self) -> Removal:
        """The same, with what its owner has changed removed as well."""
        return replace(self, items=self.items + self.kept, kept=())

    def after(self, refused: Iterable[str]) -> Removal:
        """The same when all is done, but for what the destination `refused` to remove."""
        return replace(self, items=tuple(refused))

    def __add__(self, other: Removal) -> Removal:
        """Both together."""
        apart = MappingProxyType({**self.apart, **other.apart})
        why = MappingProxyType({**self.why, **other.why})
        return Removal(self.items + other.items, self.kept + other.kept, apart, self.parts | other.parts, why,
                       self.asks | other.asks, self.closed or other.closed)

    @property
    def staying(self) -> dict[str, str]:
        """The ids of what is not removed, each with its reason."""
        return {**{item: self.why.get(item, Stays.CHANGED.value) for item in self.kept}, **self.apart}


def plan(run: Run, window: Window, kind: ItemKind, there: Iterable[Found]) -> Removal:
    """What a rollback would do with the task's items of that kind, of all that are there. Changes nothing.

    A copy that the owner made of a migrated item carries the same tag: the one created first is ours, in the same
    second the one that lies where we wrote it. Which items are copies is remembered, so that a rollback that was
    interrupted does not take a copy for the original.
    """
    found = list(there)
    known = spared(run)
    apart = {seen.item.id: why for seen in found if (why := _apart(kind, seen.item, window, known)) is not None}
    ours, copies = _originals(run, kind, [seen for seen in found if seen.item.id not in apart])
    apart |= {copy.id: Stays.COPY.of(kind) for copy in copies}
    known_by = {name for copy in copies for name in (copy.id, _name(copy))} - {_name(item) for item in ours}
    spare(run, known_by)
    itself = changed(run, kind, ours)
    own = _with_all_parts(ours, itself)
    within = _within_others(run, kind, ours)
    theirs = _with_all_inside(run, kind, ours, own | within)
    kept = tuple(item.id for item in ours if item.id in theirs)
    removed = tuple(item.id for item in ours if item.id not in theirs)
    more = MappingProxyType({**_why(kind, own, within, theirs), **dict.fromkeys(own - itself, Stays.TOGETHER.of(kind))})
    return Removal(removed, kept, MappingProxyType(apart), _parts([seen.item for seen in found], known), more)


def _why(kind: ItemKind, own: set[str], within: set[str], theirs: set[str]) -> dict[str, str]:
    """Why items stay that are not simply changed.

    `own` are those that were changed themselves, `within` those that others contain which the task did not bring.
    """
    more = dict.fromkeys(own, f"{Stays.CHANGED.value}; {kind.staying}") if kind.staying else {}
    more |= dict.fromkeys(within - own, Stays.WITHIN.of(kind))
    return more | dict.fromkeys(theirs - own - within, Stays.INSIDE.of(kind))


def _parts(items: Sequence[TaggedItem], known: Collection[str]) -> frozenset[str]:
    """The ids of all that came of an item of the source, but for the one that counts: the first part that is there.

    What is `known` to be its owner's counts by itself.
    """
    several = {whole_of(item.tag) for item in items if PART in item.tag}
    found: dict[tuple[str, bool], list[tuple[int, str]]] = {}
    for item in items:
        if (whole := whole_of(item.tag)) in several and (tag := parse_tag(item.tag)) is not None:
            found.setdefault((whole, item.id in known), []).append((tag.part, item.id))
    return frozenset(item_id for each in found.values() for part, item_id in each if part > min(each)[0])


def _within_others(run: Run, kind: ItemKind, ours: Sequence[TaggedItem]) -> set[str]:
    """The ids of items of the task that are in others, which stay: their owner's own, or those of another task."""
    writer, known = run.destination.writer(kind.content), {item.id for item in ours}
    if not known or not isinstance(writer, Containing):
        return set()
    others = run.patiently(writer.containers) - known
    inside = run.patiently(partial(writer.inside, sorted(others))) & known if others else set()
    return _with_all_parts(ours, inside)


def _with_all_inside(run: Run, kind: ItemKind, items: Sequence[TaggedItem], some: set[str]) -> set[str]:
    """The ids of `some` items, and of all items that those contain, with all their parts."""
    found = set(some)
    writer = run.destination.writer(kind.content)
    if not isinstance(writer, Containing):
        return found
    ours, new = {item.id for item in items}, found
    while new:
        inside = run.patiently(partial(writer.inside, sorted(new))) & ours
        new = _with_all_parts(items, inside) - found
        found |= new
    return found


def _with_all_parts(items: Sequence[TaggedItem], some: set[str]) -> set[str]:
    """The ids of `some` items, and of all that came of the same items of the source: these stay or go together.

    What is unfinished came of another attempt than what is whole. Parts are finished before their first one is.
    """
    tags = {item.id: tag for item in items if (tag := parse_tag(item.tag)) is not None}
    finished = {(tag.folder, tag.key, tag.twin) for tag in tags.values() if tag.part <= 1 and not tag.unfinished}
    bare = {item_id: (tag.folder, tag.key, tag.twin) for item_id, tag in tags.items()}
    wholes = {each: (bare[each], tag.unfinished or bare[each] not in finished) for each, tag in tags.items()}
    apart = {wholes[item_id] for item_id, tag in tags.items() if tag.part}
    stay = {wholes[item_id] for item_id in some & wholes.keys()} & apart
    return some | {item_id for item_id, whole in wholes.items() if whole in stay}


@dataclass(frozen=True, slots=True)
class Found:
    """An item of the task, where it lies; `away` if that is not where it was written."""

    item: TaggedItem
    folder_id: str
    away: bool


def what_is_there(run: Run) -> list[Found]:
    """Every item that carries a tag of the task, wherever it lies."""
    task = compact(run.task_id)
    written = places(run)
    found: dict[str, Found] = {}

    def see(folder_id: str, item: TaggedItem) -> None:
        tag = parse_tag(item.tag)
        if tag is not None and tag.task == task and tag.key:
            found[item.id] = Found(item, folder_id, away=folder_id not in written.get(tag.folder, ()))

    def gone(item_id: str) -> None:
        found.pop(item_id, None)

    TagIndex(
        run.destination, run.halt, see, gone=gone, detail=True, patience=run.patience, on_wait=run.on_wait
    ).read_all()
    return list(found.values())


def _apart(kind: ItemKind, item: TaggedItem, window: Window, spared: set[str]) -> str | None:
    """Why the item is surely not one that the task created; None: it may be."""
    if item.id in spared or _name(item) in spared:
        return (Stays.HALF if item.tag.endswith(UNFINISHED) else Stays.COPY).of(kind)
    if item.created is None:
        return Stays.UNDATED.of(kind)
    if item.created < window.start - SKEW:
        return Stays.EARLIER.of(kind)
    return Stays.LATER.of(kind) if item.created > window.end + SKEW else None


def _name(item: TaggedItem) -> str:
    """What an item is known by wherever its owner moves it, which gives it another id."""
    return f"{item.tag} {item.created}"


def _originals(
    run: Run, kind: ItemKind, found: Sequence[Found]
) -> tuple[list[TaggedItem], list[TaggedItem]]:
    """What we created, and what are copies of it."""
    twice = {undigested(tag): (sent.folder_id, sent.sends - 1) for tag, sent in run.journal.resent().items()}
    originals: dict[str, TaggedItem] = {}
    spare = untouched(run, kind, [seen.item for seen in found if undigested(seen.item.tag) in twice])
    ours: list[TaggedItem] = []
    copies: list[TaggedItem] = []
    for seen in sorted(found, key=lambda seen: (original_first(seen.item)[0], seen.away, original_first(seen.item)[1])):
        item = seen.item
        tag = undigested(item.tag)
        folder_id, more = twice.get(tag, ("", 0))
        if originals.setdefault(tag, item) is item:
            ours.append(item)
        elif more and folder_id == seen.folder_id and item.id in spare:    # sent twice, and it arrived twice
            twice[tag] = (folder_id, more - 1)
            ours.append(item)
        else:
            copies.append(item)
    return ours, copies
