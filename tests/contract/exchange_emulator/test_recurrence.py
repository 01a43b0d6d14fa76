"""Series: their expansion, their occurrences by index and id, exceptions and deletions."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule
from lxml import etree

from emulators.exchange import ExchangeEmulator
from emulators.exchange.calendar import server_zones, zones
from emulators.exchange.recurrence import Series
from emulators.exchange.soap import TYPES

from .calendars import HOUR, PARIS, create, created, delete, get, occurrence, shown, starts, update, view, weekly
from .soap import NS, Mailbox, names, reference

FREQUENCIES = {
    "DailyRecurrence": rrule.DAILY,
    "WeeklyRecurrence": rrule.WEEKLY,
    "AbsoluteMonthlyRecurrence": rrule.MONTHLY,
    "RelativeMonthlyRecurrence": rrule.MONTHLY,
    "AbsoluteYearlyRecurrence": rrule.YEARLY,
    "RelativeYearlyRecurrence": rrule.YEARLY,
}


def generated(seed: int, number: int) -> Iterator[Series]:
    """Series of every pattern and every end."""
    dice = random.Random(seed)
    for turn in range(number):
        pattern = list(FREQUENCIES)[turn % len(FREQUENCIES)]
        start = date(2019, 1, 1) + timedelta(days=dice.randrange(3000))
        given: dict[str, Any] = {"interval": dice.choice([1, 1, 2, 3, 5])}
        if pattern == "WeeklyRecurrence":
            given |= {
                "days": tuple(sorted(dice.sample(range(7), dice.randrange(1, 6)))),
                "first_day": dice.randrange(7),
            }
        elif pattern.startswith("Absolute"):
            given["day"] = dice.randrange(1, 32)
        elif pattern.startswith("Relative"):
            sets = [(dice.randrange(7),), tuple(range(7)), tuple(range(5)), (5, 6)]
            given |= {
                "days": dice.choice(sets if "Monthly" in pattern else sets[:1]),
                "place": dice.choice([0, 1, 2, 3, -1]),
            }
        if "Yearly" in pattern:
            given |= {"month": dice.randrange(1, 13), "interval": 1}
        match turn // len(FREQUENCIES) % 3:
            case 1:
                given["number"] = dice.randrange(1, 40)
            case 2:
                given["until"] = start + timedelta(days=dice.randrange(2000))
        yield Series(pattern, start, **given)


def by_dateutil(one: Series) -> list[datetime]:
    """The same series by dateutil; day 31 becomes the last day of the month (MS-OXOCAL clamps, rrule skips)."""
    days = [rrule.weekdays[day] for day in one.days]
    given: dict[str, Any] = {"dtstart": datetime.combine(one.start, time(9, 30)), "interval": one.interval}
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
        given["until"] = datetime.combine(one.until, time(23))
    return list(islice(rrule.rrule(FREQUENCIES[one.pattern], **given), 40))


def test_500_series_are_those_of_a_second_implementation() -> None:
    """Every pattern and end gives the dates of dateutil, and in five zones the moments of the tz database."""
    ids = [
        "Romance Standard Time",
        "Eastern Standard Time",
        "AUS Eastern Standard Time",
        "Morocco Standard Time",
        "UTC",
    ]
    compared = 0
    for turn, one in enumerate(generated(7, 500)):
        zone = zones.known(ids[turn % len(ids)])
        ours = [zone.to_utc(datetime.combine(day, time(9, 30))) for day in islice(one.dates(), 40)]
        info = ZoneInfo(zone.info.key)
        theirs = [when.replace(tzinfo=info).astimezone(UTC).replace(tzinfo=None) for when in by_dateutil(one)]

        assert ours == theirs, one
        compared += len(ours)
    assert compared > 10_000


@pytest.mark.parametrize(
    "zone_id",
    [
        "Romance Standard Time",
        "Morocco Standard Time",
        "Pacific Standard Time",
        "Russian Standard Time",
        "Lord Howe Standard Time",
        "UTC",
    ],
)
def test_a_definition_means_what_its_zone_means(zone_id: str) -> None:
    """Read back, the definition of a server's zone gives the times of the tz database over 30 years."""
    zone = zones.known(zone_id)
    written = server_zones.definition(zone, "StartTimeZone")
    defined = zones.of(written.replace("<t:StartTimeZone", f'<t:StartTimeZone xmlns:t="{TYPES}"', 1))
    dice = random.Random(zone_id)

    for _ in range(100):
        moment = datetime(2000, 2, 1) + timedelta(minutes=dice.randrange(30 * 365 * 1440))  # noqa: DTZ001 - UTC without tzinfo
        assert defined.to_local(moment) == zone.to_local(moment), moment
        assert defined.to_utc(moment) == zone.to_utc(moment), moment


