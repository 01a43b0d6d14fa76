"""Google's own calendars: of holidays, which somebody may put on their list, and of contacts' birthdays.

The ids of the first are `<language>.<region>#holiday@group.v.calendar.google.com` (support.google.com/calendar/answer/
13748345 has people add them); here each has two holidays a year. The other one has the same id for everybody. Google
has made birthdays events of the primary calendar since (eventType birthday); old accounts still list it.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from emulators.google.calendar.books import Calendar, Event, World
from emulators.google.calendar.moments import Moment

IDS = re.compile(r"[a-z_]{2,5}\.([a-z_]+)(\.official)?#holiday@group\.v\.calendar\.google\.com")
DAYS = ((1, 1, "New Year's Day"), (12, 25, "Christmas Day"))
YEARS = range(2020, 2032)
BIRTHDAYS = "addressbook#contacts@group.v.calendar.google.com"


def of_holidays(world: World, given: str) -> Calendar | None:
    """The calendar with that id, None when it is no id of one."""
    found = IDS.fullmatch(given)
    if found is None:
        return None
    where = found[1].replace("_", " ").title()
    calendar = Calendar(id=given, owner="", summary=f"Holidays in {where}", zone="UTC", public="reader",
                        created=world.clock(), more={"description": f"Holidays and Observances in {where}"})
    for year in YEARS:
        for month, day, name in DAYS:
            event = _holiday(world, given, date(year, month, day), name)
            calendar.events[event.id] = event
    return calendar


def of_birthdays(world: World, address: str, contacts: Mapping[str, date]) -> Calendar:
    """Somebody's calendar of their contacts' birthdays, days by names."""
    calendar = Calendar(id=BIRTHDAYS, owner="", summary="Birthdays", zone=world.zone(address), created=world.clock(),
                        roles={address: "reader"}, more={"description": "Your contacts' birthdays and anniversaries"})
    for name, born in contacts.items():
        for year in YEARS:
            event = _birthday(world, name, born, year)
            calendar.events[event.id] = event
    return calendar


def _holiday(world: World, calendar: str, day: date, name: str) -> Event:
    whose = {"email": calendar, "displayName": calendar.partition("#")[0]}
    return _event(world, f"{day:%Y%m%d}_{world.number():x}g60o30dr56g", day, whose, {
        "summary": name, "description": "Public holiday", "transparency": "transparent", "visibility": "public"})


def _birthday(world: World, name: str, born: date, year: int) -> Event:
    """One a year, as github.com/kewisch/ical.js, samples/google_birthday.ics has them."""
    contact = sha256(name.encode()).hexdigest()[:16]
    leap = (born.month, born.day) == (2, 29)
    day = date(year, 3, 1) - timedelta(days=1) if leap else born.replace(year=year)
    return _event(world, f"{year}_BIRTHDAY_{contact}", day, {"email": BIRTHDAYS, "displayName": "Birthdays"}, {
        "summary": f"{name}'s birthday", "visibility": "public", "gadget": {
            "type": "goo.contacts", "display": "chip", "title": f"{name}'s birthday", "preferences": {
                "goo.contactsContactId": contact, "goo.contactsEventType": "BIRTHDAY", "goo.contactsFullName": name}}})


def _event(world: World, number: str, day: date, whose: dict[str, str], more: dict[str, Any]) -> Event:
    raw = {"status": "confirmed", "sequence": 0, "eventType": "default", "iCalUID": f"{number}@google.com",
           "creator": whose, "organizer": whose, **more}
    return Event(id=number, raw=raw, start=Moment(day=day), end=Moment(day=day + timedelta(days=1)),
                 created=world.clock(), updated=world.clock(), change=world.changed())
