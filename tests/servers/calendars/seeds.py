"""Appointments and series, one of each kind, and by dateutil the moments at which they have to be shown.

A seed says by its own clocks when it is; what a server stores of it is in planting.py.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeAlias

from dateutil import rrule

from emulators.exchange.attached import Attached
from emulators.exchange.recurrence import Series
from tests.contract.exchange_emulator.series_matrix import MATRIX, ZONES, Row
from tests.contract.exchange_emulator.test_recurrence import FREQUENCIES

FIRST, LAST = datetime(2024, 3, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)     # four changes of the clocks
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# The index of the occurrence that each kind of exception is.
LATER, EARLIER, TEXT, PLACE, PEOPLE, FILE, CATEGORY, DELETED, BESIDE, REMINDER, BUSY = range(2, 13)
LENGTH = 12
ATTENDEE = (
    "<t:Attendee><t:Mailbox><t:Name>{0}</t:Name><t:EmailAddress>{1}</t:EmailAddress><t:RoutingType>{2}</t:RoutingType>"
    "<t:MailboxType>Mailbox</t:MailboxType></t:Mailbox><t:ResponseType>{3}</t:ResponseType></t:Attendee>"
)
NAME_ONLY = (
    "<t:Attendee><t:Mailbox><t:Name>{0}</t:Name></t:Mailbox><t:ResponseType>Unknown</t:ResponseType></t:Attendee>"
)


File: TypeAlias = tuple[str, bytes] | Attached      # a name and what is in the file, or all that can be said of it
# The zones of the matrix, and one that a server calls by a name of its own: of a mailbox of Exchange 2007.
PLACES = ZONES | {
    "the server's own": (
        ZONES["a custom one"][0].replace(
            'Id="Own" Name="Own"', 'Id="tzone://Microsoft/Custom" Name="Customized Time Zone"'),
        ZONES["a custom one"][1])}


def clock(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """What clocks show."""
    return datetime.combine(date(year, month, day), time(hour, minute))


@dataclass(frozen=True, slots=True)
class Own:
    """What one occurrence has otherwise than its series: its begin and length, elements ("": none), files.

    `files` are more than those of the series, unless they are `instead` of them.
    """

    start: datetime | None = None
    elements: Mapping[str, str] = field(default_factory=dict)
    files: tuple[File, ...] = ()
    instead: bool = False
    span: timedelta | None = None
    zone: str = ""      # another one than the series has; `start` is by the clocks of the series all the same


@dataclass(frozen=True, slots=True)
class Seed:
    """One appointment or series.

    `start` is by the clocks of its zone; `kept` goes over what a server computes of it.
    """

    subject: str
    start: datetime
    zone: str = "Paris"
    span: timedelta = HOUR
    series: Series | None = None
    own: Mapping[int, Own] = field(default_factory=dict)
    deleted: tuple[int, ...] = ()
    elements: Mapping[str, str] = field(default_factory=dict)
    files: tuple[File, ...] = ()
    kept: Mapping[str, Any] = field(default_factory=dict)
    categories: tuple[str, ...] = ()
    sensitivity: str = "Normal"
    importance: str = "Normal"
    properties: Mapping[str, tuple[str, str]] = field(default_factory=dict)     # by their paths, type and value

    def utc(self, wall: datetime) -> datetime:
        """The moment at which the clocks of the zone show that."""
        return wall.replace(tzinfo=PLACES[self.zone][1]).astimezone(UTC)

    def walls(self) -> Iterator[datetime]:
        """When occurrences begin if nothing changed them, those deleted too; without end where the series has none."""
        return iter((self.start,)) if self.series is None else by_rule(self.series, self.start.time())

    def wall(self, index: int) -> datetime:
        """The begin of one occurrence."""
        return next(itertools.islice(self.walls(), index - 1, None))

    def has(self, index: int) -> bool:
        """True: the pattern has an occurrence of that index."""
        return next(itertools.islice(self.walls(), index - 1, None), None) is not None

    def is_past(self, now: datetime) -> bool:
        """Whether all of it is over."""
        if self.series is not None and self.series.number is None and self.series.until is None:
            return False
        return self.utc([*self.walls()][-1] + self.span) < now

    def shown(self) -> Iterator[tuple[str, datetime, datetime]]:
        """(subject, start, end) of whatever a calendar has to show in the two years."""
        moved = max(self.own, default=0)        # what was after the two years may have come into them
        for index, wall in itertools.takewhile(
            lambda each: each[0] <= moved or self.utc(each[1]) < LAST, enumerate(self.walls(), 1)
        ):
            own = self.own.get(index, Own())
            start = own.start or wall
            found = (self.utc(start), self.utc(start + (own.span or self.span)))
            if index not in self.deleted and found[1] > FIRST and found[0] < LAST:
                yield text_of(own.elements["Subject"]) if "Subject" in own.elements else self.subject, *found


def text_of(element: str) -> str:
    """The text of an element."""
    return element.partition(">")[2].rpartition("<")[0]


def by_rule(one: Series, at: time) -> Iterator[datetime]:
    """A series by dateutil; a day that a month lacks is its last one (MS-OXOCAL 2.2.1.44.1.4)."""
    given: dict[str, Any] = {"dtstart": datetime.combine(one.start, at), "interval": one.interval}
    days = [rrule.weekdays[day] for day in one.days]
    if one.month:
        given["bymonth"] = one.month
    if one.pattern == "WeeklyRecurrence":
        given |= {"byweekday": days, "wkst": rrule.weekdays[one.first_day]}
    elif one.day:
        given |= {"bymonthday": list(range(min(one.day, 28), one.day + 1)), "bysetpos": -1}
    elif days:
        given |= {"byweekday": days, "bysetpos": one.place + 1 if one.place >= 0 else -1}
    if one.number:
        given["count"] = one.number
    if one.until:
        given["until"] = datetime.combine(one.until, time(23, 59))
    return iter(rrule.rrule(FREQUENCIES[one.pattern], **given))


def people(*each: str) -> dict[str, str]:
    """RequiredAttendees."""
    return {"RequiredAttendees": f"<t:RequiredAttendees>{''.join(each)}</t:RequiredAttendees>"}


def told(**each: str) -> dict[str, str]:
    """Elements by their names."""
    return {name: f"<t:{name}>{value}</t:{name}>" for name, value in each.items()}


ANN = ATTENDEE.format("Ann", "ann@example.net", "SMTP", "Unknown")


def exceptions(walls: list[datetime]) -> dict[int, Own]:
    """One exception of each kind, among the first occurrences; none comes on the day of a neighbour."""
    bit = timedelta(minutes=20)
    near = min((after - before).days for before, after in itertools.pairwise(walls)) // 3 * DAY
    body = '<t:Body BodyType="HTML">&lt;p&gt;Łódź &amp;amp; more&lt;/p&gt;</t:Body>'
    return {
        LATER: Own(walls[LATER - 1] + near + bit),
        EARLIER: Own(walls[EARLIER - 1] - near - bit),
        TEXT: Own(elements={"Subject": "<t:Subject>Another text</t:Subject>", "Body": body}),
        PLACE: Own(elements=told(Location="Łódź &lt;3&gt;")),
        PEOPLE: Own(elements=people(ANN)),
        FILE: Own(files=(("own.bin", bytes(range(256))),)),
        CATEGORY: Own(elements={"Categories": "<t:String>Blue</t:String><t:String>A&amp;b</t:String>"}),
        BESIDE: Own(walls[DELETED - 1] + bit),
        REMINDER: Own(elements=told(ReminderMinutesBeforeStart="45")),
        BUSY: Own(elements=told(LegacyFreeBusyStatus="OOF")),
    }


def of_row(row: Row, at: time = time(9, 30)) -> Seed:
    """The series of a row of the matrix, with an exception of every kind."""
    series = row.series()
    walls = list(itertools.islice(by_rule(series, at), LENGTH))
    subject = f"{row.pattern}, {row.end}, {row.zone}"
    return Seed(
        subject, walls[0], row.zone, series=series, own=exceptions(walls), deleted=(DELETED,),
        elements=told(Location="Room 1", ReminderMinutesBeforeStart="10") | {
            "Body": '<t:Body BodyType="Text">Agenda</t:Body>'},
        files=(("plan.txt", b"plan\r\n"),), categories=("Red",),
    )


def matrix() -> list[Seed]:
    """All rows, some late in the evening, when UTC has another day."""
    hours = itertools.cycle((time(9, 30), time(23, 15), time(0, 30)))
    return [of_row(row, at) for row, at in zip(MATRIX, hours, strict=False)]


NINE = clock(2025, 1, 6, 9)      # a Monday
ORGANIZED = {"response": "Organizer", "state": 1, "sequence": 2, "sent": True}
INVITED = {"response": "Accept", "state": 3, "sequence": 3, "uid": "invited@example.net",
           "organizer": ["Boss", "boss@example.net"], "sent": True}


def _every(pattern: str, start: date, **given: Any) -> Series:
    return Series(pattern, start, **given)


def singles() -> list[Seed]:
    """Appointments that do not recur, one of each kind."""
    html = {"Body": '<t:Body BodyType="HTML">&lt;b&gt;bold&lt;/b&gt;</t:Body>'}
    return [
        Seed("plain", NINE, elements=told(Location="Room 1")),
        Seed("all day", clock(2025, 3, 30), span=DAY, kept={"all_day": True, "busy": "Free"}, zone="Sydney"),
        Seed("private", NINE + DAY, sensitivity="Private", importance="High", categories=("Red", "Ü & ö")),
        Seed("formatted", NINE + 2 * DAY, elements=html, files=(("a.txt", b"a"), ("b.bin", bytes(70_000)))),
        Seed("no reminder", NINE + 3 * DAY, elements=told(ReminderIsSet="false")),
        Seed("over the change of the clocks", clock(2025, 3, 29, 22), span=6 * HOUR),
        Seed("in a zone of its own", clock(2025, 10, 25, 22), zone="a custom one", kept={"busy": "WorkingElsewhere"}),
        Seed("in a zone of the server's", clock(2025, 10, 25, 22), zone="the server's own"),
        Seed("begins in one zone and ends in another", clock(2025, 4, 7, 22), span=20 * HOUR,
             kept={"end_zone": "AUS Eastern Standard Time"}),
        Seed("🎂 \u202eright to left\u202c", clock(2025, 4, 8, 9), elements=told(Location="two\nlines") | {
            "Body": f'<t:Body BodyType="HTML">{"&lt;p&gt;Ł&lt;/p&gt;" * 9_000}</t:Body>'}),
        Seed("old", clock(1999, 12, 31, 23), elements=told(ReminderMinutesBeforeStart="30")),
    ]


def large() -> list[Seed]:
    """500 occurrences with 60 exceptions, and one whose exceptions are behind the 999th occurrence."""
    daily = _every("DailyRecurrence", date(2024, 3, 4), number=500)
    many = Seed("five hundred", clock(2024, 3, 4, 8), series=daily)
    walls = list(many.walls())
    since = Seed("for years", clock(2021, 6, 1, 8), "Sydney", series=_every("DailyRecurrence", date(2021, 6, 1)))
    return [
        replace(many, own={7 * turn + 3: Own(walls[7 * turn + 2] + timedelta(minutes=turn + 1)) for turn in range(60)}),
        replace(since, own={1200: Own(since.wall(1200) + HOUR)}, deleted=(1210,)),
    ]


def rules() -> list[Seed]:
    """Series that are hard by their rules."""
    return [
        Seed("second Monday", clock(2024, 3, 11, 9), series=_every(
            "RelativeMonthlyRecurrence", date(2024, 3, 11), days=(0,), place=1)),
        Seed("29 February", clock(2024, 2, 29, 12), "Sydney", series=_every(
            "AbsoluteYearlyRecurrence", date(2024, 2, 29), day=29, month=2)),
        Seed("the 31st", clock(2024, 3, 31, 9), series=_every(
            "AbsoluteMonthlyRecurrence", date(2024, 3, 31), day=31, number=12)),
        Seed("all days of work", clock(2024, 3, 4, 7), "UTC", series=_every(
            "WeeklyRecurrence", date(2024, 3, 4), days=(0, 1, 2, 3, 4), first_day=0, number=15), deleted=(1, 15)),
    ]


def meetings(owner: str) -> list[Seed]:
    """An own meeting, one of somebody else's, and a series of each."""
    guests = people(ANN, ATTENDEE.format("Bob", "bob@example.net", "SMTP", "Accept"))
    guests |= {name: f"<t:{name}>{ATTENDEE.format(name, f'{name}@example.net', 'SMTP', 'Unknown')}</t:{name}>"
               for name in ("OptionalAttendees", "Resources")}
    invited = people(ATTENDEE.format("Me", owner, "SMTP", "Accept"), ANN)
    weekly = _every("WeeklyRecurrence", date(2025, 1, 6), days=(0,), number=8)
    moved = {3: Own(NINE + 14 * DAY + 4 * HOUR)}
    return [
        Seed("own meeting", NINE + 5 * HOUR, elements=guests, kept=ORGANIZED | {"uid": "own@example.org"}),
        Seed("unsent meeting", NINE + 7 * HOUR, elements=guests, kept=ORGANIZED | {"sent": False}),
        Seed("invited", NINE + 9 * HOUR, elements=invited, kept=INVITED),
        Seed("own series", NINE, series=weekly, own=moved, elements=guests,
             kept=ORGANIZED | {"uid": "own-series@example.org"}),
        Seed("invited series", NINE, series=weekly, own=moved, elements=invited,
             kept=INVITED | {"uid": "invited-series@example.net"}),
        Seed("cancelled", NINE + 10 * HOUR, elements=invited,
             kept=INVITED | {"uid": "off@example.net", "state": 7, "busy": "Free"}),
    ]


