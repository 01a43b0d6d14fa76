"""Mail, back: what a task brought is removed again, and what its owner has made of it since stays."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from engine import threads
from engine.earlier import PLACES
from engine.errors import FatalError, Side
from engine.gate import Gate
from engine.ports import Outcome, TaggedItem, Verdict
from engine.run import TICK, Run
from engine.tag_index import TagIndex
from engine.tags import folder_tag, parse_tag
from engine.task_id import compact
from engine.transfer import MOST_WRITERS

DELETE_AT_ONCE = 50
COPY_TOLERANCE = timedelta(seconds=5)
SKEW = timedelta(seconds=60)     # what clocks and a server's assistants may differ by


@dataclass(frozen=True, slots=True)
class Window:
    """The time, by the destination's clock, in which a task wrote; `step_end` is the end of its mail step."""

    start: datetime
    end: datetime
    step_end: datetime


@dataclass(frozen=True, slots=True)
class Removal:
    """What a rollback would remove, and what it would keep because its owner has changed it since."""

    items: tuple[str, ...]
    kept: tuple[str, ...]
    folders: tuple[str, ...]


def plan(run: Run, window: Window, *, discard_changes: bool) -> Removal:
    """Reads what carries the task's tags. Changes nothing.

    A copy that the owner made of a migrated message carries the same tag: the one created first is ours, in the same
    second the one that lies where we wrote it. Which items are copies is remembered, so that a rollback that was
    interrupted does not take a copy for the original.
    """
    task = compact(run.task_id)
    spared = set(json.loads(run.journal.recall("spared copies") or "[]"))
    places = json.loads(run.journal.recall(PLACES) or "{}")
    found: dict[str, _Found] = {}

    def see(folder_id: str, item: TaggedItem) -> None:
        tag = parse_tag(item.tag)
        if tag is not None and tag.task == task and tag.key and item.id not in spared and _within(item, window):
            found[item.id] = _Found(item, folder_id, away=places.get(tag.folder) != folder_id)

    def gone(item_id: str) -> None:
        found.pop(item_id, None)

    TagIndex(
        run.destination, run.halt, see, gone=gone, detail=True, patience=run.patience, on_wait=run.on_wait
    ).read_all()
    twice = {tag: (sent.folder_id, sent.sends - 1) for tag, sent in run.journal.resent().items()}
    originals: dict[str, TaggedItem] = {}
    ours: list[TaggedItem] = []
    for seen in sorted(found.values(), key=lambda seen: (age(seen.item)[0], seen.away, age(seen.item)[1])):
        item = seen.item
        folder_id, more = twice.get(item.tag, ("", 0))
        if originals.setdefault(item.tag, item) is item:
            ours.append(item)
        elif more and folder_id == seen.folder_id and unmodified(item):    # sent twice, and it arrived twice
            twice[item.tag] = (folder_id, more - 1)
            ours.append(item)
        else:
            spared.add(item.id)
    run.journal.remember("spared copies", json.dumps(sorted(spared)))
    changed = set() if discard_changes else {item.id for item in ours if _changed_draft(item, window)}
    removed = tuple(item.id for item in ours if item.id not in changed)
    return Removal(removed, tuple(changed), _own_folders(run))


@dataclass(frozen=True, slots=True)
class _Found:
    """An item of the task, where it lies; `away` if that is not where it was written."""

    item: TaggedItem
    folder_id: str
    away: bool


def _within(item: TaggedItem, window: Window) -> bool:
    return item.created is not None and window.start - SKEW <= item.created <= window.end + SKEW


def _changed_draft(item: TaggedItem, window: Window) -> bool:
    """A draft that was edited since, or sent: it is its owner's work now."""
    if item.modified is None or item.modified <= window.step_end + SKEW:
        return False
    return item.draft or (item.sent is not None and item.sent > window.step_end + SKEW)


def _own_folders(run: Run) -> tuple[str, ...]:
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


def remove(run: Run, removal: Removal, *, on_removed: Callable[[int], None]) -> dict[str, str]:
    """Removes those items for good; tells how many more were removed as it goes on.

    Returns those that the destination refuses to remove, and why.
    """
    refused: dict[str, str] = {}
    next_tick, since = threads.monotonic() + TICK, 0
    try:
        for removed, kept in deleted(run, removal.items):
            since += removed
            refused |= kept
            if threads.monotonic() >= next_tick:
                on_removed(since)
                next_tick, since = threads.monotonic() + TICK, 0
    finally:
        on_removed(since)
    return refused


def remove_folders(run: Run, folder_ids: Sequence[str]) -> int:
    """Removes those of the folders that are empty, in the order given; says how many."""
    count = 0
    for folder_id in folder_ids:
        run.halt.check()
        run.owner.cover(run.destination.deadline(0))
        count += run.patiently(partial(run.destination.delete_folder, folder_id))
    return count


def deleted(run: Run, ids: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Removes items, several requests at once; yields how many each group brought, and what was refused, with why.

    What was not answered is asked again: removing twice harms nobody.
    """
    groups = [list(ids[i : i + DELETE_AT_ONCE]) for i in range(0, len(ids), DELETE_AT_ONCE)]
    gate = Gate(MOST_WRITERS, run.halt)
    with threads.ThreadPoolExecutor(MOST_WRITERS, thread_name_prefix="removing") as pool:
        yield from pool.map(lambda group: _delete_group(run, gate, group), groups)


def _delete_group(run: Run, gate: Gate, ids: list[str]) -> tuple[int, dict[str, str]]:
    removed = 0
    refused: dict[str, str] = {}
    until = threads.monotonic() + run.patience
    while ids:
        with gate.turn():
            run.owner.cover(run.destination.deadline(0))
            outcomes = run.destination.delete(ids)
        if outcomes[0].verdict is Verdict.SPLIT:       # the request was refused whole: which of them was it?
            half = len(ids) // 2
            for part in (ids[:half], ids[half:]):
                count, kept = _delete_group(run, gate, part)
                removed += count
                refused |= kept
            break
        removed += sum(o.verdict is Verdict.DONE for o in outcomes)
        refused |= {i: str(o.error) for i, o in zip(ids, outcomes, strict=True) if o.verdict is Verdict.REFUSED}
        again = [i for i, o in zip(ids, outcomes, strict=True) if _ask_again(o)]
        if again:
            gate.was_busy(max((o.back_off for o in outcomes if o.back_off is not None), default=None))
        if again and threads.monotonic() > until:
            raise FatalError("The destination stays busy; try again later.", side=Side.DESTINATION)
        ids = again
    return removed, refused


def _ask_again(outcome: Outcome) -> bool:
    if outcome.verdict is Verdict.FATAL:
        raise outcome.error or FatalError("The destination refused.", side=Side.DESTINATION)
    return outcome.verdict in (Verdict.BUSY, Verdict.UNKNOWN)


def unmodified(item: TaggedItem) -> bool:
    """Whether nobody has changed it since it was made."""
    return item.created is not None and item.modified is not None and item.modified - item.created <= COPY_TOLERANCE


def age(item: TaggedItem) -> tuple[datetime, datetime]:
    """Sorts the original before its copies: created first; where a server keeps that time on a copy, changed first."""
    never = datetime(9999, 1, 1, tzinfo=UTC)
    return (item.created or never, item.modified or never)
