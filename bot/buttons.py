"""Buttons: what a card calls them, which of them apply to a migration, and what somebody pressed last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.ids import Action
from bot.stored.threads import Act, Pressed
from engine.errors import Cause, OmmError
from engine.migration import states
from engine.migration.record import Migration, State
from engine.settings import switching_on

ASKED = frozenset({Act.ASK, Act.APPROVE, Act.DENY, Act.WITHDRAW, Act.EXPIRE})     # about a second person's approval
ASIDE = frozenset({Act.FOLLOW, Act.PASSWORD, Act.SWITCH_ON}) | ASKED     # acts that steer nothing
LABELS = {
    Action.PAUSE: ("Pause", ""),
    Action.RESUME: ("Resume", "primary"),
    Action.AUTHORISE: ("Authorise access", "primary"),
    Action.COPY_AGAIN: ("Copy everything again", ""),
    Action.RETRY: ("Copy what is missing", ""),
    Action.SWITCH_ON: ("Switch it on", ""),
    Action.CANCEL: ("Cancel", "danger"),
    Action.ROLLBACK: ("Rollback", "danger"),
    Action.REPORT: ("Report", ""),
}       # what a card calls its buttons, in the order in which they stand, and their style
FACES = {
    **LABELS, Action.STOP: ("Stop now", "danger"), Action.WITHDRAW: ("Take it back", ""),
}       # with those that only a cancel under way brings, or a rollback that waits for a second person
STEERS = {
    Action.PAUSE: (states.Act.PAUSE,),
    Action.RESUME: (states.Act.RESUME,),
    Action.AUTHORISE: (states.Act.RESUME,),
    Action.RETRY: (states.Act.RETRY,),
    Action.COPY_AGAIN: (states.Act.RESUME,),
    Action.CANCEL: (states.Act.CANCEL,),
    Action.STOP: (states.Act.STOP,),
    Action.ROLLBACK: (states.Act.ROLL_BACK,),
}       # what a button does, in the words of the table


class NoLongerError(OmmError):
    """What was asked for no longer applies. Its words are for the person who asked, and all our own."""


class ButtonGoneError(NoLongerError):
    """The button does not apply (any more). Its own words are for a log; `cards.button_gone` has those for people."""

    def __init__(self, action: Action, migration: Migration, pressed: Sequence[Pressed]) -> None:
        """`pressed` is everything that was pressed for this migration, in order."""
        button = FACES[action][0] if action in FACES else action
        super().__init__(f"Migration {migration.task_id} is {migration.state}: “{button}” does not apply.")
        self.action, self.migration, self.pressed = action, migration, pressed


def applies(action: Action, migration: Migration, now: datetime) -> bool:
    """True: the button can be pressed. The table of states says so; a report needs something to report.

    An out-of-office can be switched on if it was left off, and that can still be changed.
    """
    if action is Action.REPORT:
        return any(step.counts.found for step in migration.steps.values())
    if action is Action.SWITCH_ON:
        return switching_on.offered(migration, now)
    if action is Action.COPY_AGAIN and not _found_nothing(migration):
        return False
    if action is Action.AUTHORISE and not needs_consent(migration):
        return False
    if action is Action.ROLLBACK and migration.brought_nothing:
        return False
    begins_anew = action in (Action.RESUME, Action.AUTHORISE) and migration.state is State.FAILED
    return any(states.offers(migration, act, now) for act in STEERS[Action.RETRY if begins_anew else action])


def needs_consent(migration: Migration) -> bool:
    """True: it stopped because the owner of an account elsewhere has to consent again."""
    stopped = migration.attention if migration.state in (State.NEEDS_ATTENTION, State.FAILED) else None
    return stopped is not None and stopped.cause == Cause.CONSENT


def _found_nothing(migration: Migration) -> bool:
    """True: it stopped because nothing of what was copied earlier can be seen at the destination."""
    return migration.attention is not None and migration.attention.cause == Cause.NOTHING_FOUND


# What was pressed


def last_steering(migration: Migration, pressed: Sequence[Pressed]) -> Pressed | None:
    """The last press that steers the migration and was not overtaken since; None without one."""
    return next((p for p in reversed(pressed) if p.act not in ASIDE and not is_overtaken(migration, p)), None)


def waits_for_approval(migration: Migration, pressed: Sequence[Pressed]) -> Pressed | None:
    """The press that has asked for a rollback, while a second person has not decided about it; None without one."""
    last = next((p for p in reversed(pressed) if p.act in ASKED or p.act is Act.ROLLBACK), None)
    waits = last is not None and last.act is Act.ASK and not is_overtaken(migration, last)
    return last if waits and _may_go_back(migration) else None


def is_overtaken(migration: Migration, press: Pressed) -> bool:
    """True: the migration was put back in line since, in Slack or at the terminal, so the press is over."""
    back_in_line = press.act in (Act.RESUME, Act.RETRY)
    return not back_in_line and migration.resumed is not None and press.at < migration.resumed


def rolls_back_soon(migration: Migration, pressed: Sequence[Pressed]) -> bool:
    """True: somebody has agreed to a rollback, and no worker has come to it yet."""
    last = last_steering(migration, pressed)
    if last is None or last.act is not Act.ROLLBACK or not _may_go_back(migration):
        return False
    is_over = migration.not_taken is not None and last.at <= migration.not_taken
    return not is_over and (last.at > migration.updated or bool(migration.stage))


def _may_go_back(migration: Migration) -> bool:
    """True: a rollback can begin from where it stands. One that was resumed since has overtaken what was pressed."""
    back = states.MOVES[migration.state].get(states.Act.ROLL_BACK)
    return back is not None and back.when is not states.When.INTERRUPTED
