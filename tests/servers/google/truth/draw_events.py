"""Draws calendars: every kind of recurrence, exception, zone, person and mark once, and as many more as wanted.

Names say what is special about an event, so that a test that fails says so, too.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

from tests.servers.google.truth.events import DAY, HOUR, Calendar, Change, Event, Guest, Reminder, Text, clock

CALENDARS = (
    Calendar(name="ann@example.org", primary=True),
    Calendar(name="Familie Ünsal 👪", zone="America/New_York"),
    Calendar(name="Team", zone="Asia/Kolkata", role="writer", reminders=()),
    Calendar(name="Garden", zone="Australia/Adelaide", reminders=(Reminder(30), Reminder(1440, "email"))),
    Calendar(name="Read by all", role="reader"),
    Calendar(name="Busy alone", role="freeBusyReader"),
    Calendar(name="Put away", hidden=True),
    Calendar(name="Holidays in German", role="reader", kind="holiday"),
    Calendar(name="Birthdays", role="reader", kind="birthdays"),
)
PRIMARY, FAMILY, TEAM, GARDEN, READ, BUSY, HIDDEN, HOLIDAYS, BIRTHDAYS = (one.name for one in CALENDARS)
OWN = (PRIMARY, FAMILY, TEAM, GARDEN)
# With and without daylight saving time, on both sides of the equator, off by halves and quarters of an hour, and some
# whose rules changed of late.
ZONES = (
    "Europe/Berlin", "America/New_York", "America/Los_Angeles", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Adelaide",
    "America/Sao_Paulo", "Asia/Tokyo", "Pacific/Auckland", "Pacific/Chatham", "America/St_Johns", "Europe/London",
    "UTC", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago", "America/Mexico_City", "Asia/Almaty",
    "Australia/Brisbane", "Africa/Johannesburg", "America/Phoenix", "Asia/Tehran", "Africa/Casablanca",
)
# (what is special, rule, first occurrence): one pattern of Exchange holds each.
RULES = (
    ("daily ten times", "FREQ=DAILY;COUNT=10", clock(2026, 3, 24, 9)),
    ("every third day", "FREQ=DAILY;INTERVAL=3", clock(2026, 10, 2, 7, 30)),
    ("workdays", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", clock(2026, 1, 5, 9)),
    ("weekly", "FREQ=WEEKLY", clock(2026, 2, 4, 16)),
    ("weekly on three days", "FREQ=WEEKLY;BYDAY=TU,TH,SA", clock(2026, 2, 3, 18)),
    ("every other week from Sunday", "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,TU", clock(2026, 3, 1, 11)),
    ("every other week from Monday", "FREQ=WEEKLY;INTERVAL=2;WKST=MO;BYDAY=SU,TU", clock(2026, 3, 1, 11)),
    ("the 15th", "FREQ=MONTHLY;BYMONTHDAY=15", clock(2026, 1, 15, 12)),
    ("the same day of the month", "FREQ=MONTHLY", clock(2026, 1, 7, 12)),
    ("the last day of the month", "FREQ=MONTHLY;BYMONTHDAY=-1", clock(2026, 1, 31, 17)),
    ("the second Tuesday", "FREQ=MONTHLY;BYDAY=2TU", clock(2026, 1, 13, 8)),
    ("the last Friday", "FREQ=MONTHLY;BYDAY=-1FR", clock(2026, 1, 30, 15)),
    ("the last workday", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", clock(2026, 1, 30, 16)),
    ("the first workday", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1", clock(2026, 1, 1, 9)),
    ("the second day of a weekend", "FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=2", clock(2026, 1, 4, 10)),
    ("every third month", "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=10", clock(2026, 1, 10, 10)),
    ("yearly", "FREQ=YEARLY", clock(2022, 6, 17, 10)),
    ("Thanksgiving", "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", clock(2023, 11, 23, 13)),
    ("the last Monday of May", "FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO", clock(2023, 5, 29, 13)),
)
# And none holds these: Exchange clamps days that a month has not, and has no such patterns.
HARD_RULES = (
    ("the 31st", "FREQ=MONTHLY;BYMONTHDAY=31", clock(2026, 1, 31, 12)),
    ("the 30th", "FREQ=MONTHLY;BYMONTHDAY=30", clock(2026, 1, 30, 12)),
    ("the 31st of every third month", "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=31", clock(2026, 1, 31, 12)),
    ("29 February", "FREQ=YEARLY", clock(2024, 2, 29, 10)),
    ("every second year", "FREQ=YEARLY;INTERVAL=2", clock(2022, 4, 5, 10)),
    ("the 1st and the 15th", "FREQ=MONTHLY;BYMONTHDAY=1,15", clock(2026, 1, 1, 14)),
    ("the first Monday and the third one", "FREQ=MONTHLY;BYDAY=1MO,3MO", clock(2026, 1, 5, 14)),
    ("the first and the last workday", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1", clock(2026, 1, 1, 14)),
    ("March and September", "FREQ=YEARLY;BYMONTH=3,9;BYMONTHDAY=12", clock(2025, 3, 12, 9)),
    ("every Monday to Wednesday in summer", "FREQ=WEEKLY;BYDAY=MO,WE;BYMONTH=6,7;COUNT=40", clock(2026, 6, 1, 9)),
    ("daily in January", "FREQ=DAILY;BYMONTH=1;COUNT=50", clock(2026, 1, 1, 9)),
    ("every fourth Thursday but one", "FREQ=MONTHLY;BYDAY=-2TH", clock(2026, 1, 22, 9)),
)
COLLEAGUES = (
    Guest("ben@example.net", "Ben Adeyemi", "accepted"), Guest(
        "carla@example.net", "Carla Núñez", "declined", comment="On a ship that week ⛴"),
    Guest("dai@example.net", "戴 小明", "tentative", optional=True), Guest("eve@example.net"),
    Guest("room-4@resource.calendar.google.com", "Room 4", "accepted", resource=True),
)
BOSS = Guest("boss@example.com", "Beata Boss", "accepted")
LONG = "A long agenda. " * 3_000
HTML = "<b>Agenda</b><br><ul><li>Money &amp; more</li><li><a href=\"https://example.com/a?b=1&amp;c=2\">plan</a></li></ul>"
FILES = (("Minutes", "https://docs.google.com/document/d/1AbC/edit"),)
_DAYS_OF_ALL = ("FREQ=YEARLY", "FREQ=WEEKLY;BYDAY=MO;COUNT=8", "FREQ=DAILY;COUNT=5", "FREQ=MONTHLY;BYMONTHDAY=1")


def single(name: str, start: datetime, **more: object) -> Event:
    """An event that is once."""
    return Event(name=name, start=start, **more)  # type: ignore[arg-type]  # fields of it


def texts() -> Iterator[Event]:
    """Titles, descriptions and places of every kind."""
    for number, (name, text) in enumerate((
        ("umlauts", Text(title="Grüße aus Köln", place="Café „Größenwahn“")),
        ("emoji", Text(title="Party 🎉👩‍👩‍👧‍👦", description="𝔘𝔫𝔦𝔠𝔬𝔡𝔢 🂡 in four bytes")),
        ("other scripts", Text(title="会議 اجتماع פגישה", place="東京都")),
        ("no title", Text(title="")),
        ("only spaces", Text(title="   spaced   out   ")),
        ("marked up", Text(title="<b>not bold</b> & \"quoted\" 'so'", description="1 < 2 && 3 > 2")),
        ("html", Text(description=HTML)),
        ("long", Text(description=LONG, place="P" * 200)),
        ("a title of 250", Text(title="T" * 250)),
        ("lines", Text(description="first line\nsecond line\n\n  indented")),
    )):
        yield single(f"text {name}", clock(2027, 1, 4 + number, 10), text=text)


def marks() -> Iterator[Event]:
    """Free and busy, private, tentative, reminders, conferences, files, kinds of events."""
    at = (clock(2027, 2, 1, 8) + number * HOUR * 5 for number in count())
    yield single("free", next(at), text=Text(free=True))
    yield single("tentative", next(at), status="tentative")
    for visibility in ("private", "public", "confidential"):
        yield single(f"{visibility}", next(at), visibility=visibility)
    for name, reminders in (
        ("none", ()), ("as the calendar", None), ("of 45", (Reminder(45),)), ("of 0", (Reminder(0),)),
        ("by mail", (Reminder(60, "email"),)), ("of 5, 30 and a day", (Reminder(5), Reminder(1440), Reminder(30))),
        ("of 20 and by mail", (Reminder(20), Reminder(2880, "email"))), ("of four weeks", (Reminder(40320),)),
    ):
        yield single(f"reminder {name}", next(at), reminders=reminders)
        yield single(f"past reminder {name}", clock(2026, 2, 3, 8), reminders=reminders)
    for kind in ("meet", "zoom", "phone"):
        yield single(f"conference {kind}", next(at), conference=kind)
    yield single("files", next(at), files=FILES, text=Text(description="See there."))
    yield single("source", next(at), source=("The ticket", "https://tickets.example.com/42?x=1&y=2"))
    yield single("out of office", next(at), kind="outOfOffice", span=9 * HOUR)
    yield single("from Gmail", next(at), kind="fromGmail", text=Text(title="Flight LH 2020", place="TXL"))
    yield single("no length", next(at), span=timedelta())
    yield single("three days", next(at), span=timedelta(days=2, hours=5))
    yield single("long ago", clock(1999, 12, 31, 23), span=2 * HOUR)
    yield single("far ahead", clock(2031, 5, 5, 9))


def others() -> Iterator[Event]:
    """What is left by default: it is no event that somebody planned. And a birthday of nobody among the contacts."""
    yield single("focus", clock(2027, 3, 1, 9), kind="focusTime")
    yield single("at home", clock(2027, 3, 2), all_day=True, span=DAY, kind="workingLocation")
    yield single("birthday", clock(2027, 3, 3), all_day=True, span=DAY, kind="birthday", rule="FREQ=YEARLY",
                 visibility="private", text=Text(free=True))


def meetings() -> Iterator[Event]:
    """The owner's own with guests, and invitations with every answer; one to a single occurrence."""
    yield single("own meeting", clock(2027, 3, 8, 10), text=Text(guests=COLLEAGUES))
    yield single("own past meeting", clock(2026, 3, 9, 10), text=Text(guests=COLLEAGUES))
    yield Event(name="own series of meetings", start=clock(2027, 3, 9, 10), rule="FREQ=WEEKLY;COUNT=6",
                text=Text(guests=COLLEAGUES), changes=(
                    Change(at=clock(2027, 3, 16, 10), text=Text(guests=COLLEAGUES[:1])),
                    Change(at=clock(2027, 3, 23, 10), start=clock(2027, 3, 24, 9)),
                ))
    for number, answer in enumerate(("accepted", "declined", "tentative", "needsAction")):
        yield single(f"invited, {answer}", clock(2027, 4, 5 + number, 11), foreign=BOSS, answer=answer,
                     text=Text(guests=COLLEAGUES[:2]))
    yield Event(name="invited to a series", start=clock(2027, 4, 12, 11), rule="FREQ=WEEKLY;COUNT=5", foreign=BOSS,
                answer="accepted", text=Text(guests=COLLEAGUES[:1]),
                changes=(Change(at=clock(2027, 4, 19, 11), start=clock(2027, 4, 20, 15)),))
    yield single("invited to one occurrence", clock(2027, 4, 14, 9), foreign=BOSS, answer="accepted", orphan=True)
    yield single("cancelled by its organizer", clock(2027, 4, 15, 9), foreign=BOSS, answer="accepted",
                 status="cancelled")