MORNING = "<t:Start>2024-03-25T09:00:00</t:Start><t:End>2024-03-25T10:00:00Z</t:End>"
DAYS = weekly("Monday Wednesday", start="2024-03-25", number=6)
SERIES = f"<t:Subject>Stand-up</t:Subject>{MORNING}{DAYS}{PARIS}"
# Over the clock change of 31 March: 09:00 in Paris.
SLOTS = [
    "2024-03-25T08:00:00Z",
    "2024-03-27T08:00:00Z",
    "2024-04-01T07:00:00Z",
    "2024-04-03T07:00:00Z",
    "2024-04-08T07:00:00Z",
    "2024-04-10T07:00:00Z",
]


def in_view(mailbox: Mailbox) -> list[str]:
    """The starts in March and April."""
    return starts(mailbox.call(view("2024-03-01T00:00:00Z", "2024-05-01T00:00:00Z")))


def test_a_series_keeps_its_hour_over_a_clock_change(mailbox: Mailbox) -> None:
    """A view shows each occurrence at the same local time, and the series tells its first and last."""
    master = created(mailbox, SERIES)

    item = mailbox.item(master)

    assert in_view(mailbox) == SLOTS
    assert shown(item, "CalendarItemType", "IsRecurring", "Start") == ["RecurringMaster", "false", SLOTS[0]]
    assert item.findtext("t:FirstOccurrence/t:Start", namespaces=NS) == SLOTS[0]
    assert item.findtext("t:LastOccurrence/t:OriginalStart", namespaces=NS) == SLOTS[-1]


def test_MS_OXWSMTGS_R54_an_occurrence_is_found_by_index_and_by_id(mailbox: Mailbox) -> None:
    """OccurrenceItemId counts from 1; the id that it answers with finds the occurrence again, and its series."""
    master = created(mailbox, SERIES)

    second = mailbox.call(get(occurrence(master, 2))).ok()
    again = reference(second.one(".//t:CalendarItem/t:ItemId"), key=False)
    back = again.replace("<t:ItemId Id=", "<t:RecurringMasterItemId OccurrenceId=")

    assert shown(second.one(".//t:CalendarItem"), "CalendarItemType", "Start", "IsRecurring", "RecurrenceId") == [
        "Occurrence",
        SLOTS[1],
        "true",
        SLOTS[1],
    ]
    assert mailbox.item(again).findtext("t:Start", namespaces=NS) == SLOTS[1]
    assert mailbox.item(back).findtext("t:CalendarItemType", namespaces=NS) == "RecurringMaster"


def test_MS_OXWSCORE_R387_a_series_and_its_occurrences_are_told_whole_by_one_answer(mailbox: Mailbox) -> None:
    """ItemIds is a collection: what a client has set on a series is told of each that has it from the series."""
    named = '<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="A" PropertyType="String"/>'
    kept = f"<t:ExtendedProperty>{named}<t:Value>set</t:Value></t:ExtendedProperty>"
    master = created(mailbox, f"{kept}{MORNING}{DAYS}{PARIS}")
    shape = f"<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>{named}</t:AdditionalProperties>"

    answer = mailbox.call(get(master, occurrence(master, 1), occurrence(master, 3), shape=shape)).ok()

    assert answer.texts(".//t:Value") == ["set", "set", "set"]


