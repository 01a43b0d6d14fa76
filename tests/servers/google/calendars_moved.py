"""Events of a Google account, moved to Exchange and judged there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tests.contract.exchange.test_calendars_unproven import KINDEST
from tests.servers.google.event_judge import YEARS, FieldJudge, Key, due, fields_wrong, misplaced, shown
from tests.servers.google.moving import Moving
from tests.servers.google.truth.draw_events import CALENDARS
from tests.servers.google.truth.events import Event
from tests.servers.world import ADDRESS

KEPT = KINDEST      # a server that keeps what nobody has proved that it loses


def planted(at: Moving, some: Sequence[Event]) -> None:
    """Puts these events into the owner's calendars."""
    if not at.events.ids:
        at.events.calendars(CALENDARS)
    at.events.events(some)


def events_wrong(
    at: Moving, some: Sequence[Event] | None, *, own: Counter[Key] | None = None, years: Sequence[int] = YEARS
) -> list[str]:
    """Whatever is missing, too much or otherwise in the calendars of the new mailbox. None: no event is to be there."""
    folders, found = at.here.of_class("IPF.Appointment"), []
    if some is None:
        return [path for path, folder in folders.items() if path != "Calendar" or shown(at.here, folder, years)]
    for each in due(CALENDARS, some, years):
        path = "Calendar" if each.calendar.primary else each.calendar.name
        if path not in folders:
            found.append(f"there is no calendar {path}")
            continue
        wanted, there = each.occurrences(), shown(at.here, folders[path], years)
        found += [f"{path}: {line}" for line in misplaced(wanted, there, own if each.calendar.primary else None)]
        judge = FieldJudge(each.calendar, at.clock(), ADDRESS, at.events.uids)
        found += [f"{path}: {line}" for line in fields_wrong(at.here, judge, wanted, there)]
    return found
