"""The whole life of a migration as one table: what can be done to it in each state, and what comes of it.

Whoever wants to know what a state allows asks this table: the engine before it changes a record, the terminal before it
asks a question, a card for its buttons. `docs/life.md` is drawn from it.

A migration is under way while it WAITS in line or RUNS; it stands still while it is PAUSED or NEEDS ATTENTION; the rest
are ends, and the ways back from them. Three things that people do are *asks*: they are kept beside the record until the
process that works on the migration acts on them, and one that nobody works on is acted on at once. One ask at most is
pending, the strongest: *stop* wins over *cancel*, and *cancel* over *pause*. An ask that comes too late (the migration
has ended meanwhile) is dropped.

What the table cannot know is whether a process is at work on a migration: its lease says that. Moves marked INTERRUPTED
are for a migration whose process has died and that nobody has taken up again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from engine.errors import InputError
from engine.migration.record import Migration, State


class Act(StrEnum):
    """What is done to a migration: by a process that takes it up, and by people."""

    TAKE_UP = "migrate"
    PAUSE = "pause"
    CANCEL = "cancel"
    STOP = "stop"
    RESUME = "resume"
    RETRY = "retry"
    ROLL_BACK = "roll back"
    FORGET = "forget"


class Event(StrEnum):
    """What a process that works on a migration meets."""

    MAILBOX_TAKEN = "another task has the mailbox"
    HELD_UP = "everybody's migrations are paused"
    LATER = "the source gives no more today"
    ALL_STEPS_ENDED = "every step has ended"
    REFUSED = "refused before the first write"
    FATAL = "a fatal error"
    ALL_REMOVED = "everything was removed"


class Ask(StrEnum):
    """What a person asks of a migration that somebody else is at work on, the weakest first."""

    PAUSE = "pause"
    CANCEL = "cancel"
    STOP = "stop"

    @property
    def act(self) -> Act:
        """The act that it asks for."""
        return Act(self.value)

    @property
    def stronger(self) -> tuple[Ask, ...]:
        """The asks that win over this one."""
        return tuple(Ask)[tuple(Ask).index(self) + 1 :]


class When(StrEnum):
    """When an act comes about."""

    AT_ONCE = "at once"
    BATCH = "at the next batch"             # what is on its way to the destination still arrives
    STEP = "after the step"                 # the content being moved is finished first, the others are skipped
    INTERRUPTED = "if it was interrupted"   # only while no process is at work on it


@dataclass(frozen=True, slots=True)
class Move:
    """What comes of an act or an event, and when. `to` is None where the record is removed.

    `wrote`: only if something may have been written to the destination. `in_time`: only until 48 hours after the end.
    """

    to: State | None
    when: When = When.AT_ONCE
    wrote: bool = False
    in_time: bool = False


BACK = Move(State.ROLLING_BACK, wrote=True, in_time=True)
BACK_IF_INTERRUPTED = Move(State.ROLLING_BACK, When.INTERRUPTED, wrote=True)
FORGOTTEN = Move(None)

MOVES: Mapping[State, Mapping[Act | Event, Move]] = MappingProxyType({

    # In line: for a worker, for the destination mailbox that another task has, or for a source that gives no more today
    # (`not_before` of the record says until when). Nothing is under way, so nothing has
    # to be finished first.
    State.WAITING: {
        Act.TAKE_UP: Move(State.RUNNING),
        Act.PAUSE: Move(State.PAUSED),
        Act.CANCEL: Move(State.CANCELLED),
        Act.STOP: Move(State.CANCELLED),
        Act.ROLL_BACK: BACK_IF_INTERRUPTED,
        Event.FATAL: Move(State.NEEDS_ATTENTION),
    },

    # A process signs in, waits for the mailbox, and moves one content after the other. Told to go, it leaves the record
    # as it is, and the next process continues.
    State.RUNNING: {
        Act.TAKE_UP: Move(State.RUNNING, When.INTERRUPTED),
        Act.PAUSE: Move(State.PAUSED, When.BATCH),
        Act.CANCEL: Move(State.CANCELLED, When.STEP),
        Act.STOP: Move(State.CANCELLED, When.BATCH),
        Act.ROLL_BACK: BACK_IF_INTERRUPTED,
        Event.MAILBOX_TAKEN: Move(State.WAITING),
        Event.HELD_UP: Move(State.WAITING, When.BATCH),
        Event.LATER: Move(State.WAITING),
        Event.ALL_STEPS_ENDED: Move(State.COMPLETED),
        Event.REFUSED: Move(State.FAILED),
        Event.FATAL: Move(State.NEEDS_ATTENTION),
    },

    # Stopped at a batch because a person asked for it.
    State.PAUSED: {
        Act.RESUME: Move(State.WAITING),
        Act.CANCEL: Move(State.CANCELLED),
        Act.STOP: Move(State.CANCELLED),
        Act.ROLL_BACK: BACK,
        Act.FORGET: FORGOTTEN,
    },

    # Stopped by a fatal error that a person can mend: a full mailbox, a server that stays away.
    State.NEEDS_ATTENTION: {
        Act.RESUME: Move(State.WAITING),
        Act.CANCEL: Move(State.CANCELLED),
        Act.STOP: Move(State.CANCELLED),
        Act.ROLL_BACK: BACK,
        Act.FORGET: FORGOTTEN,
    },

    # Every item was copied, was there already, was left out for a reason, or is named as failed. A retry runs the steps
    # again for what is missing; the 48 hours count from the new end, for all that the migration ever brought.
    State.COMPLETED: {
        Act.RETRY: Move(State.WAITING),
        Act.ROLL_BACK: BACK,
        Act.FORGET: FORGOTTEN,
    },

    # Ended by a person; what was copied stays until it is rolled back. A retry runs what was skipped, too.
    State.CANCELLED: {
        Act.RETRY: Move(State.WAITING),
        Act.ROLL_BACK: BACK,
        Act.FORGET: FORGOTTEN,
    },

    # A server refused it before anything was written. It keeps no passwords: a retry asks for them.
    State.FAILED: {
        Act.RETRY: Move(State.WAITING),
        Act.FORGET: FORGOTTEN,
    },

    # What it brought is being removed. Told to go, the process leaves the record as it is; whoever continues needs no
    # leave, for it was given when the rollback began.
    State.ROLLING_BACK: {
        Act.ROLL_BACK: Move(State.ROLLING_BACK, When.INTERRUPTED),
        Event.FATAL: Move(State.ROLLBACK_STOPPED),
        Event.ALL_REMOVED: Move(State.ROLLED_BACK),
    },

    # The rollback stopped half-way. It can always be finished.
    State.ROLLBACK_STOPPED: {
        Act.ROLL_BACK: Move(State.ROLLING_BACK),
        Act.FORGET: FORGOTTEN,
    },

    # All that it brought is gone, but for what its owner changed. A second rollback does nothing.
    State.ROLLED_BACK: {
        Act.FORGET: FORGOTTEN,
    },
})


# Kinds of states, by what the table says of them


def _states(*acts: Act) -> frozenset[State]:
    return frozenset(state for state, moves in MOVES.items() if any(act in moves for act in acts))


UNDER_WAY = _states(Act.TAKE_UP)                            # a process works on it, or is about to
STOPPED = _states(Act.RESUME)                               # until a person resumes it
RESUMABLE = UNDER_WAY | STOPPED                             # the same accounts once more continue it
GOING_BACK = frozenset({State.ROLLING_BACK, State.ROLLBACK_STOPPED})    # what it brought counts for nobody
ENDED = frozenset(State) - RESUMABLE - GOING_BACK
AT_WORK = frozenset({State.RUNNING, State.ROLLING_BACK})    # a process works on it, unless it was interrupted


# Questions


class Refusal(StrEnum):
    """Why an act does not apply."""

    STATE = "not in this state"
    WROTE_NOTHING = "nothing was written"
    TOO_LATE = "the time for it is over"


def refusal(migration: Migration, act: Act, now: datetime) -> Refusal | None:
    """Why the act does not apply to the migration at `now`; None when it does."""
    move = MOVES[migration.state].get(act)
    if move is None:
        return Refusal.STATE
    if move.wrote and migration.started is None:
        return Refusal.WROTE_NOTHING
    until = migration.rollback_until
    return Refusal.TOO_LATE if move.in_time and until is not None and now > until else None


def allows(migration: Migration, act: Act, now: datetime) -> bool:
    """True: the act applies to the migration at `now`, if no process is at work that stands in its way."""
    return refusal(migration, act, now) is None


def offers(migration: Migration, act: Act, now: datetime) -> bool:
    """True: the act applies and needs no interruption, so a button for it can be shown."""
    return allows(migration, act, now) and MOVES[migration.state][act].when is not When.INTERRUPTED


def worth_a_retry(migration: Migration) -> bool:
    """True: it has ended and, as far as its record knows, a retry finds something to copy."""
    if migration.state not in (State.COMPLETED, State.CANCELLED):
        return Act.RETRY in MOVES[migration.state]
    if migration.taken_away or any(step.counts.failed for step in migration.steps.values()):
        return True
    return migration.state is State.CANCELLED and not all(map(migration.is_done, migration.request.contents))


def way_back_ends(migration: Migration) -> datetime | None:
    """When the way back ends. None: not yet known, or never, for a rollback that has begun can always be finished."""
    back = MOVES[migration.state].get(Act.ROLL_BACK)
    return migration.rollback_until if back is not None and back.in_time else None


def check(migration: Migration, act: Act, now: datetime) -> None:
    """Raises InputError, in an owner's words, when the act does not apply to the migration at `now`."""
    task = f"Migration {migration.task_id}"
    why = refusal(migration, act, now)
    if why is Refusal.WROTE_NOTHING:
        raise InputError(f"{task} has written nothing: there is nothing to roll back.")
    if why is Refusal.TOO_LATE:
        raise InputError(f"{task} ended more than 48 hours ago and can no longer be rolled back.")
    if why is Refusal.STATE and act is Act.FORGET:
        raise InputError(f"{task} is {migration.state}. It can be forgotten when it has ended, or is paused.")
    if why is Refusal.STATE:
        afresh = act is Act.RETRY and migration.state is State.ROLLED_BACK
        again = " To copy the mailbox again, start a new migration." if afresh else ""
        raise InputError(f"{task} is {migration.state}: there is nothing to {_named(act)}.{again}")


def _named(act: Act) -> str:
    return Act.RESUME if act is Act.TAKE_UP else act


def is_due(migration: Migration, ask: Ask) -> bool:
    """True: whoever works on the migration and has come to the end of a batch acts on the ask now.

    False: the step under way is finished first, or the ask has come too late.
    """
    move = MOVES[migration.state].get(ask.act)
    return move is not None and (move.when is not When.STEP or migration.step_under_way is None)


def after(state: State, what: Act | Event) -> State:
    """The state that comes of it. Raises KeyError where the table has no such move."""
    to = MOVES[state][what].to
    if to is None:
        raise KeyError(what)
    return to


def can_become(state: State, other: State) -> bool:
    """True: one move, or none, leads from one state to the other."""
    return other is state or any(move.to is other for move in MOVES[state].values())
