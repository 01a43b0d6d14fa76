"""Values that a calendar can have, cannot have, and how they are told again."""

import pytest

from emulators.exchange import ExchangeEmulator

from .calendars import HOUR, create, created, shown, starts, view, weekly
from .soap import Mailbox

APPOINTMENT, COMMON = "00062002-0000-0000-C000-000000000046", "00062008-0000-0000-C000-000000000046"
ENDS = (
    "<t:Recurrence><t:WeeklyRecurrence><t:Interval>52</t:Interval><t:DaysOfWeek>Monday</t:DaysOfWeek>"
    "</t:WeeklyRecurrence><t:EndDateRecurrence><t:StartDate>2024-03-04</t:StartDate><t:EndDate>{}</t:EndDate>"
    "</t:EndDateRecurrence></t:Recurrence>"
)


def uri(place: str, number: int, kind: str) -> str:
    """An ExtendedFieldURI."""
    return f'<t:ExtendedFieldURI PropertySetId="{place}" PropertyId="{number}" PropertyType="{kind}"/>'


def extended(place: str, number: int, kind: str, value: str) -> str:
    """An ExtendedProperty."""
    return f"<t:ExtendedProperty>{uri(place, number, kind)}<t:Value>{value}</t:Value></t:ExtendedProperty>"


def told(mailbox: Mailbox, item_id: str, path: str) -> list[str | None]:
    """The value of an extended property, if it is there."""
    shape = f"<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>{path}</t:AdditionalProperties>"
    return [one.text for one in mailbox.item(item_id, shape=shape).iterfind("{*}ExtendedProperty/{*}Value")]


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("4500-09-01", "NoError"),
        ("4500-09-02", "ErrorRecurrenceEndDateTooBig"),
        ("9999-12-31Z", "ErrorRecurrenceEndDateTooBig"),
    ],
)
def test_the_page_end_date_is_not_after_september_4500(mailbox: Mailbox, end: str, code: str) -> None:
    """The value "cannot be larger than September 1, 4500"."""
    assert mailbox.call(create(HOUR + ENDS.format(end))).codes == [code]


@pytest.mark.parametrize("minutes", ["-1", "2629801"])
def test_a_reminder_beyond_the_schema_is_refused_by_property_too(mailbox: Mailbox, minutes: str) -> None:
    """PidLidReminderDelta is ReminderMinutesBeforeStart, which the schema has from 0 to 2629800."""
    inside = extended(COMMON, 0x8501, "Integer", minutes) + HOUR

    assert mailbox.call(create(inside)).codes == ["ErrorInvalidExtendedPropertyValue"]


def test_a_reminder_before_all_times_is_never_due(mailbox: Mailbox) -> None:
    """1525252321 minutes, which the schema allows, lie before the first year: there is no signal then."""
    made = created(mailbox, f"<t:ReminderMinutesBeforeStart>1525252321</t:ReminderMinutesBeforeStart>{HOUR}")

    assert told(mailbox, made, uri(COMMON, 0x8560, "SystemTime")) == []
    assert shown(mailbox.item(made), "ReminderMinutesBeforeStart") == ["1525252321"]


def test_MS_OXOCAL_2_2_1_4_the_location_by_property_is_the_location(mailbox: Mailbox) -> None:
    """PidLidLocation is told as it is, not as XML writes it."""
    made = created(mailbox, f"{HOUR}<t:Location>R&amp;D &lt;3&gt;</t:Location>")

    assert told(mailbox, made, uri(APPOINTMENT, 0x8208, "String")) == ["R&D <3>"]


def test_MS_OXWSCDATA_R4001_who_works_elsewhere_does_so_since_2013(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """A client of 2010 does not know WorkingElsewhere, nor does a server of 2010; one of 2013 does."""
    request = create(f"{HOUR}<t:LegacyFreeBusyStatus>WorkingElsewhere</t:LegacyFreeBusyStatus>")

    assert mailbox.call(request, version="Exchange2010_SP2").fault == "ErrorIncorrectSchemaVersion"
    assert mailbox.call(request, version="Exchange2013").codes == ["NoError"]
    emulator.configure(version="2010")
    assert mailbox.call(request, version="Exchange2010_SP2").fault == "ErrorSchemaValidation"


@pytest.mark.parametrize(
    ("asked", "seen", "last"), [("", 4, "true"), ("4", 4, "true"), ("3", 3, "false"), ("1", 1, "false")]
)
def test_the_page_calendar_view_says_what_it_leaves_out(mailbox: Mailbox, asked: str, seen: int, last: str) -> None:
    """TotalItemsInView counts all of the range; the last is included when MaxEntriesReturned leaves nothing out."""
    created(mailbox, HOUR + weekly("Monday", start="2024-03-04", number=4))
    more = f'MaxEntriesReturned="{asked}"' if asked else ""

    answer = mailbox.call(view("2024-03-01T00:00:00Z", "2024-04-01T00:00:00Z", more=more))

    assert starts(answer) == [f"2024-03-{day:02}T09:00:00Z" for day in (4, 11, 18, 25)][:seen]
    assert dict(answer.one(".//m:RootFolder").attrib) == {"TotalItemsInView": "4", "IncludesLastItemInRange": last}


def test_a_time_that_some_clocks_do_not_have_is_refused(mailbox: Mailbox) -> None:
    """Nothing happens in the last year that can be written: east of Greenwich it would end after it."""
    late = "<t:Start>9999-12-31T23:00:00Z</t:Start><t:End>9999-12-31T23:59:59Z</t:End>"
    zone = '<t:StartTimeZone Id="Romance Standard Time"/>'

    assert mailbox.call(create(late + zone)).codes == ["ErrorCalendarOutOfRange"]
    assert mailbox.call(create(late)).codes == ["ErrorCalendarOutOfRange"]


@pytest.mark.parametrize(
    ("bias", "code"), [("-PT14H", "NoError"), ("PT14H1M", "ErrorTimeZone"), ("P9000D", "ErrorTimeZone")]
)
def test_xml_schema_2_3_2_7_no_zone_is_farther_than_14_hours_from_utc(mailbox: Mailbox, bias: str, code: str) -> None:
    """A local time with a wider offset, as StartWallClock has it, is no xs:dateTime."""
    group = '<t:Transition><t:To Kind="{}">{}</t:To></t:Transition>'
    zone = (
        f'<t:StartTimeZone Id="Far"><t:Periods><t:Period Bias="{bias}" Name="Far" Id="p"/></t:Periods>'
        f'<t:TransitionsGroups><t:TransitionsGroup Id="g">{group.format("Period", "p")}</t:TransitionsGroup>'
        f'</t:TransitionsGroups><t:Transitions>{group.format("Group", "g")}</t:Transitions></t:StartTimeZone>'
    )

    assert mailbox.call(create(HOUR + zone)).codes == [code]
