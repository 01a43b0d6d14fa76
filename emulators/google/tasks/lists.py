"""What one account has of tasks: lists, tasks in their order, and what Google counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from emulators.google.rest.refusals import invalid, missing, precondition
from emulators.google.rest.values import stamp

LISTS, SHOWN, ALL = 2000, 20_000, 100_000      # tasks.v1, tasklists.insert and tasks.insert
TITLE, NOTES = 1024, 8192           # tasks.v1, TaskList and Task


@dataclass(slots=True, kw_only=True)
class Task:
    """A task. `fields` are those that people write, and `assignmentInfo`."""

    id: str
    fields: dict[str, Any] = field(default_factory=dict)
    parent: str = ""
    hidden: bool = False
    deleted: bool = False
    updated: float = 0.0

    @property
    def assigned(self) -> bool:
        """True: it comes from a document or a space."""
        return "assignmentInfo" in self.fields

    @property
    def completed(self) -> bool:
        """True: it is done."""
        return bool(self.fields.get("status") == "completed")


@dataclass(slots=True, kw_only=True)
class TaskList:
    """A list. `tasks` are in their order, those under one parent among themselves."""

    id: str
    title: str
    updated: float
    tasks: list[Task] = field(default_factory=list)

    def task(self, task_id: str) -> Task:
        """One of its tasks, a deleted one too; raises ApiError (404)."""
        found = next((one for one in self.tasks if one.id == task_id), None)
        if found is None:
            raise missing("Task not found.")
        return found

    def siblings(self, parent: str) -> list[Task]:
        """The tasks under a parent, "" for the top level, without deleted ones."""
        return [one for one in self.tasks if one.parent == parent and not one.deleted]

    def place(self, task: Task, parent: str, previous: str) -> None:
        """Put a task under a parent and behind a sibling, or first of all; raises ApiError (400)."""
        if parent:
            self._check_parent(task, parent)
        if previous and previous not in [one.id for one in self.siblings(parent)]:
            raise invalid("Invalid previous task", parameter="previous", reason="invalid")
        task.parent = parent
        others = [one for one in self.tasks if one is not task]
        at = [one.id for one in others].index(previous) + 1 if previous else 0
        self.tasks = [*others[:at], task, *others[at:]]

    def _check_parent(self, task: Task, parent: str) -> None:
        """Tasks.v1, tasks.insert and move. A sub-task of a sub-task is refused, of which the document says nothing."""
        above = next((one for one in self.siblings("") if one.id == parent), None)
        below = [one for one in self.siblings(task.id) if task.id]
        if above is None or above is task or above.hidden or below:
            raise invalid("Invalid parent task", parameter="parent", reason="invalid")
        if above.assigned or task.assigned:
            raise precondition("An assigned task is neither a parent nor a sub-task")

    def position(self, task: Task) -> str:
        """Where a task is among its siblings, as text that sorts in this order."""
        same = [one.id for one in self.tasks if one.parent == task.parent]
        return f"{same.index(task.id):020}"


class Account:
    """The lists of one account, of which the first one is the default."""

    def __init__(self, address: str, now: float) -> None:
        """The default list, empty."""
        self._address, self._made = address, 0
        self.lists: dict[str, TaskList] = {}
        self.add("My Tasks", now)

    def add(self, title: str, now: float) -> TaskList:
        """One more list; raises ApiError for one too many."""
        if len(self.lists) >= LISTS:
            raise precondition(f"There are {LISTS} task lists already", "quotaExceeded")
        made = TaskList(id=self.new_id(), title=title, updated=now)
        self.lists[made.id] = made
        return made

    @property
    def default(self) -> TaskList:
        """The list that @default means."""
        return next(iter(self.lists.values()))

    def list(self, list_id: str) -> TaskList:
        """A list by its id, or @default; raises ApiError (404)."""
        found = self.default if list_id == "@default" else self.lists.get(list_id)
        if found is None:
            raise missing("Task list not found.")
        return found

    def check_room(self, held: TaskList) -> None:
        """Raises ApiError when the list or the account can take no more task."""
        shown = sum(not one.hidden and not one.deleted for one in held.tasks)
        if shown >= SHOWN or sum(len(one.tasks) for one in self.lists.values()) >= ALL:
            raise precondition("There are too many tasks", "quotaExceeded")

    def new_id(self) -> str:
        """An id that nothing had."""
        self._made += 1
        return "T" + sha256(f"{self._address} {self._made}".encode()).hexdigest()[:21]


def list_answer(held: TaskList, base_url: str) -> dict[str, Any]:
    """A list as it is told."""
    return {"kind": "tasks#taskList", "id": held.id, "etag": etag(held.id, held.updated), "title": held.title,
            "updated": stamp(held.updated), "selfLink": f"{base_url}tasks/v1/users/@me/lists/{held.id}"}


def task_answer(held: TaskList, task: Task, base_url: str) -> dict[str, Any]:
    """A task as it is told; what is not so is not there."""
    marks: Mapping[str, Any] = {"parent": task.parent, "hidden": task.hidden, "deleted": task.deleted}
    return {"kind": "tasks#task", "id": task.id, "etag": etag(task.id, task.updated), "title": "",
            "updated": stamp(task.updated), "selfLink": f"{base_url}tasks/v1/lists/{held.id}/tasks/{task.id}",
            "position": held.position(task), **task.fields, "links": [],
            "webViewLink": f"https://tasks.google.com/task/{task.id[1:17]}?sa=6",
            **{name: value for name, value in marks.items() if value}}


def etag(name: str, updated: float) -> str:
    """In quotation marks, as HTTP has it."""
    return f'"{sha256(f"{name} {updated}".encode()).hexdigest()[:16]}"'
