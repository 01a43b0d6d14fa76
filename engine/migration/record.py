"""Where a migration stands: the record that outlives every process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar

from engine.migration.content import Content
from engine.migration.request import Choice, MigrationRequest
from engine.store.stored import Stored

ROLLBACK_WINDOW = timedelta(hours=48)
LONGEST_WAIT = timedelta(hours=26)      # for a source; a time that is later was noted by a clock that was ahead
SETTINGS = frozenset({Content.COLOURS, Content.INBOX_RULES, Content.OUT_OF_OFFICE})


class State(StrEnum):
    """Where a migration stands. What each state allows is in engine/migration/states.py."""

    WAITING = "waiting"                 # in line, for a worker or for the destination mailbox
    RUNNING = "running"
    PAUSED = "paused"
    NEEDS_ATTENTION = "needs attention"  # stopped by a fatal error; resumes when a person says so
    COMPLETED = "completed"             # every item copied, already there, left out for a reason, or named as failed
    CANCELLED = "cancelled"
    FAILED = "failed"                   # could not begin: nothing was written
    ROLLING_BACK = "rolling back"
    ROLLBACK_STOPPED = "rollback stopped"   # half-way, by a fatal error; goes on when a person says so
    ROLLED_BACK = "rolled back"


@dataclass(frozen=True, slots=True)
class Counts:
    """A content's sums, in items. They balance: found = copied + already there + failed + left out.

    `moved` and `removed` say what the owner did meanwhile to items that were copied; they are parts of `copied`.
    `changed` are items that are there, and changed at the source since they were copied, by whatever task; they are
    parts of `copied` and `already_there`. `removed_at_source` were copied by whatever task, are there, and the source
    has them no more: so they are parts of no other count, but those of a setting are parts of `copied`.
    """

    found: int = 0
    copied: int = 0
    already_there: int = 0
    failed: int = 0
    left_out: int = 0
    moved: int = 0
    removed: int = 0
    changed: int = 0
    removed_at_source: int = 0

    @property
    def settled(self) -> int:
        """Items of which the outcome is known."""
        return self.copied + self.already_there + self.failed + self.left_out


@dataclass(frozen=True, slots=True)
class Step:
    """A migration's work on one content. Times are UTC; bytes are raw bytes as the source gave them.

    The rates are of the visit under way: 0 while nobody can know them. `counts_on` says, by task ID, how many items of
    other tasks were found already there.
    """

    counts: Counts = Counts()
    started: datetime | None = None
    ended: datetime | None = None
    bytes_found: int = 0
    bytes_done: int = 0
    items_per_second: float = 0.0
    bytes_per_second: float = 0.0
    counts_on: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Attention:
    """Why a migration stopped, in the owner's words; `cause` and `side` are values of engine.errors.

    `visit` is the fencing number of the visit that met it: every visit ends at its first attention.
    """

    words: str
    cause: str
    side: str | None
    visit: int = 0


@dataclass(frozen=True, slots=True)
class Rollback:
    """What a rollback has done so far, in items and folders. In the end found = removed + kept + gone.

    `gone` are items that were there when they were counted, and that somebody else had removed before we did.
    `discards`: it was agreed to that what somebody has changed since is removed as well.
    """

    started: datetime
    ended: datetime | None = None
    found: int = 0
    removed: int = 0
    kept: int = 0
    gone: int = 0
    folders_removed: int = 0
    folders_kept: int = 0
    discards: bool = False

    def balanced(self, *, kept: int) -> Rollback:
        """The sums when all is done: what was found, was not removed by us and does not stay, is gone."""
        found = max(self.found, self.removed + kept)
        return replace(self, found=found, kept=kept, gone=found - self.removed - kept)


@dataclass(frozen=True, slots=True)
class LeftOff:
    """An out-of-office that came with its texts and was left off, because a person asked for that.

    `until` is the end of its schedule, None where it is on until somebody switches it off. `switched_on` is when this
    task switched it on as the source had it; None: not yet.
    """

    until: datetime | None = None
    switched_on: datetime | None = None


class Reason(StrEnum):
    """Why an item is in the report."""

    FAILED = "failed"
    LEFT_OUT = "left out"
    KEPT = "kept"
    NOTED = "noted"                     # it is there, and its owner should know something about it


@dataclass(frozen=True, slots=True)
class Failure(Stored):
    """One item that was not copied or, at a rollback, kept; named so that its owner finds it."""

    v: ClassVar[int] = 3        # 2, 3: of contents that older releases do not know: notes, category colours
    content: Content
    folder: str
    item: str
    reason: str
    outcome: Reason = Reason.FAILED

    @property
    def needs(self) -> int:
        """The version that this line is written with."""
        if self.content is Content.COLOURS:
            return 3
        return 2 if self.content is Content.NOTES else 1


@dataclass(frozen=True, slots=True)
class Migration(Stored):
    """The record of one migration. Times are UTC."""

    # 2: a login opens somebody else's mailbox; an older release would open the login's own.
    # 3: there are notes among its contents, which an older release does not know.
    # 4: there are settings among its contents, which an older release cannot move.
    v: ClassVar[int] = 4
    replaced: ClassVar[frozenset[str]] = frozenset({"attention"})

    task_id: str
    request: MigrationRequest
    created: datetime
    updated: datetime
    state: State = State.WAITING
    stage: str = ""                      # what is being done now, in the owner's words
    waits_for: str | None = None         # the task ID that holds the destination mailbox
    steps: Mapping[Content, Step] = field(default_factory=lambda: MappingProxyType({}))
    started: datetime | None = None      # of the first write to the destination: nothing of ours is older
    ended: datetime | None = None
    mailbox: str | None = None           # the destination mailbox's own key, known after the first sign-in
    attention: Attention | None = None
    rollback: Rollback | None = None
    counts_on: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))   # task ID: its items found here
    taken_away: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))  # task ID: of them, rolled back
    retries: int = 0                     # how often it was run again after an end
    again: tuple[Content, ...] = ()      # whose step ended before the retry, and is run once more
    copy_again: bool = False             # a person said so after nothing of what was copied earlier could be seen
    wrote: bool = True                   # False: it is known that no item and no folder was written
    new_login: str = ""                  # owner of the destination account, renamed since; '' while it is as requested
    new_service: str = ""                # login of the service account that opens it, renamed since; '' likewise
    left_off: LeftOff | None = None      # None: no out-of-office came that was on at the source and is off here
    agreed: tuple[Choice, ...] = ()      # what the rollback that has begun may do; the migration's are in the request
    resumed: datetime | None = None      # when it was last put back in line: what was pressed before is over
    held_open: datetime | None = None    # until when a rollback that was asked for within the window may still begin
    not_taken: datetime | None = None    # when the last rollback was pressed that did not come off
    not_before: datetime | None = None   # while it waits: when the source gives more
    expected_end: datetime | None = None     # about when it ends, as that was known when it began to wait
    fencing: int = 0                     # of the owner that last wrote this record

    @property
    def needs(self) -> int:
        """The version that this record is written with."""
        if not SETTINGS.isdisjoint(self.request.contents):
            return 4
        if Content.NOTES in self.request.contents:
            return 3
        return 2 if self.request.source.mailbox or self.request.destination.mailbox else 1

    @property
    def rollback_until(self) -> datetime | None:
        """The moment the rollback window ends, None while the migration has not ended.

        That is 48 hours after its end; later while it is held open for a rollback that was asked for before.
        """
        window = self.window_end
        return window if window is None or self.held_open is None else max(window, self.held_open)

    @property
    def window_end(self) -> datetime | None:
        """48 hours after the end, None while the migration has not ended."""
        return None if self.ended is None else self.ended + ROLLBACK_WINDOW

    def is_early(self, now: datetime) -> bool:
        """True: it waits in line for a source that gives nothing yet at `now`."""
        if self.state is not State.WAITING or self.not_before is None:
            return False
        return now < self.not_before <= now + LONGEST_WAIT

    def step(self, content: Content) -> Step:
        """The step of `content`, blank before it began."""
        return self.steps.get(content, Step())

    def is_done(self, content: Content) -> bool:
        """True: the step of `content` has ended, and no retry asks for it once more."""
        return self.step(content).ended is not None and content not in self.again

    @property
    def step_under_way(self) -> Content | None:
        """The content whose step has begun and has not ended, None between steps."""
        return next((c for c, step in self.steps.items() if step.started is not None and step.ended is None), None)

    @property
    def brought_nothing(self) -> bool:
        """True: it has ended, and has written nothing that a rollback could remove."""
        return self.ended is not None and not self.wrote and not any(s.counts.copied for s in self.steps.values())

    def with_step(self, content: Content, step: Step) -> Migration:
        """The record with that step in the place of the former."""
        return replace(self, steps=MappingProxyType({**self.steps, content: step}))
