"""Series of every pattern, every end and five zones, each with every kind of exception; what dateutil makes of them.

They are written to the emulator's service itself, without HTTP and without signing in: the way of a request from its
envelope on is the same.
"""

import itertools
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical
from lxml import etree

from emulators.exchange import Settings, mailbox
from emulators.exchange.call import utc
from emulators.exchange.recurrence import DAYS, MONTHS, Series
from emulators.exchange.schema import load_schema
from emulators.exchange.service import Service
from emulators.exchange.store import Store

from .attachments import file
from .calendars import create, delete, get, occurrence, update, view
from .soap import NS, Answer, envelope, identity, reference
from .test_recurrence import FREQUENCIES, by_dateutil

ADDRESS = "series@example.org"
ENDS = ("NoEndRecurrence", "EndDateRecurrence", "NumberedRecurrence")
LOOKED_AT = 12          # occurrences of each series
SPAN = timedelta(minutes=75)
# The indexes of the occurrences that are not like the others.
EARLIER, LATER, RENAMED, DELETED, ATTACHED, REMINDED = 2, 4, 5, 6, 7, 8
_PLACES = ("First", "Second", "Third", "Fourth", "Last")

_PERIODS = '<t:Period Bias="{}" Name="Standard" Id="S"/><t:Period Bias="{}" Name="Daylight" Id="D"/>'
_CHANGE = (
    '<t:RecurringDayTransition><t:To Kind="Period">{}</t:To><t:TimeOffset>PT{}H</t:TimeOffset><t:Month>{}</t:Month>'
    "<t:DayOfWeek>{}</t:DayOfWeek><t:Occurrence>{}</t:Occurrence></t:RecurringDayTransition>"
)


def _defined(name: str, periods: tuple[str, str], *groups: str) -> str:
    """A zone of a client's own; each group of rules after the first holds from the beginning of a later year on."""
    inner = "".join(f'<t:TransitionsGroup Id="{place}">{one}</t:TransitionsGroup>' for place, one in enumerate(groups))
    later = "".join(
        f'<t:AbsoluteDateTransition><t:To Kind="Group">{place}</t:To><t:DateTime>{2024 + place}-01-01T00:00:00'
        "</t:DateTime></t:AbsoluteDateTransition>" for place in range(1, len(groups)))  # fmt: skip
    return (
        f'<t:StartTimeZone Id="{name}" Name="{name}"><t:Periods>{_PERIODS.format(*periods)}</t:Periods>'
        f"<t:TransitionsGroups>{inner}</t:TransitionsGroups><t:Transitions><t:Transition>"
        f'<t:To Kind="Group">0</t:To></t:Transition>{later}</t:Transitions></t:StartTimeZone>'
    )


def _icalendar(*observances: tuple[str, str, str, str, str]) -> tzinfo:
    """A zone as dateutil reads it: (name, begin, offset before, offset after, rule) of each observance."""
    lines = ["BEGIN:VTIMEZONE", "TZID:mine"]
    for name, begin, before, after, rule in observances:
        lines += [f"BEGIN:{name}", f"DTSTART:{begin}", f"TZOFFSETFROM:{before}", f"TZOFFSETTO:{after}",
                  f"RRULE:FREQ=YEARLY;{rule}", f"END:{name}"]
    found = tzical(StringIO("\r\n".join([*lines, "END:VTIMEZONE", ""]))).get("mine")
    assert found is not None
    return found


