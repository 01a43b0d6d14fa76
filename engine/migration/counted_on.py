"""Tasks that found items of another one already there, and what they are told when a rollback takes those away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import MappingProxyType

from engine import threads
from engine.errors import InputError, LeaseLostError, OmmError, TakenError
from engine.migration.record import Migration, State
from engine.migration.states import GOING_BACK, UNDER_WAY
from engine.migration.visit import ASKED_EVERY, Visit
from engine.migration.visiting import visit
from engine.pace.halt import HaltedError

OTHERS_PATIENCE = 10.0   # seconds that a press or a look may hold another task's lease


def counting_on(at: Visit) -> list[Migration]:
    """Tasks that found items of this one already there, newest first. What was rolled back counts on nothing."""
    tasks = at.engine.store.of_mailbox(at.migration.mailbox or "")
    back = {*GOING_BACK, State.ROLLED_BACK}
    return [task for task in tasks if task.counts_on.get(at.task_id) and task.state not in back]


@contextmanager
def telling_of_it(at: Visit) -> Iterator[None]:
    """Tells them of what is gone, also when the rollback stops half-way: it may never be finished."""
    try:
        yield
    except (HaltedError, LeaseLostError):       # another process goes on
        raise
    except OmmError:
        with suppress(OmmError):
            _tell(at)
        raise
    _tell(at)


def _tell(at: Visit) -> None:
    """Writes into the records of tasks that counted on these items how many of them are gone."""
    for task in counting_on(at):
        taken = min(task.counts_on[at.task_id], _removed(at))
        waits = task.state in UNDER_WAY and task.waits_for == at.task_id
        if taken and not waits:      # who waits for us has not looked yet
            _take_away(at, task.task_id, taken)


def _take_away(at: Visit, task_id: str, items: int) -> None:
    """Needs the other task's lease. Whoever holds it for long is at work on it, and looks at the mailbox after us."""
    until = threads.monotonic() + OTHERS_PATIENCE
    while True:
        try:
            with visit(at.engine, task_id) as other:
                taken = {**other.migration.taken_away, at.task_id: items}
                other.update(taken_away=MappingProxyType(taken))
                at.engine.decided("items taken away", task=task_id, by=at.task_id, count=items)
                return
        except TakenError:
            if threads.monotonic() > until:
                at.engine.decided("items taken away from a task at work", task=task_id, by=at.task_id, count=items)
                return
            at.halt.wait(ASKED_EVERY)
        except InputError:      # forgotten a moment ago
            return


def _removed(at: Visit) -> int:
    return at.migration.rollback.removed if at.migration.rollback else 0
