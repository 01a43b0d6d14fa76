"""The task lists of an account, and the tasks of each in the order in which their owner sees them.

Method tasks.list of the discovery document tasks.v1: 20 tasks a page unless more are asked for (100 at most); without
showHidden whatever was completed in Google's own programs is missing, and without showAssigned what was assigned in
documents and chats.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from engine.connectors.google.reading.items import Found
from engine.connectors.google.reading.shelf import Shelf
from engine.connectors.google.reading.values import BY_ID, each_once, line, time
from engine.connectors.google.rest.asking import Asking, Json
from engine.connectors.google.rest.interfaces import Interface
from engine.ports.source import FolderList, Role, SourceFolder

LISTS = "/users/@me/lists"
NAMELESS = "Tasks"
MOST_LISTS, MOST_TASKS = 1000, 100      # a page


def folders(asking: Asking) -> FolderList:
    """A folder for each list; that of the default list is the mailbox's own. Of lists of one title each has a number.

    "@default" stands for the default list in requests (tasks.v1, TaskList.id). A list keeps its id whatever it is
    called, and whichever others are.
    """
    lists = sorted(asking.pages(Interface.TASKS, LISTS, "items", maxResults=MOST_LISTS), key=lambda one: str(one["id"]))
    default = asking.one(Interface.TASKS, f"{LISTS}/@default").get("id")
    names = each_once([line(one, "title") or NAMELESS for one in lists])
    ids = [str(one["id"]) for one in lists]
    return FolderList(tuple(
        SourceFolder((name,), its_id, Role.TASKS if its_id == default else None, lasting=(BY_ID, its_id))
        for name, its_id in zip(names, ids, strict=True)
    ))


@dataclass(frozen=True, slots=True)
class _Row:
    """What puts a task into its place; `number` is that on the shelf."""

    number: int
    id: str
    title: str
    parent: str
    position: str
    updated: datetime | None


def listed(asking: Asking, folder: SourceFolder) -> Iterator[Found]:
    """All tasks of a list, each with its sub-tasks behind it.

    Its second part holds the titles of the tasks that it is a sub-task of, and its place in the list, from 1.
    """
    shelf, rows = Shelf(), dict[str, _Row]()
    for task in asking.pages(
        Interface.TASKS, f"/lists/{quote(folder.ref, safe='')}/tasks", "items", maxResults=MOST_TASKS,
        showCompleted="true", showHidden="true", showAssigned="true", showDeleted="false",
    ):
        if not task.get("deleted"):
            rows[str(task["id"])] = _row(shelf.put(dict(task)), task)
    for place, row in enumerate(_in_order(rows), start=1):
        above = list(_above(row, rows))
        known = [one.updated for one in (row, *above)]
        when = None if None in known else max(one for one in known if one is not None)
        beside = {"above": [one.title for one in reversed(above)], "place": place}
        yield Found(row.id, (shelf.get(row.number), beside), when)


def _row(number: int, task: Json) -> _Row:
    return _Row(
        number, str(task["id"]), line(task, "title"), str(task.get("parent") or ""), str(task.get("position") or ""),
        time(task, "updated"),
    )


def _in_order(rows: Mapping[str, _Row]) -> list[_Row]:
    """Tasks by their positions, which sort as texts among those of one parent (tasks.v1, Task.position)."""
    def place(row: _Row) -> tuple[tuple[str, str], ...]:
        return tuple((one.position, one.id) for one in (*reversed(list(_above(row, rows))), row))

    return sorted(rows.values(), key=place)


def _above(row: _Row, rows: Mapping[str, _Row]) -> Iterator[_Row]:
    """The tasks that it is a sub-task of, from its own parent up; a parent that is not there is none."""
    seen = {row.id}
    while row.parent in rows and row.parent not in seen:
        row = rows[row.parent]
        seen.add(row.id)
        yield row
