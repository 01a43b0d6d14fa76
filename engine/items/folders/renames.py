"""Which folders need not be made: those whose messages are all there, and those that were renamed at the source."""

from __future__ import annotations

from collections.abc import Sequence

from engine.items.compared.pairing import Pairing
from engine.items.folders.placement import FolderPlan, Path
from engine.items.kind import ItemKind
from engine.items.source.listing import Listing
from engine.ports.source import SourceFolder


def plan_folders(
    kind: ItemKind, folders: Sequence[SourceFolder], listings: Sequence[Listing], pairing: Pairing
) -> FolderPlan:
    """Compares the folders of today with those that the tags name."""
    return FolderPlan(_former(kind, folders, listings, pairing), _unneeded(folders, listings, pairing))


def _former(
    kind: ItemKind, folders: Sequence[SourceFolder], listings: Sequence[Listing], pairing: Pairing
) -> dict[Path, str]:
    """The code that each renamed folder had.

    A folder was renamed when everything in it that is there came from other folders, and most of it from one that the
    source no longer has, or that was renamed itself. Of several parts of one folder the largest is the old one.
    """
    former: dict[int, str] = {}
    for (number, index), _ in pairing.moved.most_common():
        code = f"{number:08x}"
        shows_others = bool(listings[index].folder.known_as)     # whose messages do not tell what it was called
        if index not in former and not pairing.stayed[index] and not shows_others and code not in former.values():
            former[index] = code
    there = {kind.item_code(folder) for folder in folders}
    renamed = {listings[index].code for index in former}
    while lasting := [index for index, code in former.items() if code in there and code not in renamed]:
        for index in lasting:
            del former[index]
            renamed.discard(listings[index].code)
    return {listings[index].folder.path: code for index, code in former.items()}


def _unneeded(folders: Sequence[SourceFolder], listings: Sequence[Listing], pairing: Pairing) -> frozenset[Path]:
    """Folders whose messages are all there, and folders of folders that hold nothing else."""
    all_there = {
        listing.folder.path for index, listing in enumerate(listings)
        if len(listing) and not pairing.left[index] and not listing.refusal and not listing.late
        and not (pairing.held and pairing.held[index])
    }
    unneeded: set[Path] = set()
    children: dict[Path, list[Path]] = {}
    for folder in folders:
        children.setdefault(folder.path[:-1], []).append(folder.path)
    for folder in sorted(folders, key=lambda folder: len(folder.path), reverse=True):
        below = children.get(folder.path, [])
        own = folder.path in all_there or (not folder.selectable and bool(below))
        if own and all(child in unneeded for child in below):
            unneeded.add(folder.path)
    return frozenset(unneeded)