def lacking() -> list[Seed]:
    """Occurrences that lack what their series has, and series that are hardly any."""
    first = clock(2025, 5, 5, 9)
    full = told(Location="Room 1", ReminderMinutesBeforeStart="10") | people(ANN) | {
        "Body": '<t:Body BodyType="Text">Agenda</t:Body>'}
    all_of_it = told(Subject="all of it", Location="Roof", LegacyFreeBusyStatus="Free")
    own = {
        1: Own(elements={"Location": ""}), 2: Own(elements={"RequiredAttendees": ""}), 3: Own(elements={"Body": ""}),
        4: Own(elements={"Categories": ""}), 5: Own(elements=told(ReminderIsSet="false")),
        6: Own(elements=told(Sensitivity="Private")), 7: Own(elements=told(Importance="High")), 8: Own(span=5 * HOUR),
        9: Own(first + 8 * DAY + HOUR, all_of_it, (("own.bin", b"own"),), span=2 * HOUR),
    }
    return [
        Seed("lacks", first, series=_every("DailyRecurrence", date(2025, 5, 5)), own=own, elements=full,
             files=(("plan.txt", b"plan"),), categories=("Red",), kept=ORGANIZED),
        Seed("elsewhere", clock(2025, 5, 5, 9), series=_every("DailyRecurrence", date(2025, 5, 5), number=5),
             own={2: Own(zone="Sydney"), 4: Own(clock(2025, 5, 8, 11), zone="a custom one")}),
        Seed("once the whole day", clock(2025, 5, 5, 9), series=_every("DailyRecurrence", date(2025, 5, 5), number=5),
             own={2: Own(clock(2025, 5, 6), told(IsAllDayEvent="true"), span=DAY)}),
        Seed("once not the whole day", clock(2025, 5, 5), "Sydney", DAY, series=_every(
            "DailyRecurrence", date(2025, 5, 5), number=8), kept={"all_day": True},
            own={2: Own(clock(2025, 5, 6, 9), told(IsAllDayEvent="false"), span=HOUR)}),
        Seed("ends elsewhere", clock(2025, 5, 5, 9), series=_every("DailyRecurrence", date(2025, 5, 5), number=5),
             kept={"end_zone": "AUS Eastern Standard Time"},
             own={2: Own(zone="Sydney"), 4: Own(clock(2025, 5, 8, 11))}),
        Seed("one alone", clock(2025, 6, 2, 9), series=_every("DailyRecurrence", date(2025, 6, 2), number=1)),
        Seed("the last but one", clock(2025, 6, 3, 9), series=_every("DailyRecurrence", date(2025, 6, 3), number=5),
             deleted=(1, 2, 3, 5)),
        Seed("twice in one night", clock(2025, 10, 20, 12), series=_every(
            "DailyRecurrence", date(2025, 10, 20), number=10), own={7: Own(clock(2025, 10, 26, 2, 30))}),
        Seed("whole days", clock(2025, 6, 9), "Sydney", DAY, series=_every(
            "DailyRecurrence", date(2025, 6, 9), number=8, interval=2), own={3: Own(clock(2025, 6, 14))}, deleted=(5,),
            kept={"all_day": True, "busy": "Free"}),
        Seed("every 99 days", clock(2024, 4, 2, 9), series=_every("DailyRecurrence", date(2024, 4, 2), interval=99)),
    ]