def days() -> Iterator[Event]:
    """Whole days, once and in series, with exceptions."""
    yield single("a day", clock(2027, 5, 3), all_day=True, span=DAY)
    yield single("a day that is over", clock(2025, 5, 3), all_day=True, span=DAY)
    yield single("two weeks", clock(2027, 5, 10), all_day=True, span=14 * DAY, text=Text(free=True))
    yield single("the day of a change of clocks", clock(2027, 3, 28), all_day=True, span=DAY)
    for number, rule in enumerate(_DAYS_OF_ALL):
        start = clock(2026, 6, 1)
        yield Event(name=f"days {rule}", start=start, all_day=True, span=(1 + number % 2) * DAY, rule=rule)
    start = clock(2027, 6, 7)
    yield Event(name="days with exceptions", start=start, all_day=True, span=DAY, rule="FREQ=WEEKLY;COUNT=8", changes=(
        Change(at=start + 7 * DAY, gone=True), Change(at=start + 14 * DAY, start=start + 16 * DAY),
        Change(at=start + 21 * DAY, text=Text(title="another name of a day")),
        Change(at=start + 28 * DAY, span=2 * DAY)), without=(start + 35 * DAY,))
    yield Event(name="whole days in another calendar", start=start, all_day=True, span=DAY, rule="FREQ=DAILY;COUNT=4",
                calendar=FAMILY)


