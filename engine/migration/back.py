"""The step loop, backwards: what a migration brought is removed, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from engine.errors import (
    Cause,
    FatalError,
    InLineError,
    InputError,
    LeaseLostError,
    RefusedError,
    RetryableError,
    Side,
    UnreadableError,
)
from engine.migration.content import Content
from engine.migration.counted_on import counting_on, telling_of_it
from engine.migration.keeping import settle
from engine.migration.probe import true_cause
from engine.migration.record import ROLLBACK_WINDOW, Migration, State
from engine.migration.renamed import check_mailbox, destination_now, forget_if_refused
from engine.migration.request import Choice
from engine.migration.states import GOING_BACK, Act, Event, after, check
from engine.migration.taking_back import (
    Back,
    remove_folders_of,
    remove_items,
    report_kept,
    so_far,
    wait_for_what_was_sent,
)
from engine.migration.taking_up import was_taken_up
from engine.migration.visit import Engine, Visit
from engine.migration.visiting import visit
from engine.pace.halt import Halt, HaltedError
from engine.pace.repeat import gave_up
from engine.ports.destination import Destination
from engine.settings.ending import unstash
from engine.settings.keeping import stash_name
from engine.store.lease import Lease
from engine.words import noun, number

ONCE_MORE = timedelta(hours=24)     # in which a rollback that did not come off can be asked for again


@dataclass(frozen=True, slots=True)
class ContentBack:
    """What a rollback would do with one content: how many of its items are removed, kept, or `apart`, as in Preview.

    `setting`: its items are parts of a setting, which are put back to what they were. `lost`: the setting stays as it
    is, because nobody knows what it was before, or because of what `asks` names, or because it is `closed`: the
    destination does not show it to this login.
    """

    content: Content
    items: int = 0
    kept: int = 0
    apart: int = 0
    setting: bool = False
    lost: bool = False
    asks: frozenset[Choice] = frozenset()
    closed: bool = False

    def discarding(self) -> ContentBack:
        """The same, with what its owner has changed removed as well."""
        return replace(self, items=self.items + self.kept, kept=0)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rollback would do now: items removed, items kept as their owner changed them, folders looked at.

    `counting_on_it` are tasks into the same mailbox that found items of this one already there, newest first. `apart`
    are items that carry this task's tags and stay, because they are copies or were not made while it worked. `settings`
    are those among the items that are parts of settings: they are put back to what they were. `lost` are contents that
    are settings and stay, because nobody knows what they were before, or a person has not agreed to what `asks` names.
    `contents` say the same of each content, in the order in which they moved.
    """

    items: int
    kept: int
    folders: int
    counting_on_it: tuple[str, ...]
    apart: int = 0
    settings: int = 0
    lost: int = 0
    asks: frozenset[Choice] = frozenset()
    contents: tuple[ContentBack, ...] = ()

    def discarding(self) -> Preview:
        """The same, with what its owner has changed removed as well."""
        contents = tuple(content.discarding() for content in self.contents)
        return replace(self, items=self.items + self.kept, kept=0, contents=contents)

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


def preview(
    engine: Engine, task_id: str, *, choices: Collection[Choice] = (), halt: Halt | None = None
) -> Preview:
    """Counts what a rollback would remove. Changes nothing, but for a new login that is refused: that is forgotten.

    `choices` are what a person is about to agree to, beside what they have agreed to already. Raises InputError when
    the migration cannot be rolled back (any more), FatalError.
    """
    with visit(engine, task_id, halt) as at:
        _check(at)
        try:
            with _open(at, quietly=True) as (destination, lease):
                back = Back.prepared(at, destination, lease, choices)
                back.look()
                _check_recognised(back)
        except FatalError as error:
            at.note(error)
            forget_if_refused(at, error)
            raise
        found = _previewed(back)
        engine.decided("rollback counted", task=task_id, items=found.items, kept=found.kept)
        return found


