"""Which folders need not be made: those whose messages are all there, and those that were renamed at the source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from engine.contents.mail_folders import FolderPlan, Path
from engine.contents.mail_listing import Listing
from engine.contents.mail_pairing import Pairing
from engine.ports import SourceFolder
from engine.tags import folder_code


def plan_folders(folders: Sequence[SourceFolder], listings: Sequence[Listing], pairing: Pairing) -> FolderPlan:
    """A folder was renamed when most of what moved into it came from one folder that the source no longer has.

    Of several that came from one, the one that most of it went into is that folder.
    """
    there = {folder_code(folder.path) for folder in folders}
    origins: dict[int, Counter[str]] = {}
    for (number, index), count in pairing.moved.items():
        code = f"{number:08x}"
        if code not in there:
            origins.setdefault(index, Counter())[code] += count
    former: dict[Path, str] = {}
    claims = [(index, *codes.most_common(1)[0]) for index, codes in origins.items()]
    for index, code, _ in sorted(claims, key=lambda claim: claim[2], reverse=True):
        if code not in former.values():
            former[listings[index].folder.path] = code
    return FolderPlan(former, _unneeded(folders, listings, pairing))


def _unneeded(folders: Sequence[SourceFolder], listings: Sequence[Listing], pairing: Pairing) -> frozenset[Path]:
    """Folders whose messages are all there, and folders of folders that hold nothing else."""
    all_there = {
        listing.folder.path for listing, left in zip(listings, pairing.left, strict=True)
        if len(listing) and not left and not listing.refusal
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