def exceptions() -> Iterator[Event]:
    """Every way in which one occurrence differs; some pass their neighbours, some are not there."""
    start = clock(2027, 9, 20, 9)

    def at(number: int) -> datetime:
        return start + number * 7 * DAY

    yield Event(name="exceptions", start=start, rule="FREQ=WEEKLY;COUNT=12", changes=(
        Change(at=at(0), text=Text(title="the first, renamed")),
        Change(at=at(1), start=at(1) + 3 * HOUR), Change(at=at(2), gone=True),
        Change(at=at(3), span=3 * HOUR), Change(at=at(4), text=Text(place="Elsewhere")),
        Change(at=at(5), text=Text(description="Other words <i>than usual</i>")),
        Change(at=at(6), start=at(6) - 2 * DAY, text=Text(title="moved and renamed")),
        Change(at=at(7), text=Text(free=True)), Change(at=at(8), text=Text(guests=COLLEAGUES[:2])),
        Change(at=at(11), gone=True)))
    yield Event(name="moved across neighbours", start=start, rule="FREQ=WEEKLY;COUNT=8", changes=(
        Change(at=at(2), start=at(4) + 2 * DAY), Change(at=at(5), start=at(3) - 1 * DAY),
        Change(at=at(7), start=at(9) + 3 * HOUR)))
    daily = "FREQ=DAILY;COUNT=9"
    yield Event(name="onto the day of a neighbour", start=start, rule=daily, changes=(
        Change(at=start + DAY, start=start + 2 * DAY + 3 * HOUR),
        Change(at=start + 5 * DAY, start=start + 5 * DAY - HOUR)))
    yield Event(name="all but one deleted", start=start, rule="FREQ=DAILY;COUNT=3", changes=(
        Change(at=start, gone=True), Change(at=start + 2 * DAY, gone=True)))
    yield Event(name="taken out by EXDATE", start=start, rule=daily, without=(start + DAY, start + 4 * DAY))
    yield Event(name="further dates", start=start, rule=daily, more=(start + 20 * DAY, start + 23 * DAY + 2 * HOUR))
    yield Event(name="only dates", start=start, more=(start + 2 * DAY, start + 9 * DAY), changes=(
        Change(at=start + 2 * DAY, text=Text(title="one of the dates, renamed")),))
    yield Event(name="dates with and without", start=start, rule="FREQ=WEEKLY;COUNT=5", more=(start + 3 * DAY,),
                without=(at(1),), changes=(Change(at=at(2), gone=True), Change(at=at(3), start=at(3) + HOUR)))


