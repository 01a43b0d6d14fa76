"""Items removed for good, several requests at once, each sent once and its answer taken item by item."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from engine import threads
from engine.errors import FatalError, OmmError, Side
from engine.items.run import TICK, Run
from engine.pace.gate import MOST_WRITERS, Gate
from engine.pace.halt import HaltedError
from engine.ports.items import Outcome, Verdict

DELETE_AT_ONCE = 50


@dataclass(slots=True)
class Removed:
    """What became of items: how many we removed, what somebody else removed or moved first, and what was refused.

    `unsure` of those that we removed were gone when they were asked for again: their owner may have moved them instead.
    """

    count: int = 0
    unsure: int = 0
    gone: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    def add(self, more: Removed) -> None:
        """Adds what became of others."""
        self.count += more.count
        self.unsure += more.unsure
        self.gone += more.gone
        self.refused |= more.refused


def remove(run: Run, ids: Sequence[str], *, on_removed: Callable[[int], None]) -> Removed:
    """Removes those items for good; tells how many more were removed as it goes on."""
    whole = Removed()
    next_tick, told = threads.monotonic() + TICK, 0
    try:
        for part in deleted(run, ids):
            whole.add(part)
            if threads.monotonic() >= next_tick:
                on_removed(whole.count - told)
                next_tick, told = threads.monotonic() + TICK, whole.count
    finally:
        on_removed(whole.count - told)
    return whole


def deleted(run: Run, ids: Sequence[str]) -> Iterator[Removed]:
    """Removes items, several requests at once; yields what became of each group.

    What was not answered is asked again: removing twice harms nobody, and what is gone then was removed by us. An
    error is raised when all that was under way beside it has ended, and is yielded.
    """
    groups = [list(ids[i : i + DELETE_AT_ONCE]) for i in range(0, len(ids), DELETE_AT_ONCE)]
    gate, stopped = Gate(MOST_WRITERS, run.halt), threads.Event()
    first: OmmError | HaltedError | None = None
    with threads.ThreadPoolExecutor(MOST_WRITERS, thread_name_prefix="removing") as pool:
        for removed, error in pool.map(lambda group: _as_far_as_it_goes(_Group(run, gate), group, stopped), groups):
            first = first or error
            yield removed
    if first is not None:
        raise first


def _as_far_as_it_goes(
    group: _Group, ids: list[str], stopped: threads.Event
) -> tuple[Removed, OmmError | HaltedError | None]:
    """What became of a group, and what stopped it. Nothing is begun once another one was stopped."""
    try:
        if not stopped.is_set():
            group.delete(ids)
    except (OmmError, HaltedError) as error:
        stopped.set()
        return group.removed, error
    return group.removed, None


class _Group:
    """A few items, until something is known of each; `removed` is what is known so far."""

    def __init__(self, run: Run, gate: Gate) -> None:
        self._run = run
        self._gate = gate
        self._until = threads.monotonic() + run.patience
        self.removed = Removed()
        self._asked: set[str] = set()      # what was asked for without an answer

    def delete(self, ids: list[str]) -> None:
        """Asks until every item is removed, gone or refused."""
        while ids:
            outcomes = self._send(ids)
            if outcomes[0].verdict is Verdict.SPLIT:       # the request was refused whole: which of them was it?
                half = len(ids) // 2
                self.delete(ids[:half])
                self.delete(ids[half:])
                break
            again = [i for i, outcome in zip(ids, outcomes, strict=True) if not self._settled(i, outcome)]
            _check(outcomes)
            if again:
                self._gate.was_busy(max((o.back_off for o in outcomes if o.back_off is not None), default=None))
            if again and threads.monotonic() > self._until:
                raise FatalError("The destination stays busy; try again later.", side=Side.DESTINATION)
            ids = again

    def _send(self, ids: list[str]) -> list[Outcome]:
        with self._gate.turn():
            self._run.owner.cover(self._run.destination.deadline(0))
            outcomes = self._run.destination.delete(ids)
        if all(outcome.verdict is Verdict.UNKNOWN for outcome in outcomes):
            self._run.decided("answer to a removal lost", count=len(ids))
        return outcomes

    def _settled(self, item: str, outcome: Outcome) -> bool:
        """Notes what became of the item. False: it is to be asked for again."""
        if outcome.verdict is Verdict.DONE or (outcome.verdict is Verdict.GONE and item in self._asked):
            self.removed.count += 1
            self.removed.unsure += outcome.verdict is Verdict.GONE
        elif outcome.verdict is Verdict.GONE:
            self.removed.gone.append(item)
        elif outcome.verdict is Verdict.REFUSED:
            self.removed.refused[item] = str(outcome.error)
        if outcome.verdict is Verdict.UNKNOWN:
            self._asked.add(item)
        return outcome.verdict not in (Verdict.BUSY, Verdict.UNKNOWN)


def _check(outcomes: Sequence[Outcome]) -> None:
    """Raises FatalError where one item's answer says that all is over. Others in the same answer may be removed."""
    for outcome in outcomes:
        if outcome.verdict is Verdict.FATAL:
            raise outcome.error or FatalError("The destination refused.", side=Side.DESTINATION)
