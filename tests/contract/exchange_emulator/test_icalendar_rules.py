"""What MS-OXCICAL makes of rules, dates, reminders and priorities in the iCalendar of an appointment."""

import pytest

from .calendars import HOUR, create, created, shown, starts, update, view, weekly
from .soap import NS, Mailbox
from .test_icalendar import mime, rendered

FAILED = "ErrorMimeContentConversionFailed"


def in_zone(zone: str, start: str, rule: str, more: str = "") -> str:
    """An hour in March 2024 in a zone, with a rule."""
    end = f"{start[:9]}{int(start[9:11]) + 1:02}{start[11:]}"
    return mime(f"UID:u\r\nDTSTART;TZID={zone}:{start}\r\nDTEND;TZID={zone}:{end}\r\nRRULE:{rule}\r\n{more}")


def march(mailbox: Mailbox) -> list[str]:
    """What the calendar shows of March 2024."""
    return starts(mailbox.call(view("2024-02-28T00:00:00Z", "2024-04-02T00:00:00Z")))


@pytest.mark.parametrize(
    ("zone", "start", "until", "expected"),
    [
        ("America/New_York", "20240304T200000", "20240306T010000Z", ["2024-03-05T01:00:00Z", "2024-03-06T01:00:00Z"]),
        ("Pacific/Auckland", "20240304T080000", "20240304T190000Z", ["2024-03-03T19:00:00Z", "2024-03-04T19:00:00Z"]),
        ("Europe/Paris", "20240304T090000", "20240305T225959Z", ["2024-03-04T08:00:00Z", "2024-03-05T08:00:00Z"]),
        ("Europe/Paris", "20240304T090000", "20240305T230000Z", ["2024-03-04T08:00:00Z", "2024-03-05T08:00:00Z"]),
        ("Europe/Paris", "20240304T090000", "20240305", ["2024-03-04T08:00:00Z", "2024-03-05T08:00:00Z"]),
    ],
)
def test_the_page_legacy_until_concerns_until_is_a_moment(
    mailbox: Mailbox, zone: str, start: str, until: str, expected: list[str]
) -> None:
    """An UNTIL in UTC is no date: the last occurrence is the last that begins up to then (RFC 5545 3.3.10)."""
    created(mailbox, in_zone(zone, start, f"FREQ=DAILY;UNTIL={until}"))

    assert march(mailbox) == expected


def test_the_page_recurrence_templates_a_series_survives_the_way_there_and_back(mailbox: Mailbox) -> None:
    """What is rendered of a series far from Greenwich makes the same series."""
    zone = '<t:StartTimeZone Id="New Zealand Standard Time"/>'
    times = "<t:Start>2024-03-04T08:00:00</t:Start><t:End>2024-03-04T09:00:00</t:End>"
    ends = weekly("Monday Friday", start="2024-03-04", number=1).replace(
        "<t:NumberedRecurrence><t:StartDate>2024-03-04</t:StartDate><t:NumberOfOccurrences>1</t:NumberOfOccurrences>"
        "</t:NumberedRecurrence>",
        "<t:EndDateRecurrence><t:StartDate>2024-03-04</t:StartDate><t:EndDate>2024-03-11</t:EndDate>"
        "</t:EndDateRecurrence>",
    )
    written = rendered(mailbox, created(mailbox, times + ends + zone))
    event = written.partition("BEGIN:VEVENT\r\n")[2].partition("END:VEVENT")[0]
    zoned = "BEGIN:VTIMEZONE" + written.partition("BEGIN:VTIMEZONE")[2].partition("BEGIN:VEVENT")[0]
    before = march(mailbox)

    created(mailbox, mime(event, zone=zoned))

    assert march(mailbox) == sorted([*before, *before])
    assert len(before) == 3


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYDAY=MO,WE",
        "FREQ=DAILY;BYMONTH=3",
        "FREQ=WEEKLY;BYDAY=MO;BYMONTH=3",
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        "FREQ=MONTHLY;BYMONTHDAY=4;BYMONTH=3",
        "FREQ=YEARLY;BYYEARDAY=64",
        "FREQ=HOURLY",
        "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
        "FREQ=MONTHLY;BYMONTHDAY=4,18",
        "FREQ=MONTHLY;BYMONTHDAY=-2",
        "FREQ=YEARLY;INTERVAL=2;BYMONTHDAY=4;BYMONTH=4",
    ],
)
def test_the_page_recurrence_templates_what_fits_none_is_refused(mailbox: Mailbox, rule: str) -> None:
    """A part that a template has no place for is not passed over: the series would be another."""
    assert mailbox.call(create(in_zone("Europe/Paris", "20240304T090000", rule))).codes == [
        "ErrorCalendarInvalidRecurrence"
    ]