def test_MS_OXWSMTGS_R219_an_index_counts_what_was_deleted(mailbox: Mailbox) -> None:
    """A deleted occurrence keeps its index, is refused by name, and is listed; past the end is another code."""
    master = created(mailbox, SERIES)
    mailbox.call(delete(occurrence(master, 2))).ok()

    answer = mailbox.call(get(*(occurrence(master, index) for index in (2, 3, 7, 0))))

    assert answer.codes == [
        "ErrorCalendarOccurrenceIsDeletedFromRecurrence",
        "NoError",
        "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange",
        "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange",
    ]
    assert answer.text(".//t:CalendarItem/t:Start") == SLOTS[2]
    assert in_view(mailbox) == [SLOTS[0], *SLOTS[2:]]
    item = mailbox.item(master)
    assert [one.text for one in item.iterfind("t:DeletedOccurrences/t:DeletedOccurrence/t:Start", NS)] == [SLOTS[1]]


CHANGES = (
    ("item:Subject", "<t:Subject>Moved</t:Subject>"),
    ("item:Sensitivity", "<t:Sensitivity>Private</t:Sensitivity>"),
    ("item:Body", '<t:Body BodyType="Text">Bring cake</t:Body>'),
    ("item:Categories", "<t:Categories><t:String>Red</t:String></t:Categories>"),
    ("item:ReminderMinutesBeforeStart", "<t:ReminderMinutesBeforeStart>45</t:ReminderMinutesBeforeStart>"),
    ("calendar:Start", "<t:Start>2024-04-02T10:00:00Z</t:Start>"),
    ("calendar:End", "<t:End>2024-04-02T12:30:00Z</t:End>"),
    ("calendar:LegacyFreeBusyStatus", "<t:LegacyFreeBusyStatus>OOF</t:LegacyFreeBusyStatus>"),
    ("calendar:Location", "<t:Location>Roof</t:Location>"),
    (
        "calendar:OptionalAttendees",
        "<t:OptionalAttendees><t:Attendee><t:Mailbox><t:EmailAddress>eve@example.org"
        "</t:EmailAddress></t:Mailbox></t:Attendee></t:OptionalAttendees>",
    ),
)


def test_MS_OXWSMTGS_R217_an_exception_has_fields_of_its_own(mailbox: Mailbox) -> None:
    """Each field that was set differs in this occurrence alone; what was not follows the series."""
    master = created(mailbox, SERIES)
    mailbox.call(update(occurrence(master, 3), *CHANGES)).ok()
    mailbox.call(
        update(
            master,
            ("item:Importance", "<t:Importance>High</t:Importance>"),
            ("item:Subject", "<t:Subject>Daily</t:Subject>"),
        )
    ).ok()

    answer = mailbox.call(get(occurrence(master, 3), occurrence(master, 4))).ok()
    third, fourth = answer.all(".//t:CalendarItem")

    assert shown(
        third,
        "CalendarItemType",
        "Subject",
        "Sensitivity",
        "Body",
        "ReminderMinutesBeforeStart",
        "Start",
        "End",
        "LegacyFreeBusyStatus",
        "Location",
        "DisplayCc",
        "Importance",
        "RecurrenceId",
    ) == [
        "Exception",
        "Moved",
        "Private",
        "Bring cake",
        "45",
        "2024-04-02T10:00:00Z",
        "2024-04-02T12:30:00Z",
        "OOF",
        "Roof",
        "eve@example.org",
        "High",
        SLOTS[2],
    ]
    assert [one.text for one in third.iterfind("t:Categories/t:String", NS)] == ["Red"]
    assert shown(fourth, "CalendarItemType", "Subject", "Sensitivity", "Location") == [
        "Occurrence",
        "Daily",
        "Normal",
        None,
    ]
    assert in_view(mailbox) == [*SLOTS[:2], "2024-04-02T10:00:00Z", *SLOTS[3:]]
    modified = mailbox.item(master).find("t:ModifiedOccurrences/t:Occurrence", NS)
    assert modified is not None
    assert names(modified) == ["ItemId", "Start", "End", "OriginalStart"]
    assert modified[3].text == SLOTS[2]


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        ("2024-04-03T06:00:00Z", "2024-04-03T06:30:00Z", "ErrorOccurrenceCrossingBoundary"),
        ("2024-04-09T07:00:00Z", "2024-04-09T08:00:00Z", "ErrorOccurrenceCrossingBoundary"),
        ("2024-03-27T12:00:00Z", "2024-03-27T13:00:00Z", "ErrorOccurrenceCrossingBoundary"),
        ("2024-04-01T07:00:00Z", "2024-04-03T07:30:00Z", "ErrorOccurrenceTimeSpanTooBig"),
        ("2024-04-02T07:00:00Z", "2024-04-02T08:00:00Z", "NoError"),
    ],
)
def test_an_occurrence_stays_between_its_neighbours(mailbox: Mailbox, start: str, end: str, code: str) -> None:
    """The third of the series may move up to the day after the second and the day before the fourth."""
    master = created(mailbox, SERIES)

    answer = mailbox.call(
        update(
            occurrence(master, 3),
            ("calendar:Start", f"<t:Start>{start}</t:Start>"),
            ("calendar:End", f"<t:End>{end}</t:End>"),
        )
    )

    assert answer.codes == [code]
    assert (in_view(mailbox) == SLOTS) == (code != "NoError")


