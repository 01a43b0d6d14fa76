"""What people write into a task, as Google keeps it."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from emulators.google.rest.refusals import invalid, not_emulated, precondition
from emulators.google.rest.values import moment, stamp
from emulators.google.tasks.lists import NOTES, TITLE, Task

WRITTEN = ("title", "notes", "status", "due", "completed", "deleted")


def patched(task: Task, given: Mapping[str, Any], now: float) -> None:
    """Write the fields that are given; null takes one away. Raises ApiError (400).

    `hidden` and `assignmentInfo` are read-only and ignored (tasks.v1, Task); so is the id, if it is the task's own.
    """
    if given.get("id") not in (None, "", task.id):
        raise invalid("Task ID may not be changed", reason="invalid")
    fields = dict(task.fields)
    for name in WRITTEN[:4]:
        if name in given:
            fields[name] = given[name]
    _complete(fields, given, now)
    if task.assigned and given.get("deleted"):
        raise precondition("An assigned task is deleted by tasks.delete")
    if "driveResourceInfo" in fields.get("assignmentInfo", {}) and fields.get("notes"):
        raise precondition("A task from a document has no notes")
    task.fields = {name: value for name, value in fields.items() if value is not None and (value or name == "title")}
    _check(task.fields)
    task.deleted = bool(given.get("deleted", task.deleted))
    task.hidden = task.hidden and task.completed
    task.updated = now


def _check(fields: dict[str, Any]) -> None:
    if len(fields.get("title", "")) > TITLE or len(fields.get("notes", "")) > NOTES:
        raise invalid("The title or the notes are too long", reason="invalid")
    if "due" in fields:
        fields["due"] = day(fields["due"])


def _complete(fields: dict[str, Any], given: Mapping[str, Any], now: float) -> None:
    """Completion has a time, of now unless it is given; what is not completed has none."""
    status = fields["status"] = fields.get("status") or "needsAction"
    if status not in ("needsAction", "completed"):
        raise invalid(f"Invalid status: {status}", reason="invalid")
    if status == "needsAction":
        if given.get("completed"):
            raise invalid("A task that needs action has no completion date", reason="invalid")
        fields.pop("completed", None)
    elif given.get("completed"):
        fields["completed"] = stamp(_moment(given["completed"]).timestamp())
    else:
        fields.setdefault("completed", stamp(now))


def day(text: str) -> str:
    """A due date: only the day is kept, at midnight in UTC (tasks.v1, Task.due).

    Raises ApiError for a time whose day is another one in UTC: no document says which of the two is kept.
    """
    due = _moment(text)
    if due.date() != due.astimezone(UTC).date():
        raise not_emulated(f"a due date with another day in UTC: {text}")
    return f"{due.date().isoformat()}T00:00:00.000Z"


def _moment(text: str) -> Any:
    try:
        return moment(text)
    except ValueError as error:
        raise invalid(f"Invalid time: {text}", reason="invalid") from error