def _previewed(back: Back) -> Preview:
    later, whole = tuple(task.task_id for task in counting_on(back.at)), back.whole
    settings = [back.removals[content] for content in back.settings]
    return Preview(
        whole.count(whole.items), whole.count(whole.kept), len(back.folders), later,
        back.of_items.count(back.of_items.apart),
        settings=sum(len(removal.items) for removal in settings),
        lost=sum(bool(removal.apart) for removal in settings), asks=back.whole.asks,
        contents=tuple(reversed([_of_content(back, content) for content in back.removals])),
    )


def _of_content(back: Back, content: Content) -> ContentBack:
    removal, setting = back.removals[content], content in back.settings
    return ContentBack(
        content, removal.count(removal.items), removal.count(removal.kept),
        0 if setting else removal.count(removal.apart),
        setting=setting, lost=setting and bool(removal.apart), asks=removal.asks, closed=removal.closed,
    )


def roll_back(
    engine: Engine,
    task_id: str,
    *,
    discard_changes: bool = False,
    expected: Expected | None = None,
    agreed: datetime | None = None,
    choices: Collection[Choice] = (),
    halt: Halt,
) -> Migration:
    """Takes a migration back. Safe to call again after anything; a second one does nothing.

    `expected` is what was agreed to; once the removal has begun it is not looked at any more. `agreed` is when: who
    agreed in time may have had to wait for another task's mailbox. `choices` are agreed to beside that: the record
    keeps them once the removal has begun, so that it goes on with them, and no other rollback does. Raises InputError
    when it cannot be rolled back, CountChangedError, HaltedError, LeaseLostError, and FatalError, which the record
    tells of as well.
    """
    with visit(engine, task_id, halt) as at:
        if at.migration.state is State.ROLLED_BACK:
            settle(engine.vault, at.migration, engine.clock())      # whoever said so may have died over it
            engine.store.images.drop(task_id)
            return at.migration
        try:
            _check(at, agreed)
            engine.decided("rollback taken up", task=task_id, state=at.migration.state, discard=str(discard_changes))
            _back(at, discard_changes=discard_changes, expected=expected, choices=choices)
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
            engine.decided("rollback refused", task=task_id, state=at.migration.state, error=type(error).__name__)
            _wait_no_longer(at)
            raise
        return at.migration


def _wait_no_longer(at: Visit) -> None:
    """Has the record of a task whose rollback has not begun say no more that it waits for something."""
    if at.migration.state not in GOING_BACK and (at.migration.stage or at.migration.waits_for):
        at.update(stage="", waits_for=None)


def give_login(engine: Engine, task_id: str, login: str = "", *, mailbox: str = "") -> None:
    """Notes by which login the destination mailbox is opened from now on: its account may have been renamed.

    Where a service account opens it, that is the service account's login, and `mailbox` is the mailbox's own address.
    '' leaves either as it is. Raises TakenError while another process is at work on it.
    """
    with visit(engine, task_id) as at:
        was, now = at.migration.request.destination, destination_now(at.migration)
        new = replace(now, login=login or now.login, mailbox=was.mailbox and (mailbox or now.mailbox))
        if new != now:
            service = new.login if was.mailbox and new.login != was.login else ""
            at.update(new_login="" if new.owner == was.owner else new.owner, new_service=service)


def keep_for(engine: Engine, migration: Migration, until: datetime | None = None) -> None:
    """Holds the way back open for a rollback that was agreed to, or asked for, in time, however long it has to wait.

    The destination's password stays until then, and so does what settings were before. Without `until` that is 48 hours
    from now. Safe to call again.
    """
    until = until or engine.clock() + ROLLBACK_WINDOW
    engine.vault.extend(migration.task_id, Side.DESTINATION, until)
    _hold_open(engine, migration.task_id, lambda now: max(until, now.held_open or until))


def keep_no_longer(engine: Engine, migration: Migration, *, once_more: bool = False) -> None:
    """Has the way back end with the window, as before.

    `once_more`: the rollback did not come off. Where the window is over, it can be asked for again for a day.
    """
    def until(now: Migration) -> datetime | None:
        at, window = engine.clock(), now.window_end
        over = window is not None and window < at
        return min(now.held_open, at + ONCE_MORE) if once_more and over and now.held_open else None

    _hold_open(engine, migration.task_id, until)
    ends = engine.store.load(migration.task_id).rollback_until if once_more else migration.window_end
    if ends is not None and migration.state not in GOING_BACK:
        engine.vault.expire(migration.task_id, Side.DESTINATION, ends)