def test_a_deleted_neighbour_is_in_nobodys_way(mailbox: Mailbox) -> None:
    """Once the second is deleted the third may take its day."""
    master = created(mailbox, SERIES)
    mailbox.call(delete(occurrence(master, 2))).ok()

    mailbox.call(
        update(
            occurrence(master, 3),
            ("calendar:Start", "<t:Start>2024-03-27T12:00:00Z</t:Start>"),
            ("calendar:End", "<t:End>2024-03-27T13:00:00Z</t:End>"),
        )
    ).ok()

    assert in_view(mailbox)[:2] == [SLOTS[0], "2024-03-27T12:00:00Z"]


RANGE = "<t:EndDateRecurrence><t:StartDate>2024-03-04</t:StartDate><t:EndDate>{}</t:EndDate></t:EndDateRecurrence>"
DAILY = "<t:DailyRecurrence><t:Interval>{}</t:Interval></t:DailyRecurrence>"
RELATIVE = (
    "<t:RelativeYearlyRecurrence><t:DaysOfWeek>Weekday</t:DaysOfWeek><t:DayOfWeekIndex>Last</t:DayOfWeekIndex>"
    "<t:Month>May</t:Month></t:RelativeYearlyRecurrence>"
)
ON_31 = (
    "<t:AbsoluteMonthlyRecurrence><t:Interval>1</t:Interval><t:DayOfMonth>{}</t:DayOfMonth>"
    "</t:AbsoluteMonthlyRecurrence>"
)


@pytest.mark.parametrize(
    ("recurrence", "code"),
    [
        (DAILY.format(1) + RANGE.format("2024-03-03"), "ErrorRecurrenceHasNoOccurrence"),
        (ON_31.format(31) + RANGE.format("2024-03-30"), "ErrorRecurrenceHasNoOccurrence"),
        (DAILY.format(0) + RANGE.format("2024-04-03"), "ErrorCalendarOutOfRange"),
        (ON_31.format(32) + RANGE.format("2024-04-03"), "ErrorCalendarOutOfRange"),
        (RELATIVE + RANGE.format("2024-06-03"), "ErrorCalendarInvalidRecurrence"),
        (
            "<t:WeeklyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Day</t:DaysOfWeek></t:WeeklyRecurrence>"
            + RANGE.format("2024-06-03"),
            "ErrorCalendarInvalidDayForWeeklyRecurrence",
        ),
    ],
)
def test_a_recurrence_that_cannot_be_is_refused(mailbox: Mailbox, recurrence: str, code: str) -> None:
    """No date within its range, a number out of range, a day that the pattern must not have (R1491, R2110)."""
    assert mailbox.call(create(f"{HOUR}<t:Recurrence>{recurrence}</t:Recurrence>")).codes == [code]


