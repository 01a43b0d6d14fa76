"""The out-of-office: one setting, the last that is brought, for from then on it answers mail."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from engine.errors import OmmError, RefusedError
from engine.items.run import Run
from engine.migration.content import Content
from engine.migration.record import Counts, LeftOff
from engine.migration.request import Choice
from engine.ports.out_of_office import OofState, OutOfOffice, Reply, entry_of, out_of_office
from engine.ports.settings import Entry, Settings
from engine.settings.copying import copy
from engine.settings.image import Change
from engine.settings.keeping import BeforeImage
from engine.settings.plan import LeftOut
from engine.settings.refused import brought
from engine.settings.way import SettingWay

OWN = LeftOut("the new mailbox has an out-of-office already, which stays as it is")
IS_OFF = LeftOut(
    "the new mailbox has this very out-of-office, switched off, and it stays off; its owner can switch it on there"
)
IS_ON = LeftOut(
    "the new mailbox has this very out-of-office, switched on, and it goes on replying; its owner can switch it off "
    "there"
)
DAY = timedelta(days=1)
NO_TEXT = " "       # of an empty reply: Exchange switches on no out-of-office that lacks one


def merged(there: Entry | None, wanted: Entry, now: datetime) -> Entry | LeftOut:
    """The source's, unless the mailbox's own is on or has any text."""
    if there is None or wanted.stays:
        return wanted
    own, new = out_of_office(there.value), out_of_office(wanted.value)
    if own.is_blank and there.shown != wanted.shown:
        return wanted
    if not own.says_the_same(new) or not _has_its_days(own, new, now):
        return OWN
    if new.answers(now) and not own.answers(now):
        return IS_OFF
    return IS_ON if own.answers(now) and not new.answers(now) else there


def _has_its_days(own: OutOfOffice, new: OutOfOffice, now: datetime) -> bool:
    """True: the mailbox's goes by the days of the source's. Servers tell days also of one that goes by none."""
    if new.state is OofState.SCHEDULED:
        return (own.start, own.end) == (new.start, new.end)
    is_to_come = own.state is OofState.SCHEDULED and not own.is_due(now) and not own.is_over(now)
    return new.state is OofState.OFF or not is_to_come


def adapted(source: OutOfOffice, now: datetime, *, leave_off: bool) -> OutOfOffice:
    """What is written at `now`: off where a person asked for that, or where its schedule is over.

    It names days, also where it goes by none: a server would make some up, by which it were not known again.
    """
    if source.start is None or source.end is None:
        start = now.astimezone(UTC).replace(microsecond=0)
        source = replace(source, start=start, end=start + DAY)
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
            counts = brought(run, self.content, lambda: copy(run, self.content, partial(merged, now=now), adapt))
        except OmmError:
            if source and run.images.load(run.task_id, self.content).changes:     # it may have been written
                self._note(run, source[0], now)
            raise
        if source and counts.copied:
            self._note(run, source[0], now)
        elif source and counts.already_there and leave_off:
            self._note_found(run, source[0], now)
        return counts

    def _note(self, run: Run, source: OutOfOffice, now: datetime) -> None:
        """Writes down what was left off, as it was when it was written first."""
        record = run.record()
        left = _left_off(source, now) if Choice.LEAVE_OFF in run.choices else None
        if left is not None and (record is None or record.left_off is None):
            run.note_left_off(left)

    def _note_found(self, run: Run, source: OutOfOffice, now: datetime) -> None:
        """Keeps one that an earlier task has left off, so that it can be switched on, and be off after a rollback."""
        settings, kept = run.destination.settings(self.content), BeforeImage(run, self.content)
        image, there = kept.load(), run.patiently(settings.read)
        if image.changes or not there or out_of_office(there[0].value).state is not OofState.OFF:
            return
        with suppress(RefusedError):
            kept.keep(replace(image, changes=(Change(there[0], there[0], sure=True),)))
            self._note(run, source, now)
        kept.close()


def _adapted(entry: Entry, now: datetime, *, leave_off: bool) -> Entry:
    return entry if entry.stays else entry_of(adapted(out_of_office(entry.value), now, leave_off=leave_off))


def _left_off(source: OutOfOffice, now: datetime) -> LeftOff | None:
    """What there is to be switched on later; None where the source's is off, or its schedule is over."""
    if not source.answers(now):
        return None
    return LeftOff(until=source.end if source.state is OofState.SCHEDULED else None)


OUT_OF_OFFICE = OutOfOfficeWay(Content.OUT_OF_OFFICE)
