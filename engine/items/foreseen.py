"""What copying the items of one content would do: what is there, what does not fit, where it would go.

Nothing is written: folders that are missing are made up, by the same rules by which a migration makes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from engine.errors import Side
from engine.items.compared.taken_away import rules_for
from engine.items.folders.placement import Path, Placed, Placement
from engine.items.kind import ItemKind
from engine.items.run import Run
from engine.items.source.lister import Lister
from engine.items.source.listing import Listing
from engine.items.source.readers import Readers, Reading
from engine.ports.destination import DestinationFolder
from engine.ports.facts import Retention
from engine.ports.source import LeftFolder, Source, SourceFolder

MADE_UP = "made up:"        # the beginning of the id of a folder that is not there


@dataclass(frozen=True, slots=True)
class Mapped:
    """A folder of the source with how many `items` it has, and where they would go; `new`: it would be made.

    `destination` is empty where there would be no place for it.
    """

    source: Path
    destination: Path
    items: int
    new: bool


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a source has of one content. `size` is in bytes, as its server says.

    `too_large` are the items that the destination would not take, `old` those that it would move or delete by itself,
    by rule. `left_out` are items that would not be copied for another reason. `left` are folders that stay, `unread`
    those that the source does not list, with its words.
    """

    items: int = 0
    size: int = 0
    too_large: int = 0
    left_out: int = 0
    old: Mapping[Retention, int] = field(default_factory=dict)
    folders: tuple[Mapped, ...] = ()
    left: tuple[LeftFolder, ...] = ()
    unread: Mapping[Path, str] = field(default_factory=dict)


def foresee(run: Run, source: Source, kind: ItemKind) -> Foreseen:
    """Lists the source, and finds the place of each folder. Raises FatalError, HaltedError, RetryableError."""
    readers = Readers(Reading(source, kind.content), run.halt, patience=run.patience, on_wait=run.on_wait)
    try:
        reader = readers.take()
        found = run.patiently(reader.folders, Side.SOURCE)
        readers.give(reader)
        # A folder that shows everything shows what other folders have, once more.
        wanted = [folder for folder in found.folders if folder.selectable and not folder.everything]
        listings = list(_listed(Lister(run, kind, readers), wanted))
    finally:
        readers.close()
    placement = _Imagined(run, kind)
    placed = {each.source.path: each for each in placement.place(found.folders)}
    largest = run.destination.writer(kind.content).largest
    sizes = [size for listing in listings for size in listing.sizes]
    return Foreseen(
        items=len(sizes), size=sum(sizes), too_large=sum(size > largest for size in sizes),
        left_out=found.left_out + sum(listing.deleted + listing.others for listing in listings),
        old=_old(run, listings) if kind.expires else {},
        folders=tuple(placement.mapped(placed[listing.folder.path], len(listing)) for listing in listings),
        left=tuple(each for each in found.left if each.of.isdisjoint(run.contents)),
        unread={listing.folder.path: listing.refusal for listing in listings if listing.refusal},
    )


def _listed(lister: Lister, folders: Sequence[SourceFolder]) -> Iterator[Listing]:
    for listing in lister.all(folders, keys=False):
        yield lister.last_try(listing.folder, keys=False) if listing.put_off else listing


def _old(run: Run, listings: Sequence[Listing]) -> Mapping[Retention, int]:
    """How many items each rule of the mailbox would act on now, by when they were received."""
    rules, roles = run.destination.retention(), {each.folder.path: each.folder.role for each in listings}
    found: Counter[Retention] = Counter()
    for listing in listings if rules else ():
        for rule in rules_for(listing.folder.path, roles, rules):
            until = (run.destination.now() - timedelta(days=rule.days)).timestamp()
            found[rule] += sum(0 < received < until for received in listing.received)
    return {rule: count for rule, count in found.items() if count}


def homes(run: Run, kind: ItemKind, folders: Sequence[SourceFolder]) -> Mapping[str, str]:
    """The ids of the folders that items of those go into, by `ref`; one that would have to be made is left out.

    It is the folder that they were written into, wherever its owner has moved it since; else the one that would be
    adopted for them.
    """
    placement = _Imagined(run, kind)
    found = {
        each.source.ref: each.folder_id if each.source.role else placement.written(each.code) or each.folder_id
        for each in placement.place(folders)
    }
    return {ref: folder_id for ref, folder_id in found.items() if folder_id and not folder_id.startswith(MADE_UP)}


class _Imagined(Placement):
    """Where folders would go; those that a migration would make have an id that is made up."""

    def mapped(self, placed: Placed, items: int) -> Mapped:
        """Where that folder is, or would be."""
        path: list[str] = []
        at: str | None = placed.folder_id
        while at and at in self._by_id and at != self._run.destination.top:
            path.insert(0, self._by_id[at].name)
            at = self._by_id[at].parent_id
        return Mapped(placed.source.path, tuple(path), items, placed.folder_id.startswith(MADE_UP))

    def _refresh(self) -> None:
        super()._refresh()
        self._by_id = {folder.id: folder for folder in self._children.values()}

    def _make_ahead(self, level: Sequence[tuple[SourceFolder, str]]) -> None:
        """Nothing is made."""

    def _insisted(self, parent_id: str, name: str, code: str) -> str | None:
        made = self._new(f"{MADE_UP}{len(self._by_id)}", parent_id, name, "")
        self._children[parent_id, name.casefold()] = self._by_id[made.id] = made
        return made.id

    _by_id: dict[str, DestinationFolder]
