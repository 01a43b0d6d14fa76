"""Which folders of the destination a task has written items into, by the codes that tags name.

A folder's own code leads to one folder: later tasks find it by that. Where the items of several folders name another
folder in their tags, as those of labels do, that folder's code leads to all of these.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from engine.items.kind import ItemKind
from engine.items.placement import Placed
from engine.items.run import Run
from engine.migration.earlier import PLACES
from engine.store.stored import read_plain, write_plain

SHARED = "shared places"     # the fact that says which folders the items of several folders were written to


def note_places(run: Run, kind: ItemKind, placed: Iterable[Placed]) -> None:
    """Adds those folders to what the task has noted at earlier visits."""
    own: dict[str, str] = _known(run, PLACES)
    shared: dict[str, list[str]] = _known(run, SHARED)
    for each in placed:
        if each.folder_id:
            own[each.code] = each.folder_id
            if each.source.known_as:
                homes = shared.setdefault(kind.item_code(each.source), [])
                homes += [each.folder_id] if each.folder_id not in homes else []
    run.journal.remember(PLACES, write_plain(own))
    if shared:
        run.journal.remember(SHARED, write_plain(shared))


def places(run: Run) -> Mapping[str, Collection[str]]:
    """The ids of the folders that the task wrote into, by the folder that the tags of what lies there name."""
    own: dict[str, str] = _known(run, PLACES)
    shared: dict[str, list[str]] = _known(run, SHARED)
    return {code: {*shared.get(code, ()), *([own[code]] if code in own else ())} for code in {*own, *shared}}


def _known(run: Run, fact: str) -> dict[str, Any]:
    found: dict[str, Any] = read_plain(run.journal.recall(fact), name=f"Migration {run.task_id}", otherwise={})
    return found