def test_the_page_monthly_recurrences_the_last_day_is_31(mailbox: Mailbox) -> None:
    """BYMONTHDAY=-1 is day 31, which is the last of every month; BYHOUR says what DTSTART says."""
    rule = "FREQ=MONTHLY;BYMONTHDAY=-1;BYHOUR=9;BYMINUTE=0;COUNT=2"
    item = mailbox.item(created(mailbox, in_zone("Europe/Paris", "20240229T090000", rule)))

    assert item.findtext("t:Recurrence/t:AbsoluteMonthlyRecurrence/t:DayOfMonth", namespaces=NS) == "31"
    assert march(mailbox) == ["2024-02-29T08:00:00Z", "2024-03-31T07:00:00Z"]


def test_the_page_exdate_has_a_zone_of_its_own(mailbox: Mailbox) -> None:
    """An EXDATE is converted to the zone of the series before its date counts."""
    gone = "EXDATE;TZID=Asia/Tokyo:20240306T100000\r\n"
    created(mailbox, in_zone("America/New_York", "20240304T200000", "FREQ=DAILY;COUNT=3", gone))

    assert march(mailbox) == ["2024-03-05T01:00:00Z", "2024-03-07T01:00:00Z"]


@pytest.mark.parametrize("day", [28, 29, 30, 31])
@pytest.mark.parametrize("month", ["", "<t:Month>February</t:Month>"])
def test_the_page_monthly_recurrences_the_end_of_a_month_survives_the_way_there_and_back(
    mailbox: Mailbox, day: int, month: str
) -> None:
    """A series on one of the last days of a month, or of February, is rendered as a rule that makes the same series."""
    name = "AbsoluteYearlyRecurrence" if month else "AbsoluteMonthlyRecurrence"
    every = "" if month else "<t:Interval>1</t:Interval>"
    series = (
        f"<t:Recurrence><t:{name}>{every}<t:DayOfMonth>{day}</t:DayOfMonth>{month}</t:{name}><t:NumberedRecurrence>"
        "<t:StartDate>2024-01-01</t:StartDate><t:NumberOfOccurrences>4</t:NumberOfOccurrences></t:NumberedRecurrence>"
        "</t:Recurrence>"
    )
    whole = view("2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z")
    written = rendered(mailbox, created(mailbox, HOUR + series))
    before = starts(mailbox.call(whole))

    created(mailbox, mime(written.partition("BEGIN:VEVENT\r\n")[2].partition("END:VEVENT")[0]))

    assert starts(mailbox.call(whole)) == sorted([*before, *before])
    assert len(before) == (2 if month else 4)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=YEARLY;INTERVAL=2;BYMONTHDAY=4;BYMONTH=3;COUNT=2", ["2024-03-04T08:00:00Z", "2026-03-04T08:00:00Z"]),
        ("FREQ=YEARLY;INTERVAL=3;BYDAY=MO;BYSETPOS=1;BYMONTH=3;COUNT=2",
         ["2024-03-04T08:00:00Z", "2027-03-01T08:00:00Z"]),
    ],
)  # fmt: skip
def test_the_page_yearly_recurrences_years_with_an_interval_are_months(
    mailbox: Mailbox, rule: str, expected: list[str]
) -> None:
    """A rule of every second or third year is a monthly pattern whose interval is twelve times that."""
    series = created(mailbox, in_zone("Europe/Paris", "20240304T090000", rule))

    ends = [mailbox.item(series).findtext(f"t:{name}/t:Start", namespaces=NS)
            for name in ("FirstOccurrence", "LastOccurrence")]  # fmt: skip
    assert ends == expected


@pytest.mark.parametrize(
    "line",
    [
        "RRULE:FREQ=DAILY;COUNT=3\r\nEXDATE:tomorrow\r\n",
        "RRULE:FREQ=DAILY;COUNT=3\r\nEXDATE:20241341T000000Z\r\n",
        "RRULE:FREQ=DAILY;UNTIL=20240231T000000Z\r\n",
        "DURATION:P99999999999D\r\n",
        "BEGIN:VALARM\r\nTRIGGER:-P99999999W\r\nEND:VALARM\r\n",
    ],
)
def test_a_time_that_there_is_not_is_refused(mailbox: Mailbox, line: str) -> None:
    """What cannot be a time, or a span of it, is a failed conversion and nothing worse."""
    assert mailbox.call(create(mime(f"UID:u\r\nDTSTART:20240304T090000Z\r\n{line}"))).codes == [FAILED]