def test_a_series_without_end_is_seen_in_any_year(mailbox: Mailbox) -> None:
    """A view of 2031 shows a series that began in 2024 on each 31st or the month's last day; it tells no last one."""
    endless = f"{ON_31.format(31)}<t:NoEndRecurrence><t:StartDate>2024-03-31</t:StartDate></t:NoEndRecurrence>"
    master = created(mailbox, f"{HOUR}<t:Recurrence>{endless}</t:Recurrence>")

    found = starts(mailbox.call(view("2031-02-01T00:00:00Z", "2031-05-01T00:00:00Z")))

    assert found == ["2031-02-28T09:00:00Z", "2031-03-31T09:00:00Z", "2031-04-30T09:00:00Z"]
    assert "LastOccurrence" not in names(mailbox.item(master))


def test_a_view_has_limits(mailbox: Mailbox) -> None:
    """Two years at most, forwards, at most so many, by start, and a series never as such (page of CalendarView)."""
    created(mailbox, SERIES)
    created(mailbox, f"<t:Subject>Before</t:Subject>{HOUR}")

    assert mailbox.call(view("2024-01-01T00:00:00Z", "2026-01-03T00:00:01Z")).codes == ["ErrorCalendarViewRangeTooBig"]
    assert mailbox.call(view("2024-02-01T00:00:00Z", "2024-01-01T00:00:00Z")).codes == [
        "ErrorCalendarEndDateIsEarlierThanStartDate"
    ]
    first = mailbox.call(
        view(
            "2024-03-01T00:00:00Z",
            "2024-05-01T00:00:00Z",
            more='MaxEntriesReturned="3"',
            shape="<t:BaseShape>IdOnly</t:BaseShape>",
        )
    ).ok()
    assert len({one.get("Id") for one in first.all(".//t:ItemId")}) == 3
    assert starts(mailbox.call(view("2024-03-25T10:00:00Z", "2024-03-27T08:00:00Z"))) == []


def test_MS_OXWSMTGS_R1193_an_occurrence_cannot_be_moved_or_copied(mailbox: Mailbox) -> None:
    """A single occurrence is refused; a series moves with its exceptions."""
    master = created(mailbox, SERIES)
    mailbox.call(update(occurrence(master, 1), ("item:Subject", "<t:Subject>First</t:Subject>"))).ok()
    other = mailbox.folder("Other", parent='<t:DistinguishedFolderId Id="calendar"/>', kind="CalendarFolder")

    def move(item_id: str, operation: str) -> str:
        return f"<m:{operation}><m:ToFolderId>{other}</m:ToFolderId><m:ItemIds>{item_id}</m:ItemIds></m:{operation}>"

    assert mailbox.call(move(occurrence(master, 2), "MoveItem")).codes == ["ErrorCalendarCannotMoveOrCopyOccurrence"]
    copied = reference(mailbox.call(move(master, "CopyItem")).ok().one(".//t:ItemId"))
    moved = reference(mailbox.call(move(master, "MoveItem")).ok().one(".//t:ItemId"))
    mailbox.call(update(occurrence(copied, 1), ("item:Subject", "<t:Subject>Copy</t:Subject>"))).ok()
    firsts = mailbox.call(get(occurrence(moved, 1), occurrence(copied, 1))).ok()
    assert firsts.texts(".//t:CalendarItem/t:Subject") == ["First", "Copy"]


def test_an_attachment_on_one_occurrence_is_on_no_other(mailbox: Mailbox) -> None:
    """CreateAttachment with the id of an occurrence makes an exception that has it, and gives it back."""
    master = created(mailbox, SERIES)
    third = reference(mailbox.call(get(occurrence(master, 3))).ok().one(".//t:CalendarItem/t:ItemId"), key=False)
    parent = third.replace("<t:ItemId", "<m:ParentItemId")
    answer = mailbox.call(
        f"<m:CreateAttachment>{parent}<m:Attachments><t:FileAttachment><t:Name>a.txt</t:Name><t:Content>aGk=</t:Content>"
        "</t:FileAttachment></m:Attachments></m:CreateAttachment>"
    ).ok()
    attachment = answer.one(".//t:AttachmentId").get("Id")
    back = mailbox.call(
        f'<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id="{attachment}"/></m:AttachmentIds></m:GetAttachment>'
    ).ok()

    found = mailbox.call(get(occurrence(master, 3), occurrence(master, 4), master)).ok()

    assert back.text(".//t:Content") == "aGk="
    assert found.texts(".//t:CalendarItem/t:HasAttachments") == ["true", "false", "false"]
    assert found.texts(".//t:CalendarItem/t:CalendarItemType") == ["Exception", "Occurrence", "RecurringMaster"]


