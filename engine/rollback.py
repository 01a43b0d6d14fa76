"""The step loop, backwards: what a migration brought is removed, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from engine.contents import mail_rollback
from engine.contents.mail_folders_back import remove_folders
from engine.contents.mail_removing import remove
from engine.contents.mail_rollback import Removal
from engine.counted_on import counting_on, telling_of_it
from engine.decisions import decided
from engine.errors import (
    Cause,
    FatalError,
    InLineError,
    InputError,
    LeaseLostError,
    RefusedError,
    RetryableError,
    Side,
)
from engine.halt import Halt, HaltedError
from engine.keeping import settle
from engine.lease import Lease
from engine.mailbox_clock import Window
from engine.migration import ROLLBACK_WINDOW, Content, Failure, Migration, Reason, Rollback, State
from engine.ports import Destination
from engine.probe import true_cause
from engine.renamed import check_mailbox, forget_if_refused
from engine.repeat import gave_up
from engine.run import Run
from engine.states import GOING_BACK, Act, Event, after, check
from engine.visit import Engine, Tell, Visit, visit
from engine.words import noun, number

REPORTED_AT_ONCE = 100
MOST_LOOKS = 3           # for items that were gone when their removal was asked for


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rollback would do now: items removed, items kept as their owner changed them, folders looked at.

    `counting_on_it` are tasks into the same mailbox that found items of this one already there, newest first. `apart`
    are items that carry this task's tags and stay, because they are copies or were not made while it worked.
    """

    items: int
    kept: int
    folders: int
    counting_on_it: tuple[str, ...]
    apart: int = 0

    def discarding(self) -> Preview:
        """The same, with what its owner has changed removed as well."""
        return replace(self, items=self.items + self.kept, kept=0)

    @property
    def expected(self) -> Expected:
        """What a person agrees to who has seen this."""
        return Expected(self.items, self.kept, self.counting_on_it)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a person has agreed to: so many items removed, so many that were changed, and which tasks count on them."""

    items: int
    kept: int
    counting_on_it: tuple[str, ...] = ()


class CountChangedError(InputError):
    """A rollback would do something else than what was agreed to. Nothing was removed."""


def preview(engine: Engine, task_id: str, *, halt: Halt | None = None) -> Preview:
    """Counts what a rollback would remove. Changes nothing, but for a new login that is refused: that is forgotten.

    Raises InputError when the migration cannot be rolled back (any more), FatalError.
    """
    with visit(engine, task_id, halt or Halt(), lambda _m: None) as at:
        _check(at)
        try:
            with _open(at, quietly=True) as (destination, lease):
                run, window = _prepared(at, destination, lease)
                removal = mail_rollback.plan(run, window)
                _check_recognised(at, removal)
        except FatalError as error:
            at.note(error)
            forget_if_refused(at, error)
            raise
        decided("rollback counted", task=task_id, items=len(removal.items), kept=len(removal.kept))
        return _previewed(at, removal)


def _previewed(at: Visit, removal: Removal) -> Preview:
    later = tuple(task.task_id for task in counting_on(at))
    return Preview(len(removal.items), len(removal.kept), len(removal.folders), later, len(removal.apart))


def roll_back(
    engine: Engine,
    task_id: str,
    *,
    discard_changes: bool = False,
    expected: Expected | None = None,
    agreed: datetime | None = None,
    halt: Halt,
    tell: Tell = lambda _m: None,
) -> Migration:
    """Takes a migration back. Safe to call again after anything; a second one does nothing.

    `expected` is what was agreed to; once the removal has begun it is not looked at any more. `agreed` is when: who
    agreed in time may have had to wait for another task's mailbox. Raises InputError when it cannot be rolled back,
    CountChangedError, HaltedError, LeaseLostError, and FatalError, which the record tells of as well.
    """
    with visit(engine, task_id, halt, tell) as at:
        if at.migration.state is State.ROLLED_BACK:
            settle(engine.vault, at.migration, engine.clock())      # whoever said so may have died over it
            return at.migration
        try:
            _check(at, agreed)
            decided("rollback taken up", task=task_id, state=at.migration.state, discard=str(discard_changes))
            _back(at, discard_changes=discard_changes, expected=expected)
        except HaltedError:
            _wait_no_longer(at)
            raise
        except LeaseLostError:
            raise
        except RetryableError as error:
            raise stopped(at, gave_up(error)) from error
        except RefusedError as error:
            raise stopped(at, FatalError(str(error), side=Side.DESTINATION)) from error
        except FatalError as error:
            raise stopped(at, error) from error
        except InLineError:
            raise
        except InputError as error:
            decided("rollback refused", task=task_id, state=at.migration.state, error=type(error).__name__)
            _wait_no_longer(at)
            raise
        return at.migration


def _wait_no_longer(at: Visit) -> None:
    """Has the record of a task whose rollback has not begun say no more that it waits for something."""
    if at.migration.state not in GOING_BACK and (at.migration.stage or at.migration.waits_for):
        at.update(stage="", waits_for=None)


def give_login(engine: Engine, task_id: str, login: str) -> None:
    """Notes by which login the destination mailbox is opened from now on: its account may have been renamed.

    Raises TakenError while another process is at work on it.
    """
    with visit(engine, task_id) as at:
        new = "" if login == at.migration.request.destination.login else login
        if new != at.migration.new_login:
            at.update(new_login=new)


def keep_for(engine: Engine, migration: Migration) -> None:
    """Keeps the destination's password for a rollback that was agreed to in time, however long it has to wait."""
    engine.vault.extend(migration.task_id, Side.DESTINATION, engine.clock() + ROLLBACK_WINDOW)


