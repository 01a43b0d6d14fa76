"""Exceptions of a series as iCalendar has them: events with a RECURRENCE-ID (MS-OXCICAL 2.1.3.1.1.20.20)."""

from datetime import date

from emulators.exchange import explicit, item
from emulators.exchange.calendar import appointment, icalendar_in, occurrence, zones
from emulators.exchange.calendar.icalendar_in import Component
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.item import Item
from emulators.exchange.soap import local

_NOT_OWN = frozenset({"UID", "Recurrence"})     # an occurrence has those of its series


def find(call: Call, master: Item, calendar: Component, event: Component) -> Item | None:
    """The occurrence that an event names; None when the series has none there, or no more. Raises ItemError."""
    day = _day(master, calendar, event)
    if appointment.series(master).index(day) is None or day.isoformat() in master.appointment.get("deleted", ()):
        return None
    return occurrence.made(call, master, day)


def _day(master: Item, calendar: Component, event: Component) -> date:
    zone = zones.of(master.appointment["zone"])
    return zone.to_local(appointment.read_time(icalendar_in.recurrence_id(calendar, event) or "", zone)).date()


def apply(call: Call, master: Item, calendar: Component) -> Item:
    """Make a stored series have the exceptions of its calendar; returns it as it then is.

    An occurrence may not pass its neighbours, not even for a moment: those that move to later go first, last to first.
    Raises ItemError: ErrorMimeContentConversionFailed for an exception of no occurrence, and those of an occurrence.
    """
    later: list[tuple[str, Component]] = []
    earlier: list[tuple[str, Component]] = []
    for event in icalendar_in.exceptions(calendar):
        one = find(call, master, calendar, event)
        if one is None:
            raise ItemError("ErrorMimeContentConversionFailed")
        original = one.appointment["start"]
        set_all(call, one, calendar, event)
        (later if one.appointment["start"] > original else earlier).append((original, event))
    for _, event in sorted(later, key=lambda pair: pair[0], reverse=True) + sorted(earlier, key=lambda pair: pair[0]):
        one = find(call, item.by_row(call.db, master.row), calendar, event)
        assert one is not None
        occurrence.save(call, one, set_all(call, one, calendar, event))
    return item.by_row(call.db, master.row)


def set_all(call: Call, one: Item, calendar: Component, event: Component) -> set[str]:
    """Set what an event says on an occurrence, unstored; returns the names of the elements. Raises ItemError."""
    item.read_properties(call.db, [one])
    names = set()
    for element in icalendar_in.elements_of(calendar, event):
        if local(element) not in _NOT_OWN:
            explicit.apply(call, one, element, creating=False)
            names.add(local(element))
    appointment.complete(call, one)
    return names


def set_one(call: Call, one: Item, calendar: Component) -> None:
    """Set what a calendar of one event says on an occurrence, unstored.

    Raises ItemError: ErrorMimeContentConversionFailed for another occurrence, or one of another series, and those of
    an occurrence.
    """
    event, kept = icalendar_in.alone(calendar), one.appointment
    master = item.by_row(call.db, kept["of"])
    named = _day(master, calendar, event).isoformat() if "RECURRENCE-ID" in event.properties else kept["original"]
    if (named, event.text("UID", kept["uid"])) != (kept["original"], kept["uid"]):
        raise ItemError("ErrorMimeContentConversionFailed")
    for element in icalendar_in.elements_of(calendar, event):
        if local(element) != "UID":
            explicit.apply(call, one, element, creating=False)