def followed() -> Iterator[Event]:
    """A series of which "this and following" events were changed: two series, of which the first one ends."""
    start, turn = clock(2026, 9, 7, 10), clock(2027, 2, 1, 10)
    yield Event(name="this and following, before", start=start, rule="FREQ=WEEKLY", until=turn - timedelta(days=7),
                cut=True, changes=(Change(at=start + 7 * DAY, text=Text(title="before, renamed")),))
    yield Event(name="this and following, behind", start=turn + HOUR, rule="FREQ=WEEKLY", text=Text(place="New place"))


def ends() -> Iterator[Event]:
    """Series that end by a day, in zones far from Greenwich on both sides, where the day of UTC is another one."""
    for zone, hour in (("Pacific/Auckland", 8), ("America/Los_Angeles", 19), ("Asia/Kathmandu", 3), ("UTC", 23)):
        start = clock(2026, 10, 5, hour)
        yield Event(name=f"until in {zone}", start=start, zone=zone, rule="FREQ=DAILY", until=start + 45 * DAY)
    start = clock(2026, 10, 5)
    yield Event(name="until of days", start=start, all_day=True, span=DAY, rule="FREQ=DAILY;INTERVAL=2",
                until=start + 20 * DAY)


def patterns() -> Iterator[Event]:
    """Each rule that Exchange can hold, and each that it cannot."""
    for name, rule, start in (*RULES, *HARD_RULES):
        yield Event(name=name, start=start, rule=rule)
        yield Event(name=f"{name}, of days", start=start.replace(hour=0, minute=0), all_day=True, span=DAY, rule=rule)


