"""The out-of-office: one setting, the last that is brought, for from then on it answers mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from engine.errors import RefusedError
from engine.items.run import Run
from engine.migration.content import Content
from engine.migration.record import Counts, Failure, LeftOff, Reason, Step
from engine.migration.request import Choice
from engine.ports.out_of_office import NAME, OofState, OutOfOffice, Reply, entry_of, out_of_office
from engine.ports.settings import Entry, Settings
from engine.settings.copying import copy
from engine.settings.plan import LeftOut
from engine.settings.way import SettingWay

OWN = LeftOut("the new mailbox has an out-of-office of its own, which stays as it is")
NO_TEXT = " "       # of an empty reply: Exchange switches on no out-of-office that lacks one


def merged(there: Entry | None, wanted: Entry) -> Entry | LeftOut:
    """The source's, unless the mailbox's own is on or has any text."""
    if there is None:
        return wanted
    if there.shown == wanted.shown:
        return there
    return wanted if out_of_office(there.value).is_blank else OWN


def adapted(source: OutOfOffice, now: datetime, *, leave_off: bool) -> OutOfOffice:
    """What is written at `now`: off where a person asked for that, or where its schedule is over."""
    if leave_off or not source.answers(now):
        return replace(source, state=OofState.OFF)
    return replace(source, inside=_filled(source.inside), outside=_filled(source.outside))


def _filled(reply: Reply) -> Reply:
    return reply if reply.html else replace(reply, html=NO_TEXT)


def switched_on(source: OutOfOffice, left: LeftOff) -> OutOfOffice:
    """The one that was left off, in the state that the source's had."""
    on = OofState.ON if left.until is None else OofState.SCHEDULED
    return replace(source, state=on, inside=_filled(source.inside), outside=_filled(source.outside))


@dataclass(frozen=True, slots=True)
class OutOfOfficeWay(SettingWay):
    """As every setting, and the record says whether one that was on at the source was left off."""

    def forwards(self, run: Run) -> Counts:
        """Brings it where there is none. Raises FatalError, HaltedError; the next visit goes on."""
        leave_off, now = Choice.LEAVE_OFF in run.choices, run.destination.now()
        source: list[OutOfOffice] = []

        def adapt(_run: Run, _settings: Settings, wanted: Sequence[Entry]) -> Sequence[Entry]:
            source.extend(out_of_office(entry.value) for entry in wanted if not entry.stays)
            return [_adapted(entry, now, leave_off=leave_off) for entry in wanted]

        try:
            counts = copy(run, self.content, self.merge, adapt)
        except RefusedError as error:
            if run.images.load(run.task_id, self.content).changes:      # something may have been written
                raise
            counts = _not_opened(run, len(source), str(error))
        left = _left_off(source[0], now) if leave_off and counts.copied and source else None
        if left is not None:
            run.note_left_off(left)
        return counts


def _not_opened(run: Run, found: int, why: str) -> Counts:
    """Leaves out what the source has, where the new mailbox's own is not to be had by this login."""
    counts = Counts(found=found, left_out=found)
    run.begin_report()
    run.report([Failure(Content.OUT_OF_OFFICE, "", NAME, why, Reason.LEFT_OUT)] * found)
    run.on_step(Step(counts=counts))
    return counts


def _adapted(entry: Entry, now: datetime, *, leave_off: bool) -> Entry:
    return entry if entry.stays else entry_of(adapted(out_of_office(entry.value), now, leave_off=leave_off))


def _left_off(source: OutOfOffice, now: datetime) -> LeftOff | None:
    """What there is to be switched on later; None where the source's is off, or its schedule is over."""
    if not source.answers(now):
        return None
    return LeftOff(until=source.end if source.state is OofState.SCHEDULED else None)


OUT_OF_OFFICE = OutOfOfficeWay(Content.OUT_OF_OFFICE, merged)