def fewer_files() -> Seed:
    """A series whose second and third occurrence have not all the files that the others have."""
    own = {2: Own(instead=True), 3: Own(files=(("more.bin", b"more"),), instead=True)}
    return Seed(
        "fewer files", clock(2025, 5, 5, 9), series=_every("DailyRecurrence", date(2025, 5, 5), number=5), own=own,
        files=(("plan.txt", b"plan"), ("more.bin", b"more")))


def doubles() -> list[Seed]:
    """Copies that their owner has made: they have one global object id."""
    same = {"uid": "copied@example.org"}
    return [Seed("the one", clock(2025, 7, 1, 9), kept=same), Seed("the other", clock(2025, 7, 2, 9), kept=same)]


# Two occurrences of one series that is not there differ by the date in their global object id (MS-OXOCAL 2.2.1.27).
BESIDE_ITS_SERIES = f"040000008200E00074C5B7101A82E008000000005A3C1D2E4F60DA01000000000000000010000000{'12' * 16}"
ORPHANS = f"040000008200E00074C5B7101A82E008000000005A3C1D2E4F60DA01000000000000000010000000{'0123456789ABCDEF' * 2}"


def orphans(owner: str) -> list[Seed]:
    """A series of another organizer's, and occurrences of it by themselves: its first, one between, its last.

    So they stand where the owner was invited to these alone first, and to the series later.
    """
    me = people(ATTENDEE.format("Me", owner, "SMTP", "Accept"))
    ids = INVITED | {"uid": BESIDE_ITS_SERIES, "object_id": BESIDE_ITS_SERIES}
    first = clock(2025, 3, 3, 15)
    return [
        Seed("their series", first, series=_every("DailyRecurrence", date(2025, 3, 3), number=7), kept=ids,
             elements=me),
        *(Seed(f"their occurrence of the {day}th", clock(2025, 3, day, 17), elements=me,
               kept=ids | {"instance": f"07e903{day:02x}"}) for day in (3, 6, 9)),
    ]