def keep_no_longer(engine: Engine, migration: Migration) -> None:
    """Has it forgotten when the window ends, as before."""
    if migration.rollback_until is not None and migration.state not in GOING_BACK:
        engine.vault.expire(migration.task_id, Side.DESTINATION, migration.rollback_until)


def stopped(at: Visit, error: FatalError) -> FatalError:
    """Notes in the record why a rollback stopped; returns the error.

    One under way needs a person now; of one that has not begun only the reason is noted, and of one that is over
    nothing: only the store can fail then.
    """
    at.note(error)
    state = at.migration.state
    if state is State.ROLLED_BACK:
        return error
    if state is State.ROLLING_BACK:
        state = after(state, Event.FATAL)
    at.update(state=state, attention=at.attention(error), stage="", waits_for=None)
    return error


def _check(at: Visit, agreed: datetime | None = None) -> None:
    check(at.migration, Act.ROLL_BACK, agreed or at.engine.clock())


@contextmanager
def _open(at: Visit, *, quietly: bool = False) -> Iterator[tuple[Destination, Lease]]:
    with at.destination() as destination:
        try:
            check_mailbox(at, destination)
            with at.mailbox(destination, quietly=quietly) as lease:
                yield destination, lease
        except FatalError as error:
            raise true_cause(error, destination) from error


def _prepared(at: Visit, destination: Destination, lease: Lease) -> tuple[Run, Window]:
    run = at.run(Content.MAIL, destination, lease)
    window = run.mailbox_clock.window(run.grace)
    if window is None:
        raise FatalError("The time of this migration's first write is not known.")
    return run, window


def _with_what_was_sent(at: Visit, run: Run, window: Window) -> Window:
    """The window with all that was sent without an answer in it: it may be carried out until the grace is over."""
    opened = at.journal.opened()
    if not opened:
        return window
    left = max(run.grace - sent.age for sent in opened.values())
    if left > 0:
        at.update(stage="waiting for what was sent last")
        run.halt.wait(left)
    longer = run.mailbox_clock.lengthen(window, run.grace)
    at.journal.close(list(opened))
    return longer


def _back(at: Visit, *, discard_changes: bool, expected: Expected | None) -> None:
    with _open(at) as (destination, lease):
        run, window = _prepared(at, destination, lease)
        window = _with_what_was_sent(at, run, window)
        removal = _looked(at, run, window, None if at.migration.state in GOING_BACK else expected)
        began = at.migration.rollback or Rollback(started=at.engine.clock())
        back = after(at.migration.state, Act.ROLL_BACK)
        at.update(state=back, stage="removing", attention=None, rollback=began)
        settle(at.engine.vault, at.migration, at.engine.clock())
        with telling_of_it(at):
            _remove_items(at, run, window, removal, discard_changes=discard_changes)
        _remove_folders(at, run, removal)
    gone, ended = after(at.migration.state, Event.ALL_REMOVED), at.migration.ended or at.engine.clock()
    at.update(state=gone, stage="", rollback=replace(_so_far(at), ended=at.engine.clock()), ended=ended)
    settle(at.engine.vault, at.migration, at.engine.clock())
    at.engine.store.pack_report(at.task_id)


def _looked(at: Visit, run: Run, window: Window, expected: Expected | None) -> Removal:
    """What there is. While it looks, the record has a stage, so that people see that something goes on.

    Raises CountChangedError if that is not what was agreed to, FatalError if nothing of the task can be recognised.
    """
    at.update(stage="counting once more" if expected else "looking for what was copied")
    removal = mail_rollback.plan(run, window)
    if expected is not None and not _is_expected(_previewed(at, removal), expected):
        raise CountChangedError("The mailbox has changed since it was counted. Nothing was removed.")
    try:
        _check_recognised(at, removal)
    except FatalError:
        _report_kept(at, run, removal.staying)
        raise
    return removal


def _is_expected(now: Preview, expected: Expected) -> bool:
    same = (now.items, now.kept) == (expected.items, expected.kept)
    return same and set(now.counting_on_it) == set(expected.counting_on_it)