def zoned() -> Iterator[Event]:
    """One event in summer, one in winter and a series over two years in each zone."""
    for zone in ZONES:
        yield single(f"summer of {zone}", clock(2027, 7, 6, 9), zone=zone)
        yield single(f"winter of {zone}", clock(2027, 1, 6, 9), zone=zone)
        yield Event(name=f"weekly of {zone}", start=clock(2026, 8, 4, 9), zone=zone, rule="FREQ=WEEKLY;COUNT=104",
                    changes=(Change(at=clock(2027, 3, 30, 9), start=clock(2027, 3, 30, 13)),
                             Change(at=clock(2027, 11, 2, 9), gone=True)))


def changed_zones() -> Iterator[Event]:
    """Series over a change of the offset itself: Almaty's in 2024, Mexico's end of daylight saving time in 2022."""
    for zone in ("Asia/Almaty", "America/Mexico_City", "Africa/Cairo", "Asia/Tehran", "Europe/Volgograd",
                 "Africa/Sao_Tome"):      # which no server has to know that has had no updates
        yield Event(name=f"for years in {zone}", start=clock(2022, 6, 17, 19), zone=zone, rule="FREQ=YEARLY;COUNT=9")
        yield Event(name=f"monthly in {zone}", start=clock(2023, 1, 17, 9), zone=zone, rule="FREQ=MONTHLY;COUNT=60")


def left() -> Iterator[Event]:
    """Events of calendars that are not the owner's."""
    for calendar in (READ, HIDDEN, BUSY):
        yield single(f"in {calendar}", clock(2027, 8, 2, 10), calendar=calendar)


def _drawn(chance: random.Random, number: int) -> Event:
    """An event or a series of anything."""
    start = clock(2026, 1, 1, chance.randrange(6, 22), chance.choice((0, 15, 30, 45))) + chance.randrange(900) * DAY
    event = Event(name=f"drawn {number}", start=start, zone=chance.choice(ZONES), calendar=chance.choice(OWN),
                  span=chance.choice((timedelta(minutes=15), HOUR, 3 * HOUR, timedelta(hours=30))),
                  visibility=chance.choice(("default", "default", "private")),
                  text=Text(description=chance.choice((None, HTML, "Bring cake 🍰")), free=chance.choice((None, True))))
    if chance.random() < 0.5:
        return event
    name, rule, begin = chance.choice((*RULES, *HARD_RULES))
    begin = begin.replace(hour=start.hour, minute=start.minute)
    series = replace(event, name=f"drawn {number}, {name}", start=begin, rule=rule, span=HOUR)
    walls = series.walls(begin + 400 * DAY)[:12]
    changed = sorted(chance.sample(walls, min(len(walls), chance.randrange(4))))
    return replace(series, changes=tuple(_change(chance, one) for one in changed))


def _change(chance: random.Random, at: datetime) -> Change:
    kind = chance.randrange(4)
    if kind == 0:
        return Change(at=at, gone=True)
    if kind == 1:
        return Change(at=at, start=at + chance.choice((-2, -1, 1, 2)) * HOUR)
    if kind == 2:
        return Change(at=at, span=2 * HOUR)
    return Change(at=at, text=Text(title=f"changed {at:%Y-%m-%d}", place="Hall"))


def every_kind() -> list[Event]:
    """One of each kind, in the primary calendar but where it says otherwise; in no order."""
    found = [*texts(), *marks(), *others(), *meetings(), *days(), *exceptions(), *followed(), *ends(), *patterns(),
             *zoned(),
             *changed_zones(), *left()]
    return [replace(one, calendar=one.calendar or PRIMARY) for one in found]


def events(chance: random.Random, many: int) -> list[Event]:
    """So many events, every kind among them, in several calendars."""
    found = every_kind()
    found += [_drawn(chance, number) for number in range(many - len(found))]
    assert len({one.name for one in found}) == len(found) == many
    return found
