"""A later release of the product, beside this one: the same doors, which store what this release does not know.

Run as a program it opens a door: `python -m tests.servers.processes.later_release worker.py migrations`. By the last
digit of the task, what it makes

- has a field more in every shape, which is told apart from what this release makes;
- or a higher version of the record, or of the cards and letters;
- or a state of the record that is new;
- or orders of an unknown kind, or with an argument more.

OMM_MADE_LATER names a file; each task and each order that this release has made is a line in it.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

from engine.migration.record import Migration
from engine.store import stored
from engine.store.store import Store
from engine.store.stored import S, Stored

ADDED = "added_later"
HIGHER = 99     # a version that no shape of this release has
WITHIN = ("request", "source", "destination", "mail", "counts", "attention", "rollback", "fields", "verdict")
NEW_STATE, OLD_STATE = "resting", "running"
NEW_KIND, OLD_KIND = "migrate_gently", "migrate"
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"     # of a task ID


class Change(StrEnum):
    """What the later release does differently about a task, beside the fields that it adds to all."""

    NOTHING_MORE = "nothing more"
    RECORD = "a higher version of the record"
    STATE = "a new state"
    KIND = "an unknown order"
    ARGUMENT = "an argument more, and a higher version of cards and letters"


def change_of(task_id: str) -> Change:
    """What is different about that task."""
    return list(Change)[DIGITS.index(task_id[-1]) % len(Change)]


def task_of(value: Any) -> str:
    """The task that a stored value is about; '' where it does not say."""
    about = getattr(value, "about", ("",))[0]
    return str(getattr(value, "task_id", "") or about or getattr(value, "id", ""))


def write(original: Callable[[Stored], str], value: Stored) -> str:
    """As this release writes it, with what is new."""
    plain = json.loads(original(value))
    kind, task_id = type(value).__name__, task_of(value)
    if kind != "Migration" or value.fencing == 0:                           # type: ignore[attr-defined]
        for each in objects(plain):     # of a record when it is made alone: from then on it must survive by itself
            each[ADDED] = "by the later release"
    if kind in ("Migration", "Order", "Thread") and len(task_id) == len("7K2F-9QXD"):
        different(kind, plain, change_of(task_id))
        if kind == "Order" and plain.get("kind") in (OLD_KIND, NEW_KIND) and change_of(task_id) in (
            Change.KIND, Change.ARGUMENT
        ):
            made("order", task_id)
    return json.dumps(plain)


def different(kind: str, plain: dict[str, Any], change: Change) -> None:
    """Makes of a value what only the later release understands."""
    if (kind, change) in (("Migration", Change.RECORD), ("Thread", Change.ARGUMENT)):
        plain["v"] = HIGHER
    elif kind == "Migration" and change is Change.STATE and plain.get("state") == OLD_STATE:
        plain["state"] = NEW_STATE
    elif kind == "Order" and change is Change.KIND and plain["kind"] == OLD_KIND:
        plain["kind"] = NEW_KIND
    elif kind == "Order" and change is Change.ARGUMENT and plain["kind"] == OLD_KIND:
        plain["arguments"]["gently"] = True


def read(original: Callable[..., S], kind: type[S], value: bytes | str, *, name: str) -> S:
    """What either release has written."""
    try:
        plain = json.loads(stored.as_json(value))
        if plain["v"] == HIGHER:
            plain["v"] = 1
        if plain.get("state") == NEW_STATE:
            plain["state"] = OLD_STATE
        if plain.get("kind") == NEW_KIND:
            plain["kind"] = OLD_KIND
        plain.get("arguments", {}).pop("gently", None)
        value = json.dumps(plain)
    except (ValueError, TypeError, KeyError, AttributeError):
        pass
    return original(kind, value, name=name)


def objects(plain: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The value and the values in it."""
    yield plain
    for key, inner in plain.items():
        if isinstance(inner, dict):
            if key in WITHIN:
                yield from objects(inner)
            elif key == "steps":
                yield from (each for step in inner.values() for each in objects(step))


def beginning(original: Callable[[Store, Migration], bool]) -> Callable[[Store, Migration], bool]:
    """Begins records as this release does, and writes down which: another process may have been first."""

    def begin(store: Store, migration: Migration) -> bool:
        begun = original(store, migration)
        if begun:
            made("task", migration.task_id)
        return begun

    return begin


def made(what: str, task_id: str) -> None:
    """Writes down what this process has made."""
    if name := os.environ.get("OMM_MADE_LATER"):
        with Path(name).open("a", encoding="utf-8") as file:
            file.write(json.dumps([what, task_id]) + "\n")


def become_later() -> None:
    """Has this process write and read as the later release does."""
    stored.write = partial(write, stored.write)  # type: ignore[assignment]
    stored.read = partial(read, stored.read)  # type: ignore[assignment]
    Store.begin = beginning(Store.begin)  # type: ignore[method-assign]


if __name__ == "__main__":
    become_later()
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")
