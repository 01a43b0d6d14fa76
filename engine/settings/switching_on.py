"""Switching on an out-of-office that came with its texts and was left off.

Until it is known whether the mailbox has taken the change, the before-image knows both forms as ours: a rollback that
comes in between takes back whichever it finds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from engine.contents.out_of_office import switched_on
from engine.errors import FatalError, InputError, RefusedError
from engine.items.run import Run
from engine.migration.content import Content
from engine.migration.probe import true_cause
from engine.migration.record import LeftOff, Migration, State
from engine.migration.renamed import check_mailbox
from engine.migration.states import ENDED, GOING_BACK, Act, allows
from engine.migration.visit import Engine, Visit
from engine.migration.visiting import visit
from engine.pace.halt import Halt
from engine.ports.out_of_office import KEY, OofState, entry_of, out_of_office
from engine.ports.settings import Entry
from engine.settings.answers import Answers
from engine.settings.image import Change, Image, There
from engine.settings.keeping import BeforeImage

BY_HAND = "Its owner can switch it on in the new mailbox."
NOTHING_LEFT_OFF = "Migration {} has left no out-of-office off: there is nothing to switch on."
GONE_BACK = "Migration {} was rolled back, and its out-of-office with it."
NOT_ENDED = "Migration {} is {}. Its out-of-office can be switched on when it has ended."
WINDOW_OVER = f"Migration {{}} ended more than 48 hours ago, and its out-of-office stays off. {BY_HAND}"
SCHEDULE_OVER = "The schedule of the out-of-office of migration {} is over, so it stays off."
CHANGED = (
    "The out-of-office in the new mailbox was changed since migration {}, so it stays as it is. "
    "Its owner can switch it on there."
)
ON_THERE = "The out-of-office in the new mailbox was switched on there since migration {}. Nothing was changed."
REFUSED = f"The out-of-office of migration {{}} stays off: {{}}. {BY_HAND}"


def offered(migration: Migration, now: datetime) -> bool:
    """True: the task has ended, its out-of-office was left off, and `switch_on` can switch it on at `now`.

    False once it was switched on, its schedule or the rollback window is over, or the task was rolled back.
    """
    left = migration.left_off
    return left is not None and left.switched_on is None and not _in_the_way(migration, left, now)


def _in_the_way(migration: Migration, left: LeftOff, now: datetime) -> str:
    """Why it cannot be switched on at `now`, as far as the record knows; "" where nothing is in the way."""
    if migration.state not in ENDED:
        return GONE_BACK if migration.state in GOING_BACK else NOT_ENDED
    if not allows(migration, Act.ROLL_BACK, now):
        over = migration.rollback_until is not None and now > migration.rollback_until
        return WINDOW_OVER if over else GONE_BACK
    return SCHEDULE_OVER if left.until is not None and left.until <= now else ""


def switch_on(engine: Engine, task_id: str, *, halt: Halt | None = None) -> Migration:
    """Switches on the out-of-office that the task has left off, as the source had it; returns the record.

    One that was switched on already stays as it is. Safe to call again after anything. Raises InputError with the
    reason where it cannot be switched on (any more), TakenError while another process is at work on the task,
    InLineError while another task has the mailbox, HaltedError, FatalError.
    """
    with visit(engine, task_id, halt) as at:
        left = _left_off(at.migration, engine.clock())
        if left.switched_on is None:
            try:
                with _opened(at) as run:
                    _switch_on(at, run, left)
            except RefusedError as error:
                raise InputError(REFUSED.format(task_id, error)) from error
            except FatalError as error:
                at.note(error)
                raise
            at.update(left_off=replace(left, switched_on=engine.clock()))
            engine.decided("out-of-office switched on", task=task_id)
        return at.migration


def _left_off(migration: Migration, now: datetime) -> LeftOff:
    """What was left off. Raises InputError where nothing was, or it cannot be switched on at `now`."""
    left = migration.left_off
    if left is None:
        raise InputError(NOTHING_LEFT_OFF.format(migration.task_id))
    is_back = migration.state in GOING_BACK or migration.state is State.ROLLED_BACK
    was_on = left.switched_on is not None and not is_back
    why = "" if was_on else _in_the_way(migration, left, now)
    if why:
        raise InputError(why.format(migration.task_id, migration.state))
    return left


@contextmanager
def _opened(at: Visit) -> Iterator[Run]:
    """The destination, opened, its lease held, and nothing under way that this task has sent.

    What is written from now on is no part of the time in which items were created, so its journal tells no times.
    """
    with at.destination() as destination:
        try:
            check_mailbox(at, destination)
            with at.mailbox(destination, quietly=True) as lease:
                at.halt.wait(at.unanswered())
                yield replace(at.run(Content.OUT_OF_OFFICE, destination, lease), journal=at.journal)
        except FatalError as error:
            raise true_cause(error, destination) from error


def _switch_on(at: Visit, run: Run, left: LeftOff) -> None:
    switching = _Switching(at.task_id, run, left, BeforeImage(run, Content.OUT_OF_OFFICE), Answers(run))
    switching.to_its_end()


@dataclass(slots=True)
class _Switching:
    """The work on one mailbox."""

    task_id: str
    run: Run
    left: LeftOff
    kept: BeforeImage
    answers: Answers

    def to_its_end(self) -> None:
        """Sends until the mailbox shows that it is on. Raises InputError where that cannot be."""
        image = self.kept.load()
        settings = self.run.destination.settings(Content.OUT_OF_OFFICE)
        while True:
            self.run.halt.check()
            change, now = self._ours(image, There.of(self.run.patiently(settings.read)))
            if out_of_office(now.value).state is not OofState.OFF:
                self._proved(image, change, now)
                return
            if KEY in self.answers.done:
                raise InputError(CHANGED.format(self.task_id))
            if KEY in self.answers.refused:
                self._proved(image, change, now)
                raise InputError(REFUSED.format(self.task_id, self.answers.refused[KEY]))
            wanted = entry_of(switched_on(out_of_office(now.value), self.left))
            image = _with(image, replace(change, ours=wanted, former=now, sure=False))
            self.kept.keep(image)
            self.kept.open(len(wanted.value))
            if self.answers.take([KEY], settings.apply([wanted])):
                self.kept.close()

    def _ours(self, image: Image, there: There) -> tuple[Change, Entry]:
        """The change, and what there is now. Raises InputError where its owner has changed that since."""
        change = image.of(KEY)
        now = None if change is None else there.now(change)
        if change is None or now is None or not change.is_ours(now):
            is_on = now is not None and out_of_office(now.value).state is not OofState.OFF
            raise InputError((ON_THERE if is_on else CHANGED).format(self.task_id))
        return change, now

    def _proved(self, image: Image, change: Change, now: Entry) -> None:
        """Notes what the mailbox shows as ours, and nothing beside it."""
        self.kept.note(_with(image, replace(change, ours=now, former=None, sure=True)))
        self.kept.close()


def _with(image: Image, change: Change) -> Image:
    return replace(image, changes=tuple(change if one.key == change.key else one for one in image.changes))