def _hold_open(engine: Engine, task_id: str, until: Callable[[Migration], datetime | None]) -> None:
    """Notes how long the way back is held open; nothing while another process is at work on it."""
    with suppress(InputError, UnreadableError), visit(engine, task_id) as at:
        if at.migration.held_open != (held := until(at.migration)):
            at.update_quietly(held_open=held)


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


def _back(at: Visit, *, discard_changes: bool, expected: Expected | None, choices: Collection[Choice]) -> None:
    with _open(at) as (destination, lease):
        back = Back.prepared(at, destination, lease, choices)
        wait_for_what_was_sent(back)
        _look(back, None if at.migration.state in GOING_BACK else expected)
        began = so_far(at)
        began = replace(began, discards=began.discards or discard_changes)
        going = after(at.migration.state, Act.ROLL_BACK)
        agreed = tuple(dict.fromkeys((*at.migration.agreed, *choices)))
        at.update(state=going, stage="removing", attention=None, rollback=began, agreed=agreed)
        settle(at.engine.vault, at.migration, at.engine.clock())
        with telling_of_it(at):
            remove_items(back, discard_changes=discard_changes)
        remove_folders_of(back)
        unstash(at, destination, back.settings, back.run.patiently)
    gone, ended = after(at.migration.state, Event.ALL_REMOVED), at.migration.ended or at.engine.clock()
    at.update(state=gone, stage="", rollback=replace(so_far(at), ended=at.engine.clock()), ended=ended)
    settle(at.engine.vault, at.migration, at.engine.clock())
    at.engine.store.pack_report(at.task_id)
    at.engine.store.images.drop(at.task_id)


def _look(back: Back, expected: Expected | None) -> None:
    """Looks at what there is. While it looks, the record has a stage, so that people see that something goes on.

    Raises CountChangedError if that is not what was agreed to, FatalError if nothing of the task can be recognised.
    """
    back.at.update(stage="counting once more" if expected else "looking for what was copied")
    back.look()
    if expected is not None:
        check_expected(_previewed(back), expected)
    try:
        _check_recognised(back)
    except FatalError:
        for content, removal in back.removals.items():
            report_kept(back, content, removal.staying)
        raise


def check_expected(now: Preview, expected: Expected) -> None:
    """Raises CountChangedError unless a rollback would still do what was agreed to."""
    same = (now.items, now.kept) == (expected.items, expected.kept)
    if not same or set(now.counting_on_it) != set(expected.counting_on_it):
        raise CountChangedError("The mailbox has changed since it was counted. Nothing was removed.")


def _check_recognised(back: Back) -> None:
    """Raises FatalError when the task has copied items, and nothing of it is recognised; not once a removal has begun.

    To go on would be to say "rolled back" of a mailbox in which everything stays. A mailbox that a task was taken up
    from is the right one, for an earlier rollback may have removed the items; so is one that keeps a setting of ours.
    """
    at, removal, settings = back.at, back.of_items, back.settings
    copied = sum(step.counts.copied for content, step in at.migration.steps.items() if content not in settings)
    nothing = copied and not removal.recognised and at.migration.rollback is None
    if nothing and (removal.apart or not was_taken_up(at.engine, at.task_id)) and not _keeps_settings(back):
        at.decided("nothing recognised", copied=copied, apart=len(removal.apart))
        raise FatalError(_nothing_recognised(copied, len(removal.apart), noun(at.migration)),
                         cause=Cause.NOTHING_FOUND, side=Side.DESTINATION)


def _keeps_settings(back: Back) -> bool:
    """True: what a setting was before is kept in the mailbox itself, and there is something of it to be put back.

    So this is the mailbox that the task has written into: another one may have the same setting, but not the image.
    """
    run = back.run
    return any(
        removal.recognised + len(removal.asks) > 0
        and run.patiently(partial(run.destination.stashed, stash_name(back.at.task_id, content))) is not None
        for content, removal in back.removals.items() if content in back.settings
    )


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
