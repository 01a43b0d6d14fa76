"""Which folders of the destination a task has written items into, by the codes that tags name.

A folder's own code leads to one folder: later tasks find it by that. Where the items of several folders name another
folder in their tags, as those of labels do, that folder's code leads to all of these, under a name of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from engine.items.folders.placement import Placed
from engine.items.kind import ItemKind
from engine.items.run import Run
from engine.migration.earlier import PLACES, Earlier
from engine.store.stored import read_plain, write_plain

SHARED = "shared:"      # stands before a code that leads to several folders
BETWEEN = "\n"          # their ids


def note_places(run: Run, kind: ItemKind, placed: Iterable[Placed]) -> None:
    """Adds those folders to what the task has noted at earlier visits."""
    known = _known(run)
    for each in placed:
        if each.folder_id:
            known[each.code] = each.folder_id
            if each.source.known_as:
                name = f"{SHARED}{kind.item_code(each.source)}"
                there = known[name].split(BETWEEN) if name in known else []
                known[name] = BETWEEN.join(dict.fromkeys((*there, each.folder_id)))
    run.journal.remember(PLACES, write_plain(known))


def places(run: Run) -> Mapping[str, Collection[str]]:
    """The ids of the folders that the task wrote into, by the folder that the tags of what lies there name."""
    found: dict[str, set[str]] = {}
    for name, ids in _known(run).items():
        found.setdefault(name.removeprefix(SHARED), set()).update(ids.split(BETWEEN))
    return found


def written(earlier: Iterable[Earlier]) -> Iterator[tuple[int, str]]:
    """What those tasks wrote into: numbers of the source folders' own codes, each with the id of its folder."""
    for task in earlier:
        for code, folder_id in task.folders.items():
            if not code.startswith(SHARED):
                yield int(code, 16), folder_id


def _known(run: Run) -> dict[str, str]:
    found: dict[str, str] = read_plain(run.journal.recall(PLACES), name=f"Migration {run.task_id}", otherwise={})
    return found
