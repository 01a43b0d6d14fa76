"""Lists of tasks, as their owner keeps them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

DEFAULT = "My Tasks"        # the list that an account always has
PAGED = "A hundred and fifty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task. `parent` is the key of the one that it is a part of; `hidden`: cleared from its list when it was done."""

    key: str
    title: str
    list: str
    note: str = ""
    due: date | None = None
    completed: datetime | None = None
    hidden: bool = False
    parent: str = ""


def every_kind() -> Iterator[Task]:
    """One of each, over several lists."""
    home, work = DEFAULT, "Arbeit & Übung ✅"
    yield Task(key="plain", title="plain", list=home)
    yield Task(key="noted", title="noted", list=home, note="Line 1\nLine 2 🍰\n<b>not bold</b> & more")
    yield Task(key="due", title="due", list=home, due=date(2027, 3, 28))
    yield Task(key="due long ago", title="due long ago", list=home, due=date(2019, 12, 31))
    yield Task(key="done", title="done", list=home, completed=datetime(2026, 5, 4, 23, 30, tzinfo=UTC))
    yield Task(key="done and due", title="done and due", list=home, due=date(2026, 5, 1),
               completed=datetime(2026, 5, 4, 0, 30, tzinfo=UTC))
    yield Task(key="cleared", title="cleared", list=home, completed=datetime(2026, 6, 4, 9, tzinfo=UTC), hidden=True)
    yield Task(key="trip", title="Trip to Oslo", list=work, note="All of it", due=date(2027, 6, 1))
    yield Task(key="trip 1", title="Book a train", list=work, parent="trip", due=date(2027, 5, 1))
    yield Task(key="trip 2", title="Find a hotel", list=work, parent="trip",
               completed=datetime(2026, 7, 1, 12, tzinfo=UTC))
    yield Task(key="trip 3", title="Pack", list=work, parent="trip", note="socks")
    for number in (1, 2):
        yield Task(key=f"same {number}", title="the same title", list=work)
    yield Task(key="same elsewhere", title="the same title", list=home)
    yield Task(key="emoji", title="🎂 für Zoë — 買い物", list=work)
    yield Task(key="long", title="T" * 1_000, list=work, note="N" * 8_000)
    yield Task(key="no title", title="", list=work, note="only a note")


LISTS = (DEFAULT, "Arbeit & Übung ✅", PAGED, "Empty", "Shopping", "Twin")


def tasks(chance: random.Random, *, paged: int = 150, more: int = 40) -> list[Task]:
    """Every kind, a list that takes several pages, and others drawn."""
    found = list(every_kind())
    for number in range(paged):
        one = Task(key=f"page {number}", title=f"page {number}", list=PAGED)
        done = datetime(2026, 8, 1, 12, tzinfo=UTC) + timedelta(hours=number)
        found.append(replace(one, completed=done, hidden=number % 2 == 0) if number % 3 == 0 else one)
    for number in range(more):
        day = date(2026, 1, 1) + timedelta(days=chance.randrange(800))
        found.append(Task(key=f"drawn {number}", title=f"drawn {number}", list=chance.choice(("Shopping", "Twin")),
                          due=chance.choice((None, day)), note=chance.choice(("", f"Note of {number}"))))
    return found
