"""Folders, back: those that a task made are removed if they are empty, and never with anything in them.

Between a look and a removal the owner's rule may file a message into the folder. So it is set aside first, in Deleted
Items, looked at again there, and then removed, or put back to where it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from engine.errors import GoneError, RefusedError
from engine.items.run import Run
from engine.items.tags import folder_tag, parse_tag
from engine.ports.destination import DestinationFolder
from engine.ports.source import Role
from engine.store.stored import read_plain, write_plain

HOMES = "folders set aside"      # the fact that says where folders were, and what they were called
NOT_EMPTY = "it is not empty, so the folder stays"
FILLED = "something was filed into it meanwhile, so the folder stays"
NEEDED = "an inbox rule that stays files mail into it, so the folder stays"
REFUSED = "the destination does not remove it, so the folder stays"
IN_DELETED = ", in Deleted Items"


@dataclass(frozen=True, slots=True)
class FolderBack:
    """What became of one folder: removed, or kept for a reason. `name` is what it was called before."""

    folder: DestinationFolder
    name: str
    kept: str = ""


def own_folders(run: Run) -> tuple[str, ...]:
    """Folders that the task made, the deepest first."""
    folders = {f.id: f for f in run.patiently(run.destination.folders)}
    prefix = folder_tag(run.task_id, "")

    def depth(folder_id: str) -> int:
        steps, at = 0, folders.get(folder_id)
        while at is not None and steps < len(folders):
            steps, at = steps + 1, folders.get(at.parent_id or "")
        return steps

    mine = [f.id for f in folders.values() if (f.tag or "").startswith(prefix)]
    return tuple(sorted(mine, key=depth, reverse=True))


def paths(folders: Iterable[DestinationFolder]) -> dict[str, str]:
    """Each folder's names from the top down, by its id."""
    there = {folder.id: folder for folder in folders}

    def path(folder_id: str, below: int) -> str:
        folder = there.get(folder_id)
        if folder is None or below > len(there):
            return ""
        return "/".join(name for name in (path(folder.parent_id or "", below + 1), folder.name) if name)

    return {folder_id: path(folder_id, 0) for folder_id in there}


def remove_folders(run: Run, folder_ids: Sequence[str], needed: Collection[str] = ()) -> Iterator[FolderBack]:
    """Removes those of the folders that are empty, in the order given; tells of each as soon as it is known.

    Those that are `needed` by a rule stay: it would be in error without them.
    """
    if not folder_ids:
        return
    there = {f.id: f for f in run.patiently(run.destination.folders)}
    deleted = next((f.id for f in there.values() if f.role is Role.DELETED), None)
    known = run.journal.recall(HOMES)
    homes: dict[str, list[str]] = read_plain(known, name=f"Migration {run.task_id}", otherwise={})
    for folder_id in folder_ids:
        run.halt.check()
        run.owner.cover(run.destination.deadline(0))
        try:
            found = run.patiently(partial(run.destination.folder, folder_id))
        except GoneError:
            continue
        except RefusedError as error:
            if folder_id in there:
                yield FolderBack(there[folder_id], there[folder_id].name, f"the destination does not show it: {error}")
            continue
        if found.parent_id != deleted:      # it never was set aside, or its owner has fetched it since
            homes.pop(folder_id, None)
        yield FolderBack(found, found.name, NEEDED) if folder_id in needed else _removed(run, homes, found)


def _removed(run: Run, homes: dict[str, list[str]], found: DestinationFolder) -> FolderBack:
    """One folder. What an earlier process set aside is known by `homes`."""
    if found.id not in homes:
        if not _is_empty(found):
            return FolderBack(found, found.name, NOT_EMPTY)
        homes[found.id] = [found.parent_id or "", found.name]
        run.journal.remember(HOMES, write_plain(homes))
    parent_id, name = homes[found.id]
    left, said = _left_of(run, found)
    if left is None:
        return FolderBack(found, name)
    stuck = "" if _is_put_back(run, found.id, parent_id, name) else IN_DELETED
    if _is_empty(left):
        return FolderBack(found, name, f"{REFUSED}{stuck}{said}")
    run.decided("folder filled meanwhile", folder=_code(found))
    return FolderBack(found, name, f"{FILLED}{stuck}")


def _left_of(run: Run, found: DestinationFolder) -> tuple[DestinationFolder | None, str]:
    """The folder after it was to be removed, None if it is gone; and what the destination said against it."""
    said = ""
    try:
        if _is_empty(found):
            run.patiently(partial(run.destination.set_aside, found.id))
            if run.patiently(partial(run.destination.delete_folder, found.id)):
                return None, said
    except RefusedError as error:
        said = f": {error}"
    try:
        return run.patiently(partial(run.destination.folder, found.id)), said
    except GoneError:
        return None, said
    except RefusedError:
        return found, said


def _is_put_back(run: Run, folder_id: str, parent_id: str, name: str) -> bool:
    """True: it lies where it was. Where its own parent is gone it goes to the top."""
    for place in (parent_id, run.destination.top):
        try:
            run.patiently(partial(run.destination.put_back, folder_id, place, name))
        except RefusedError:
            continue
        return True
    return False


def _is_empty(folder: DestinationFolder) -> bool:
    return folder.items == 0 and folder.children == 0     # and not if it does not say


def _code(folder: DestinationFolder) -> str:
    tag = parse_tag(folder.tag or "")
    return "" if tag is None else tag.folder