def odd(owner: str, unknown: str) -> list[Seed]:
    """What old calendars hold and no client could make; `unknown` is an EX address that no directory knows."""
    daily = _every("DailyRecurrence", date(2025, 2, 3), number=10)
    three = clock(2025, 2, 5, 9)
    swapped = {3: Own(three + DAY + 3 * HOUR, told(Subject="third")), 4: Own(three - 2 * HOUR, told(Subject="fourth"))}
    alone = INVITED | {"uid": ORPHANS, "object_id": ORPHANS}
    me = people(ATTENDEE.format("Me", owner, "SMTP", "Accept"))
    guests = people(ANN, NAME_ONLY.format("Carol of Sales"), ATTENDEE.format("Dave", unknown, "EX", "Unknown"))
    return [
        Seed("swapped", clock(2025, 2, 3, 9), series=daily, own=swapped),
        *(Seed(f"occurrence of the {day}th", clock(2025, 2, day, 15), kept=alone | {"instance": f"07e902{day:02x}"},
               elements=me) for day in (13, 14)),
        Seed("people without an address", clock(2025, 2, 4, 15), elements=guests, kept=ORGANIZED),
        Seed("ends before it begins", clock(2025, 2, 5, 15), span=-HOUR),
        Seed("ends as it begins", clock(2025, 2, 6, 15), span=timedelta()),
        Seed("without a global object id", clock(2025, 2, 7, 15), kept={"uid": None, "object_id": ""}),
    ]