@pytest.mark.parametrize(
    ("priority", "importance"),
    [("1", "High"), ("4", "High"), ("5", "Normal"), ("6", "Low"), ("9", "Low"), ("0", "Normal")]
)
def test_the_page_property_priority_is_the_importance(mailbox: Mailbox, priority: str, importance: str) -> None:
    """1 to 4 are high, 5 is normal, 6 to 9 are low; 0 says nothing."""
    item = mailbox.item(created(mailbox, mime(f"UID:u\r\nDTSTART:20240304T090000Z\r\nPRIORITY:{priority}\r\n")))

    assert shown(item, "Importance") == [importance]


@pytest.mark.parametrize(
    ("start", "trigger", "reminder"),
    [
        ("DTSTART:20240304T090000Z", "TRIGGER;VALUE=DATE-TIME:20240304T082000Z", ["true", "40"]),
        ("DTSTART;TZID=Europe/Paris:20240304T090000", "TRIGGER;VALUE=DATE-TIME:20240304T070000Z", ["true", "60"]),
        ("DTSTART:20240304T090000Z", "TRIGGER:PT20M", ["true", "20"]),
        ("DTSTART:20240304T090000Z", "TRIGGER;RELATED=START:-P1DT2H", ["true", "1560"]),
        ("DTSTART:20240304T090000Z", "TRIGGER:soon", ["false", "15"]),
        ("DTSTART;VALUE=DATE:20240304", "TRIGGER:soon", ["false", "1080"]),
    ],
)
def test_the_page_component_valarm_a_trigger_is_a_span_or_a_moment(
    mailbox: Mailbox, start: str, trigger: str, reminder: list[str]
) -> None:
    """Its minutes count whatever their sign; what cannot be read sets no reminder, 18 hours before whole days."""
    alarm = f"BEGIN:VALARM\r\n{trigger}\r\nEND:VALARM\r\n"
    item = mailbox.item(created(mailbox, mime(f"UID:u\r\n{start}\r\n{alarm}")))

    assert shown(item, "ReminderIsSet", "ReminderMinutesBeforeStart") == reminder


def test_the_page_property_dtend_has_a_zone_of_its_own(mailbox: Mailbox) -> None:
    """A DTEND in a zone is there, though its DTSTART is in UTC."""
    times = "DTSTART:20240304T080000Z\r\nDTEND;TZID=Europe/Paris:20240304T100000\r\n"

    assert shown(mailbox.item(created(mailbox, mime(f"UID:u\r\n{times}"))), "Start", "End") == [
        "2024-03-04T08:00:00Z",
        "2024-03-04T09:00:00Z",
    ]


def test_RFC_5545_3_2_a_name_stays_on_its_line(mailbox: Mailbox) -> None:
    """Neither quotes nor new lines in the name of an attendee make a property of their own."""
    mailbox_ = '<t:Name>"Ann"\nSUMMARY:Other</t:Name><t:EmailAddress>ann@example.org</t:EmailAddress>'
    ann = f"<t:RequiredAttendees><t:Attendee><t:Mailbox>{mailbox_}</t:Mailbox></t:Attendee></t:RequiredAttendees>"

    written = rendered(mailbox, created(mailbox, HOUR + ann))

    assert 'CN="Ann SUMMARY:Other":mailto:ann@example.org\r\n' in written
    assert "\nSUMMARY:Other" not in written


@pytest.mark.parametrize("version", ["Exchange2007_SP1", "Exchange2010", "Exchange2013"])
def test_the_page_importing_the_zone_of_a_calendar_is_for_every_version(mailbox: Mailbox, version: str) -> None:
    """A TZID is no StartTimeZone: whoever cannot set that may import iCalendar with a zone, and change it so."""
    one = "UID:u\r\nDTSTART;TZID=Europe/Paris:20240304T{0}0000\r\nDTEND;TZID=Europe/Paris:20240304T{0}3000\r\n"

    made = mailbox.call(create(mime(one.format("09"))), version=version).ok().one(".//t:ItemId").get("Id")
    item = f'<t:ItemId Id="{made}"/>'
    before = shown(mailbox.item(item), "Start")
    mailbox.call(update(item, ("item:MimeContent", mime(one.format("11")))), version=version).ok()

    assert [before, shown(mailbox.item(item), "Start")] == [["2024-03-04T08:00:00Z"], ["2024-03-04T10:00:00Z"]]
