"""Words for numbers, sizes, times and states, the same wherever people read them. Nothing here comes from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from engine.errors import Cause, Side
from engine.migration.record import Attention, Migration, State, Step
from engine.words import MINUTE, duration, failed


def date(moment: datetime) -> str:
    """A moment in mrkdwn: in the reader's own time zone, and in UTC where Slack cannot tell it."""
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} {{time}}|{utc(moment)}>"


def utc(moment: datetime) -> str:
    """`22 Nov 2026, 13:48 UTC`."""
    return f"{moment.astimezone(UTC):%-d %b %Y, %H:%M} UTC"


# States


@dataclass(frozen=True, slots=True)
class Standing:
    """A state as people see it: an emoji by Slack's name for it, and a word. `at_work` is shown with its speed."""

    emoji: str
    word: str
    at_work: bool = False


THE_OPERATOR = "the operator at the terminal"


def person(user: str) -> str:
    """Who did something, by their ID of Slack, in mrkdwn; '' is the operator at the terminal."""
    if not user:
        return THE_OPERATOR
    return f"<@{user}>" if user.isalnum() else "somebody"


WAITING = Standing("hourglass", "Waiting in the queue")
WAITING_FOR_MAILBOX = Standing("hourglass", "Waiting for the mailbox")
WAITING_FOR_MORE = Standing("hourglass", "Waiting for the source")
RUNNING = Standing("hourglass_flowing_sand", "Running", at_work=True)
PAUSING = Standing("hourglass_flowing_sand", "Pausing", at_work=True)
CANCELLING = Standing("hourglass_flowing_sand", "Cancelling", at_work=True)
SOON_ROLLING_BACK = Standing("rewind", "Rollback starts soon")
HELD_UP = Standing("double_vertical_bar", "Paused for everybody")
STOPPING = Standing("hourglass_flowing_sand", "Stopping", at_work=True)
NOT_WHOLE = Standing("ballot_box_with_check", "Completed, with failures")

STANDINGS: Mapping[State, Standing] = MappingProxyType({
    State.WAITING: WAITING,
    State.RUNNING: RUNNING,
    State.PAUSED: Standing("double_vertical_bar", "Paused"),
    State.NEEDS_ATTENTION: Standing("warning", "Needs attention"),
    State.COMPLETED: Standing("white_check_mark", "Completed"),
    State.CANCELLED: Standing("octagonal_sign", "Cancelled"),
    State.FAILED: Standing("x", "Failed"),
    State.ROLLING_BACK: Standing("rewind", "Rolling back"),
    State.ROLLBACK_STOPPED: Standing("warning", "Rollback stopped"),
    State.ROLLED_BACK: Standing("leftwards_arrow_with_hook", "Rolled back"),
})


def standing(migration: Migration) -> Standing:
    """Where a migration stands.

    One that was under way and is handed from one process to another runs, whatever its record says in between; unless
    its stage says for what it waits.
    """
    if migration.state is State.WAITING and migration.waits_for is not None:
        return WAITING_FOR_MAILBOX
    if goes_on(migration) is not None:
        return WAITING_FOR_MORE
    if migration.state is State.WAITING and migration.started is not None and not in_line_for(migration):
        return RUNNING
    if migration.state is State.COMPLETED and failed(migration):
        return NOT_WHOLE
    return STANDINGS[migration.state]


def in_line_for(migration: Migration) -> str:
    """What it waits for in line, beside a worker and other tasks' mailboxes; '' for nothing."""
    before, named, what = migration.stage.partition("waiting for ")
    return what if named and not before and migration.state is State.WAITING else ""


def goes_on(migration: Migration) -> datetime | None:
    """When its source gives more, while it waits for that; None while it waits for nothing of the kind."""
    return migration.not_before if migration.state is State.WAITING else None


# Why it stopped, in our own words

WHY: Mapping[Cause, str] = MappingProxyType({
    Cause.HOST_UNKNOWN: "the name of the {side}server is unknown",
    Cause.HOST_NOT_ALLOWED: "OMM is not allowed to connect to the {side}server",
    Cause.POLICY: "the admins of this workspace do not allow the {side}server",
    Cause.UNREACHABLE: "the {side}server cannot be reached",
    Cause.TIMEOUT: "the {side}server does not answer",
    Cause.TLS: "the certificate of the {side}server is not valid",
    Cause.WRONG_PROTOCOL: "the {side}server is of another kind",
    Cause.NO_EWS: "the {side}server has no Exchange Web Services",
    Cause.TOO_OLD: "the {side}server has an Exchange that is too old",
    Cause.UNCONFIRMED: "nobody has confirmed the {side}server yet",
    Cause.SIGN_IN: "the {side}server refused the login or the password",
    Cause.FORBIDDEN: "the {side}server does not let this account in",
    Cause.SIGN_IN_LIMIT: "the {side}server refused the password too often",
    Cause.MAILBOX_FULL: "the {side}mailbox is full",
    Cause.MAILBOX_GONE: "the {side}mailbox is gone",
    Cause.SAME_MAILBOX: "both logins open the same mailbox",
    Cause.OTHER_CHOICE: "an earlier migration copied labels in another way",
    Cause.REFUSALS: "the {side}server refused too many items",
    Cause.NOTHING_FOUND: "nothing that was copied earlier can be seen",
    Cause.BUSY: "the {side}server is busy",
    Cause.NOT_KEPT: "the {side}password is no longer saved",
    Cause.CONSENT: "the consent for the {side}account is missing or was taken back",
    Cause.NOT_OPENED: "not all of it may be read of the {side}account",
    Cause.NOT_SET_UP: "what OMM needs for the {side}account is not set up yet",
    Cause.STORE: "OMM cannot read or save its data",
    Cause.OTHER: "the card says why",
})


def why(stopped: Attention) -> str:
    """Why a migration stopped, in a few words of our own, without a full stop."""
    cause = Cause(stopped.cause) if stopped.cause in set(Cause) else Cause.OTHER
    return WHY[cause].format(side=f"{stopped.side} " if stopped.side in set(Side) else "")


# How far it is


def percent(done: int, of: int) -> int:
    """How much is done, from 0 to 100; 100 only when nothing is left."""
    return 100 if done >= of else 100 * max(done, 0) // of


def bar(share: int) -> str:
    """Twenty squares for a percentage."""
    return ("▓" * (share // 5)).ljust(20, "░")


def seconds_left(step: Step) -> float | None:
    """How long the rest of a step takes at its present speed; None while nobody can know."""
    counts = step.counts
    rests = (
        (counts.found - counts.settled, step.items_per_second),
        (step.bytes_found - step.bytes_done, step.bytes_per_second),
    )
    known = [max(rest, 0) / rate for rest, rate in rests if rate > 0]
    return max(known) if known else None


def about(seconds: float) -> str:
    """`about 14 minutes`, `under a minute`."""
    return duration(seconds) if seconds < MINUTE else f"about {duration(seconds)}"
