"""Other tasks that wrote into the same destination mailbox: what they said they copied, and where to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.errors import Cause, FatalError, Side
from engine.migration.account import Account
from engine.migration.content import Content
from engine.migration.record import State
from engine.migration.states import GOING_BACK
from engine.store.store import Store
from engine.store.stored import read_plain, write_plain
from engine.words import number, plural

PLACES = "places"        # the fact that says which folder each source folder's items were written to
NEWEST = "newest"        # the fact that says when what a task saw of a content at the source was changed last
BROUGHT = "brought"      # the fact that says how much of a content a task has brought, and when it looked for it


@dataclass(frozen=True, slots=True)
class Brought:
    """How many items of one content a task has brought, whatever became of them since.

    `listed` is when it began its last look at the source that was followed to the end, by the destination's clock.
    """

    count: int
    listed: datetime

    def written(self) -> str:
        """The same, to be stored."""
        return write_plain([self.count, self.listed.isoformat()])


@dataclass(frozen=True, slots=True)
class Earlier:
    """A task that wrote into this mailbox, ours included.

    `copied` is what its record says of one content, in items. `folders` are the ids that it wrote into, by the source
    folder's code. `brought` is None where it moved another source, or was never at the end of that content. `started`
    is when it began to write, by the clock of our machines. `newest` is when the newest of what it found at the source
    was changed, by the source's clock, in seconds since 1970; None where it moved another source, or nobody told.
    `of_another_source`: it moved another account.
    """

    task_id: str
    state: State
    copied: int
    folders: Mapping[str, str]
    brought: Brought | None = None
    started: datetime | None = None
    newest: int | None = None
    of_another_source: bool = False

    @property
    def is_rolling_back(self) -> bool:
        """True: its items are being removed, so nobody may count on them."""
        return self.state in GOING_BACK

    @property
    def counts(self) -> bool:
        """True: what it copied is still meant to be there."""
        return self.state not in (*GOING_BACK, State.ROLLED_BACK)


def earlier_tasks(store: Store, mailbox: str, content: Content, source: Account) -> Iterator[Earlier]:
    """Every task that wrote into the mailbox, newest first. `source` is the one that is moved now."""
    for task in store.of_mailbox(mailbox):
        known = store.recall(task.task_id, PLACES)
        folders = read_plain(known, name=f"Migration {task.task_id}", otherwise={})
        its = task.request.source
        same = (its.identity, its.host) == (source.identity, source.host)
        brought = _brought(store, task.task_id, content) if same else None
        newest = store.recall(task.task_id, newest_fact(content)) if same else None
        yield Earlier(
            task.task_id, task.state, task.step(content).counts.copied, folders, brought, task.started,
            None if newest is None else int(newest), not same,
        )


def brought_fact(content: Content) -> str:
    """The name of the fact that says what was brought of a content."""
    return f"{BROUGHT}:{content}"


def newest_fact(content: Content) -> str:
    """The name of the fact that says when the newest item of a content was changed."""
    return f"{NEWEST}:{content}"


def _brought(store: Store, task_id: str, content: Content) -> Brought | None:
    known = store.recall(task_id, brought_fact(content))
    count, listed = read_plain(known, name=f"Migration {task_id}", otherwise=(0, ""))
    return Brought(count, datetime.fromisoformat(listed)) if listed else None


def check_found(earlier: Iterable[Earlier], count: Callable[[str], int]) -> None:
    """Stops when the world looks wrong: earlier tasks copied here, and by the `count` of their tags nothing is seen.

    Raises FatalError (NOTHING_FOUND).
    """
    expected = [task for task in earlier if task.counts and task.copied]
    if expected and not any(count(task.task_id) for task in expected):
        raise nothing_found(sum(task.copied for task in expected))


def check_not_emptied(found: int, copied: int, noun: str) -> None:
    """Stops when the source shows nothing of a content, although `copied` items of this task came from it.

    `noun` is what their owner calls one. Raises FatalError. Sums and report stay as they were.
    """
    if copied and not found:
        raise FatalError(
            f"The source has no {plural(noun)} any more, although this migration copied {number(copied, noun)} from "
            "it. If they were removed on purpose, cancel this migration: what was copied stays. "
            "If not, its server may be showing another mailbox: ask its administrator.",
            side=Side.SOURCE,
        )


def nothing_found(copied: int) -> FatalError:
    """The stop when the look at the destination shows nothing of what was copied there."""
    return FatalError(
        f"Earlier migrations copied {number(copied, 'item')} into this mailbox, and nothing of that can be seen now. "
        "If the mailbox was emptied or restored on purpose, choose to copy everything again; if not, its server may be "
        "showing another mailbox.",
        cause=Cause.NOTHING_FOUND, side=Side.DESTINATION,
    )
