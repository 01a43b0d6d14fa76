"""Recurring tasks go on: one occurrence becomes a task of its own, and the series stands for the next one.

"UpdateItem operation (task)": that happens when an occurrence is completed, and, unless it regenerates, when its start
or due date changes. The answer names the new task; the id in the request goes on to be that of the series.
"""

import copy
import os
from datetime import date

from emulators.exchange import attached, filing, item
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.item import Item
from emulators.exchange.tasks import recurrence, state, task


def continued(call: Call, stored: Item, before: dict[str, str]) -> Item | None:
    """The new task when this update of a series ends an occurrence that another one follows, else None.

    `before` is what `extra` held before the update. The series keeps all but what made the occurrence end.
    """
    if "Recurrence" not in before or before["Recurrence"] != stored.extra.get("Recurrence"):
        return None
    if not _ends(before, stored.extra):
        return None
    moved = _next(before, _completed(call, stored.extra))
    if moved is None:       # the last one: it is the task itself
        return None
    single = _single(call, stored)
    for name in ("Status", "PercentComplete", "CompleteDate", "StartDate", "DueDate"):
        stored.extra.pop(name, None)
        if name in before and name in ("StartDate", "DueDate"):
            stored.extra[name] = before[name]
    task.begin(stored.extra, moved)
    return single


def _ends(before: dict[str, str], after: dict[str, str]) -> bool:
    if state.is_complete(after) and not state.is_complete(before):
        return True
    changed = any(before.get(name) != after.get(name) for name in ("StartDate", "DueDate"))
    return changed and not recurrence.read(after["Recurrence"]).regenerates


def _completed(call: Call, extra: dict[str, str]) -> date:
    found = task.moment(extra, "CompleteDate")
    return found.date() if found is not None else date.fromisoformat(call.now[:10])


def _next(extra: dict[str, str], completed: date) -> recurrence.Recurrence | None:
    """The recurrence from the next occurrence on, or None behind the last one."""
    found = recurrence.read(extra["Recurrence"])
    following = found.following(found.start, completed)
    return None if following is None else found.moved(following)


def _single(call: Call, stored: Item) -> Item:
    """The occurrence as a task of its own, stored beside the series; raises ItemError ErrorQuotaExceeded."""
    made = copy.copy(stored)
    made.extra = {name: kept for name, kept in stored.extra.items() if name != "Recurrence"}
    made.entry, made.search_key = call.mailbox.entry(), os.urandom(16)
    made.created = made.modified = call.now
    made.born = made.change = made.content = call.mailbox.change()
    filing.check_limits(call, made)
    call.mailbox.used += made.size
    item.insert(call.db, [made])
    attached.copy(call.db, stored.row, made.row)
    return made


def skip(call: Call, stored: Item) -> None:
    """Delete the current occurrence alone: the series stands for the next one.

    Raises ItemError ErrorCannotDeleteTaskOccurrence for a task that does not recur, and for the last occurrence
    ("Handling deletion-related errors in EWS in Exchange").
    """
    moved = _next(stored.extra, date.fromisoformat(call.now[:10])) if "Recurrence" in stored.extra else None
    if moved is None:
        raise ItemError("ErrorCannotDeleteTaskOccurrence")
    item.read_properties(call.db, [stored])
    state.reopen(stored.extra)
    task.begin(stored.extra, moved)
    item.changed(call, stored)
    item.update(call.db, stored)