# The element of each zone, and the same zone by somebody else. The last one has its summer half a year later from 2025
# on, so that every year that follows differs.
ZONES: dict[str, tuple[str, tzinfo]] = {
    "Paris": ('<t:StartTimeZone Id="Romance Standard Time"/>', ZoneInfo("Europe/Paris")),
    "Sydney": ('<t:StartTimeZone Id="AUS Eastern Standard Time"/>', ZoneInfo("Australia/Sydney")),
    "UTC": ('<t:StartTimeZone Id="UTC"/>', UTC),
    "a custom one": (
        _defined("Own", ("-PT3H30M", "-PT4H30M"),
                 _CHANGE.format("D", 2, 4, "Sunday", 2) + _CHANGE.format("S", 3, 10, "Saturday", -1)),
        _icalendar(("STANDARD", "19701031T030000", "+0430", "+0330", "BYMONTH=10;BYDAY=-1SA"),
                   ("DAYLIGHT", "19700412T020000", "+0330", "+0430", "BYMONTH=4;BYDAY=2SU")),
    ),
    "a custom one whose rule changes": (
        _defined("Changing", ("PT5H", "PT4H"),
                 _CHANGE.format("D", 2, 4, "Sunday", 1) + _CHANGE.format("S", 2, 10, "Sunday", -1),
                 _CHANGE.format("D", 2, 10, "Sunday", 1) + _CHANGE.format("S", 3, 4, "Sunday", 1)),
        _icalendar(("STANDARD", "19701025T020000", "-0400", "-0500", "BYMONTH=10;BYDAY=-1SU;UNTIL=20241231T000000"),
                   ("DAYLIGHT", "19700405T020000", "-0500", "-0400", "BYMONTH=4;BYDAY=1SU;UNTIL=20241231T000000"),
                   ("DAYLIGHT", "20250101T000000", "-0500", "-0400", "COUNT=1"),
                   ("STANDARD", "20250406T030000", "-0400", "-0500", "BYMONTH=4;BYDAY=1SU"),
                   ("DAYLIGHT", "20251005T020000", "-0500", "-0400", "BYMONTH=10;BYDAY=1SU")),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One series of the matrix."""

    pattern: str
    end: str
    zone: str

    def series(self) -> Series:
        """Its recurrence: from March 2024 on, the numbers drawn by its place in the matrix."""
        dice = random.Random(f"{self.pattern} {self.end} {self.zone}")
        found = Series(self.pattern, date(2024, 3, 4) + timedelta(days=dice.randrange(40)))
        if "Yearly" not in self.pattern:
            found = replace(found, interval=dice.choice([1, 1, 2, 3]))
        else:
            found = replace(found, month=dice.randrange(1, 13))
        if self.pattern == "WeeklyRecurrence":
            found = replace(found, days=tuple(sorted(dice.sample(range(7), dice.randrange(1, 4)))),
                            first_day=dice.randrange(7))  # fmt: skip
        elif self.pattern.startswith("Absolute"):
            found = replace(found, day=dice.choice([1, 15, 29, 30, 31]))
        elif self.pattern.startswith("Relative"):
            found = replace(found, days=(dice.randrange(7),), place=dice.choice([0, 1, 2, 3, -1]))
        if self.end == "NumberedRecurrence":
            return replace(found, number=LOOKED_AT)
        if self.end == "EndDateRecurrence":
            return replace(found, until=by_dateutil(found)[LOOKED_AT - 1].date())
        return found


MATRIX = tuple(itertools.starmap(Row, itertools.product(FREQUENCIES, ENDS, ZONES)))


def drawn(number: int) -> list[Row]:
    """Some rows of the matrix, always the same, with every pattern, end and zone, and with a rule that has changed."""
    dice, rows = random.Random(11), list(MATRIX)
    while True:
        found = dice.sample(rows, number)
        whole = all({getattr(one, name) for one in found} == {getattr(one, name) for one in rows}
                    for name in ("pattern", "end", "zone"))  # fmt: skip
        if whole and any("Yearly" in one.pattern and "changes" in one.zone for one in found):
            return found


def element(series: Series) -> str:
    """The Recurrence element."""
    interval = "" if series.month else f"<t:Interval>{series.interval}</t:Interval>"
    days = " ".join(DAYS[day] for day in series.days)
    match series.pattern:
        case "DailyRecurrence":
            inner = interval
        case "WeeklyRecurrence":
            inner = (f"{interval}<t:DaysOfWeek>{days}</t:DaysOfWeek>"
                     f"<t:FirstDayOfWeek>{DAYS[series.first_day]}</t:FirstDayOfWeek>")
        case name if name.startswith("Absolute"):
            inner = f"{interval}<t:DayOfMonth>{series.day}</t:DayOfMonth>"
        case _:
            inner = (f"{interval}<t:DaysOfWeek>{days}</t:DaysOfWeek>"
                     f"<t:DayOfWeekIndex>{_PLACES[series.place]}</t:DayOfWeekIndex>")
    inner += f"<t:Month>{MONTHS[series.month - 1]}</t:Month>" if series.month else ""
    if series.number is not None:
        end, more = "NumberedRecurrence", f"<t:NumberOfOccurrences>{series.number}</t:NumberOfOccurrences>"
    elif series.until is not None:
        end, more = "EndDateRecurrence", f"<t:EndDate>{series.until}</t:EndDate>"
    else:
        end, more = "NoEndRecurrence", ""
    span = f"<t:{end}><t:StartDate>{series.start}</t:StartDate>{more}</t:{end}>"
    return f"<t:Recurrence><t:{series.pattern}>{inner}</t:{series.pattern}>{span}</t:Recurrence>"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One occurrence as an answer tells it; times are UTC."""

    start: str
    end: str
    original: str
    kind: str = "Occurrence"
    subject: str = "Round"
    reminder: str = "15"
    attachments: str = "false"


@cache
def by_others(row: Row) -> dict[int, Occurrence]:
    """What the first occurrences of a row have to be, by their index, by dateutil and the tz database."""
    zone, found = ZONES[row.zone][1], {}
    for index, wall in enumerate(by_dateutil(row.series())[:LOOKED_AT], 1):
        start, end = (_utc(one, zone) for one in (wall, wall + SPAN))
        found[index] = Occurrence(start, end, start)
    for index, moved in moves(row).items():
        start, end = (_utc(one, zone) for one in (moved, moved + SPAN))
        found[index] = replace(found[index], start=start, end=end, kind="Exception")
    found[RENAMED] = replace(found[RENAMED], subject="Another", kind="Exception")
    found[ATTACHED] = replace(found[ATTACHED], attachments="true", kind="Exception")
    found[REMINDED] = replace(found[REMINDED], reminder="45", kind="Exception")
    del found[DELETED]
    return found


def moves(row: Row) -> dict[int, datetime]:
    """Where the moved occurrences begin by their clocks: half the way to their neighbours, and at other hours."""
    walls = by_dateutil(row.series())[:LOOKED_AT]
    room = min(after - before for before, after in itertools.pairwise(walls)).days // 2
    return {EARLIER: walls[EARLIER - 1] - timedelta(days=room, hours=2),
            LATER: walls[LATER - 1] + timedelta(days=room, hours=3)}  # fmt: skip


def _utc(wall: datetime, zone: tzinfo) -> str:
    return wall.replace(tzinfo=zone).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Direct:
    """A mailbox of a service that has no door."""

    def __init__(self, folder: Path, schema_folder: Path) -> None:
        self._store = Store(folder / "exchange.sqlite")
        self.service = Service(self._store, load_schema(schema_folder), Settings())
        with self._store.transaction() as db:
            mailbox.create(db, ADDRESS, ADDRESS, "nobody signs in", utc(time.time()))

    def close(self) -> None:
        """Closes the store."""
        self._store.close()

    def call(self, body: str) -> Answer:
        """Sends one operation."""
        reply = self.service.answer(ADDRESS, envelope(body))
        assert self.service.schema_faults == []
        return Answer(reply.status, {}, reply.body, etree.fromstring(reply.body))

    def write(self, row: Row) -> str:
        """Creates a series with all its exceptions; returns the ItemId of the series."""
        series, zone = row.series(), ZONES[row.zone][0]
        inside = f"<t:Subject>Round</t:Subject>{times(by_dateutil(series)[0])}{element(series)}{zone}"
        master = reference(self.call(create(inside)).ok().one(".//t:ItemId"))
        for index, moved in moves(row).items():
            start, _, end = times(moved).partition("</t:Start>")
            self.change(master, index, ("calendar:Start", f"{start}</t:Start>"), ("calendar:End", end))
        self.change(master, RENAMED, ("item:Subject", "<t:Subject>Another</t:Subject>"))
        self.change(master, REMINDED, (
            "item:ReminderMinutesBeforeStart", "<t:ReminderMinutesBeforeStart>45</t:ReminderMinutesBeforeStart>"))
        self.call(delete(occurrence(master, DELETED))).ok()
        item = self.call(get(occurrence(master, ATTACHED), shape="<t:BaseShape>IdOnly</t:BaseShape>")).ok()
        parent = identity(reference(item.one(".//t:CalendarItem/t:ItemId")))
        self.call(
            f'<m:CreateAttachment><m:ParentItemId Id="{parent}"/><m:Attachments>{file()}</m:Attachments>'
            "</m:CreateAttachment>"
        ).ok()
        return master

    def change(self, master: str, index: int, *changes: tuple[str, str]) -> None:
        """Changes an occurrence."""
        self.call(update(occurrence(master, index), *changes)).ok()

    def by_index(self, master: str) -> dict[int, Occurrence]:
        """The first occurrences of a series by their index, without the deleted ones."""
        answer = self.call(get(*(occurrence(master, index) for index in range(1, LOOKED_AT + 1))))
        found = {index: one.find("m:Items/t:CalendarItem", NS) for index, one in enumerate(answer.messages, 1)}
        return {index: _told(one) for index, one in found.items() if one is not None}

    def in_views(self, first: str, last: str) -> Iterator[tuple[str, str]]:
        """(start, end) of what the calendar shows between two times, two years a view, by start."""
        begin, end = (datetime.fromisoformat(one) for one in (first, last))
        while begin <= end:
            following = begin + timedelta(days=700)
            asked = view(*(f"{one:%Y-%m-%dT%H:%M:%SZ}" for one in (begin, min(following, end + timedelta(seconds=1)))),
                         shape="<t:BaseShape>Default</t:BaseShape>")
            for one in self.call(asked).ok().all(".//t:Items/*"):
                start = str(one.findtext("t:Start", namespaces=NS))
                if start >= f"{begin:%Y-%m-%dT%H:%M:%SZ}":      # else the view before has shown it
                    yield start, str(one.findtext("t:End", namespaces=NS))
            begin = following


@pytest.fixture(scope="module")
def direct(tmp_path_factory: pytest.TempPathFactory, schema_folder: Path) -> Iterator[Direct]:
    """One service for all rows."""
    opened = Direct(tmp_path_factory.mktemp("series"), schema_folder)
    yield opened
    opened.close()


def times(start: datetime) -> str:
    """Start and End by the clocks of the series."""
    return f"<t:Start>{start.isoformat()}</t:Start><t:End>{(start + SPAN).isoformat()}</t:End>"


def _told(item: etree._Element) -> Occurrence:
    return Occurrence(*(str(item.findtext(f"t:{name}", namespaces=NS)) for name in (
        "Start", "End", "RecurrenceId", "CalendarItemType", "Subject", "ReminderMinutesBeforeStart", "HasAttachments")))


def compare(direct: Direct, row: Row) -> None:
    """Writes a row, and compares it by index, in views, and by what its series says of it."""
    master, wanted = direct.write(row), by_others(row)
    try:
        _look(direct, row, master, wanted)
    finally:        # what is left would be in the views of other rows
        direct.call(delete(master)).ok()


def _look(direct: Direct, row: Row, master: str, wanted: dict[int, Occurrence]) -> None:
    assert direct.by_index(master) == wanted, row
    seen = sorted(wanted.values(), key=lambda one: one.start)
    assert list(direct.in_views(seen[0].start, seen[-1].start)) == [(one.start, one.end) for one in seen], row
    item = direct.call(get(master)).ok().one(".//t:CalendarItem")
    changed = [one.text for one in item.iterfind("t:ModifiedOccurrences/t:Occurrence/t:OriginalStart", NS)]
    assert changed == [one.original for one in wanted.values() if one.kind == "Exception"], row
    assert len(item.findall("t:DeletedOccurrences/t:DeletedOccurrence", NS)) == 1, row
    last = item.findtext("t:LastOccurrence/t:OriginalStart", namespaces=NS)
    assert last == (None if row.end == "NoEndRecurrence" else wanted[LOOKED_AT].original), row