def test_an_occurrence_has_no_recurrence_of_its_own(mailbox: Mailbox) -> None:
    """A recurrence that is set on an occurrence is refused, and the series stays as it is."""
    master = created(mailbox, SERIES)

    answer = mailbox.call(update(occurrence(master, 2), ("calendar:Recurrence", DAYS)))

    assert answer.codes == ["ErrorInvalidPropertySet"]
    assert in_view(mailbox) == SLOTS


def test_new_times_of_a_series_take_its_exceptions_away(mailbox: Mailbox) -> None:
    """A changed hour resets exceptions and deletions (MS-OXOCAL); a changed subject leaves them."""
    master = created(mailbox, SERIES)
    mailbox.call(update(occurrence(master, 1), ("item:Subject", "<t:Subject>First</t:Subject>"))).ok()
    mailbox.call(delete(occurrence(master, 2))).ok()

    mailbox.call(update(master, ("item:Subject", "<t:Subject>New</t:Subject>"))).ok()
    kept = names(mailbox.item(master))
    mailbox.call(update(master, ("calendar:Start", "<t:Start>2024-03-25T07:30:00Z</t:Start>"))).ok()
    after = names(mailbox.item(master))

    assert {"ModifiedOccurrences", "DeletedOccurrences"} <= set(kept)
    assert not {"ModifiedOccurrences", "DeletedOccurrences"} & set(after)


def test_indexes_end_where_the_server_is_said_to_end_them(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Index 1000 is refused by default, and found where max_instance_index is lifted."""
    master = created(
        mailbox,
        f"{HOUR}<t:Recurrence>{DAILY.format(1)}<t:NoEndRecurrence><t:StartDate>2024-03-04"
        "</t:StartDate></t:NoEndRecurrence></t:Recurrence>",
    )

    assert mailbox.call(get(occurrence(master, 1000))).codes == ["ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange"]
    emulator.configure(max_instance_index=None)
    assert mailbox.call(get(occurrence(master, 1000))).codes == ["NoError"]


def test_MS_OXWSMTGS_R1194_ids_of_the_wrong_kind_are_refused(mailbox: Mailbox) -> None:
    """A single appointment has no occurrences, and is none (R1194, R1212)."""
    single = created(mailbox, HOUR)
    back = reference(etree.fromstring(single.replace("<t:ItemId", f'<t:ItemId xmlns:t="{TYPES}"')), key=False)

    answer = mailbox.call(
        get(occurrence(single, 1), back.replace("<t:ItemId Id=", "<t:RecurringMasterItemId OccurrenceId="))
    )

    assert answer.codes == ["ErrorCalendarCannotUseIdForRecurringMasterId", "ErrorCalendarCannotUseIdForOccurrenceId"]


def test_MS_OXWSCDATA_R2110_weekdays_as_a_word_may_be_in_weeks(mailbox: Mailbox) -> None:
    """Day may not be in a weekly pattern (R2110); Weekday may, and is Monday to Friday."""
    item = created(
        mailbox,
        f"{HOUR}<t:Recurrence><t:WeeklyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Weekday</t:DaysOfWeek>"
        "</t:WeeklyRecurrence><t:NumberedRecurrence><t:StartDate>2024-03-04</t:StartDate>"
        "<t:NumberOfOccurrences>6</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence>",
    )

    answers = mailbox.call(get(*(occurrence(item, index) for index in (5, 6))))

    assert [start[:10] for start in answers.ok().texts(".//m:Items/*/t:Start")] == ["2024-03-08", "2024-03-11"]