def _check_recognised(at: Visit, removal: Removal) -> None:
    """Raises FatalError when the task has copied something, and nothing of it is recognised, now or by an earlier try.

    To go on would be to say "rolled back" of a mailbox in which everything stays.
    """
    copied = at.migration.step(Content.MAIL).counts.copied
    if copied and not removal.recognised and not (at.migration.rollback and at.migration.rollback.found):
        decided("nothing recognised", task=at.task_id, copied=copied, apart=len(removal.apart))
        raise FatalError(_nothing_recognised(copied, len(removal.apart), noun(at.migration)),
                         cause=Cause.NOTHING_FOUND, side=Side.DESTINATION)


def _nothing_recognised(copied: int, apart: int, name: str) -> str:
    if apart:
        it, was = ("It", "was") if apart == 1 else ("They", "were")
        return (
            f"This migration copied {number(copied, name)}, and OMM recognises none of them for sure. "
            f"The mailbox holds {number(apart, name)} that may be of this migration. "
            f"{it} {was} not created while it worked, by the clock of the mailbox. "
            "Nothing was removed. The report names them. Remove by hand what you do not want."
        )
    return (
        f"This migration copied {number(copied, name)}, and none of them is in the mailbox now. Nothing was "
        "removed. If the mailbox was emptied or restored on purpose, there is nothing left to roll back. If not, its "
        "server may be showing another mailbox: ask its administrator, then roll back again."
    )


def _remove_items(at: Visit, run: Run, window: Window, removal: Removal, *, discard_changes: bool) -> None:
    """Removes items, and looks again for those that were gone when asked for: whoever moves one gives it another id.

    Raises FatalError when they are still being moved after some looks: to go on would be to say "rolled back" too soon.
    """
    refused: dict[str, str] = {}
    gone: set[str] = set()      # a server may go on listing what it does not find
    unsure = 0
    for look in range(MOST_LOOKS + 1):
        if look:
            removal = mail_rollback.plan(run, window)
        if discard_changes:
            removal = removal.discarding()
        _note_found(at, removal, unsure=unsure if look else None)
        left = [item for item in removal.items if item not in refused and item not in gone]
        if left and look == MOST_LOOKS:
            raise FatalError(_still_moving(len(left), noun(at.migration)), side=Side.DESTINATION)
        done = remove(run, left, on_removed=lambda count: _count(at, count))
        refused |= done.refused
        gone.update(done.gone)
        unsure = done.unsure
        if not done.gone and not unsure:
            break
        decided("items gone at their removal", task=at.task_id, count=len(done.gone), unsure=unsure)
    _report_kept(at, run, removal.staying)
    _report_kept(at, run, {item: f"the destination does not remove it: {why}" for item, why in refused.items()})
    at.update(rollback=_so_far(at).balanced(kept=len(removal.staying) + len(refused)))


def _still_moving(left: int, name: str) -> str:
    return (
        f"Somebody is moving the {name}s of this migration while OMM removes them: {number(left, name)} left. "
        "Wait until that is over, then roll back again."
    )


def _note_found(at: Visit, removal: Removal, *, unsure: int | None) -> None:
    """Notes how many there are. What an earlier process was removing when it was killed was removed by us.

    At another look, of `unsure` that were counted as removed some may be there all the same: None at a first look.
    """
    so_far = _so_far(at)
    missing = so_far.found - removal.found
    if unsure is None:
        removed = max(so_far.removed, missing)
    else:
        removed = max(so_far.removed - unsure, min(so_far.removed, missing))
    found = max(so_far.found, removed + removal.found)
    at.update(rollback=replace(so_far, removed=removed, found=found, kept=len(removal.staying)))


def _so_far(at: Visit) -> Rollback:
    return at.migration.rollback or Rollback(started=at.engine.clock())


def _count(at: Visit, removed: int) -> None:
    at.update(rollback=replace(_so_far(at), removed=_so_far(at).removed + removed))


def _report_kept(at: Visit, run: Run, reasons: Mapping[str, str]) -> None:
    """Names items that stay, by their ids, with the reason of each."""
    ids = tuple(reasons)
    for start in range(0, len(ids), REPORTED_AT_ONCE):
        named = run.patiently(partial(run.destination.names, ids[start : start + REPORTED_AT_ONCE]))
        at.report([Failure(Content.MAIL, "", name, reasons[item], Reason.KEPT) for item, name in named.items()])


def _remove_folders(at: Visit, run: Run, removal: Removal) -> None:
    at.update(rollback=replace(_so_far(at), folders_kept=0))
    for folder in remove_folders(run, removal.folders):
        so_far = _so_far(at)
        if folder.kept:
            at.report([Failure(Content.MAIL, folder.name, "(the folder itself)", folder.kept, Reason.KEPT)])
            at.update(rollback=replace(so_far, folders_kept=so_far.folders_kept + 1))
        else:
            at.update(rollback=replace(so_far, folders_removed=so_far.folders_removed + 1))
