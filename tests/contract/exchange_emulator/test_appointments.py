"""Single appointments: what a client says, and what the server makes of it."""

import base64
import uuid

import pytest
from lxml import etree

from emulators.exchange import ExchangeEmulator

from .calendars import EVERYTHING, HOUR, PARIS, asking, create, created, get, occurrence, shown, update
from .soap import NS, Mailbox, names

ATTENDEE = (
    "<t:RequiredAttendees><t:Attendee><t:Mailbox><t:Name>Ann</t:Name><t:EmailAddress>ann@example.org</t:EmailAddress>"
    "</t:Mailbox><t:ResponseType>Decline</t:ResponseType></t:Attendee></t:RequiredAttendees>"
)
KATHMANDU = (
    '<t:{name} Id="Somewhere" Name="Over the hills"><t:Periods><t:Period Bias="-PT5H45M" Name="Standard" Id="s"/>'
    '<t:Period Bias="-PT6H45M" Name="Daylight" Id="d"/></t:Periods><t:TransitionsGroups><t:TransitionsGroup Id="0">'
    '<t:RecurringDayTransition><t:To Kind="Period">d</t:To><t:TimeOffset>PT2H</t:TimeOffset><t:Month>4</t:Month>'
    "<t:DayOfWeek>Sunday</t:DayOfWeek><t:Occurrence>1</t:Occurrence></t:RecurringDayTransition>"
    '<t:RecurringDateTransition><t:To Kind="Period">s</t:To><t:TimeOffset>PT2H</t:TimeOffset><t:Month>10</t:Month>'
    "<t:Day>9</t:Day></t:RecurringDateTransition></t:TransitionsGroup></t:TransitionsGroups>"
    '<t:Transitions><t:Transition><t:To Kind="Group">0</t:To></t:Transition></t:Transitions></t:{name}>'
)


def when(start: str, end: str, more: str = "") -> str:
    """Start, end and what stands between them and the zone."""
    return f"<t:Start>{start}</t:Start><t:End>{end}</t:End>{more}"


def test_MS_OXWSMTGS_R157_times_with_an_offset_come_back_in_utc(mailbox: Mailbox) -> None:
    """A start with +01:00 and one without a zone in a named zone are both shown in UTC."""
    zoned = mailbox.item(created(mailbox, when("2024-03-04T10:00:00+01:00", "2024-03-04T10:44:51+01:00")))
    named = mailbox.item(created(mailbox, when("2024-07-04T10:00:00", "2024-07-04T11:00:00Z", PARIS)))

    assert shown(zoned, "Start", "End", "Duration", "TimeZone") == [
        "2024-03-04T09:00:00Z",
        "2024-03-04T09:44:51Z",
        "PT44M51S",
        "UTC",
    ]
    assert shown(named, "Start", "TimeZone") == [
        "2024-07-04T08:00:00Z",
        "(UTC+01:00) Brussels, Copenhagen, Madrid, Paris",
    ]


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        (f'{HOUR}<t:StartTimeZone Id="No Such Zone"/>', "ErrorTimeZone"),
        (
            when("9999-12-31T22:00:00Z", "9999-12-31T23:30:00Z", "<t:IsAllDayEvent>true</t:IsAllDayEvent>" + PARIS),
            "ErrorCalendarOutOfRange",
        ),
        (when("2024-03-04T10:00:00Z", "2024-03-04T09:00:00Z"), "ErrorCalendarEndDateIsEarlierThanStartDate"),
        (when("2024-03-04T10:00:00Z", "2024-03-04T10:00:00Z"), "ErrorCalendarEndDateIsEarlierThanStartDate"),
        (when("2024-03-04T10:00:00Z", "2030-03-04T10:00:00Z"), "ErrorCalendarDurationIsTooLong"),
        (
            HOUR + ATTENDEE.replace("<t:EmailAddress>ann@example.org</t:EmailAddress>", ""),
            "ErrorMissingInformationEmailAddress",
        ),
        (HOUR + "<t:IsMeeting>true</t:IsMeeting>", "ErrorInvalidPropertySet"),
        (HOUR + "<t:MyResponseType>Decline</t:MyResponseType>", "ErrorInvalidPropertySet"),
        (HOUR + "<t:AppointmentState>3</t:AppointmentState>", "ErrorInvalidPropertySet"),
        (HOUR + "<t:IsOnlineMeeting>true</t:IsOnlineMeeting>", "ErrorInvalidPropertySet"),
    ],
)
def test_what_no_appointment_can_be_is_refused(mailbox: Mailbox, inside: str, code: str) -> None:
    """Each impossible appointment is refused with its code (R1203, R1204, R2000, R2301, page of ResponseCode)."""
    assert mailbox.call(create(inside)).codes == [code]


def test_MS_OXWSMTGS_R713_a_zone_of_the_clients_own_is_kept_with_its_rules(mailbox: Mailbox) -> None:
    """A custom definition decides the time, by its own clock changes, and comes back as it was given."""
    zone = KATHMANDU.format(name="StartTimeZone")
    ids = [
        created(mailbox, when(f"{day}T10:00:00", f"{day}T11:00:00", zone + KATHMANDU.format(name="EndTimeZone")))
        for day in ("2024-04-06", "2024-04-07", "2024-10-08", "2024-10-10")
    ]

    items = [mailbox.item(one, shape=asking("calendar:StartTimeZone", "calendar:EndTimeZone")) for one in ids]

    assert [one.findtext("t:Start", namespaces=NS) for one in items] == [
        "2024-04-06T04:15:00Z",
        "2024-04-07T03:15:00Z",
        "2024-10-08T03:15:00Z",
        "2024-10-10T04:15:00Z",
    ]
    kept = items[0].find("t:StartTimeZone", NS)
    assert kept is not None
    assert dict(kept.attrib) == {"Id": "Somewhere", "Name": "Over the hills"}
    assert names(kept) == ["Periods", "TransitionsGroups", "Transitions"]
    assert items[0].findtext("t:TimeZone", namespaces=NS) == "Over the hills"


def test_a_zone_of_the_header_counts_where_the_appointment_has_none(mailbox: Mailbox) -> None:
    """TimeZoneContext is the zone of times without one, and of the appointment ("Time zones and EWS in Exchange")."""
    header = '<t:TimeZoneContext><t:TimeZoneDefinition Id="Eastern Standard Time"/></t:TimeZoneContext>'
    answer = mailbox.call(create(when("2024-01-10T09:00:00", "2024-01-10T10:00:00")), header=header).ok()
    made = answer.one(".//t:ItemId").get("Id")

    item = mailbox.item(f'<t:ItemId Id="{made}"/>', shape=asking("calendar:StartTimeZoneId", "calendar:StartWallClock"))

    assert shown(item, "Start", "StartTimeZoneId", "StartWallClock") == [
        "2024-01-10T14:00:00Z",
        "Eastern Standard Time",
        "2024-01-10T09:00:00-05:00",
    ]


def test_a_meeting_time_zone_belongs_to_2007(mailbox: Mailbox) -> None:
    """Exchange2007_SP1 takes rules in a MeetingTimeZone; a newer request is refused (MS-OXWSMTGS_R715)."""

    def change(name: str, offset: str, which: str, month: str) -> str:
        return (
            f"<t:{name}><t:Offset>{offset}</t:Offset><t:RelativeYearlyRecurrence><t:DaysOfWeek>Sunday</t:DaysOfWeek>"
            f"<t:DayOfWeekIndex>{which}</t:DayOfWeekIndex><t:Month>{month}</t:Month></t:RelativeYearlyRecurrence>"
            f"<t:Time>02:00:00</t:Time></t:{name}>"
        )

    zone = (
        '<t:MeetingTimeZone TimeZoneName="Mine"><t:BaseOffset>PT5H</t:BaseOffset>'
        + change("Standard", "PT0M", "First", "November")
        + change("Daylight", "-PT1H", "Second", "March")
        + "</t:MeetingTimeZone>"
    )
    body = create(when("2024-07-10T09:00:00", "2024-07-10T10:00:00", zone))

    assert mailbox.call(body).codes == ["ErrorInvalidPropertySet"]
    made = mailbox.call(body, version="Exchange2007_SP1").ok().one(".//t:ItemId").get("Id")
    assert shown(mailbox.item(f'<t:ItemId Id="{made}"/>'), "Start", "TimeZone") == ["2024-07-10T13:00:00Z", "Mine"]


def test_MS_OXWSMTGS_R720_whole_days_reach_from_midnight_to_midnight_of_their_zone(mailbox: Mailbox) -> None:
    """Times within a day are moved out to midnights of the appointment's zone ("Create all-day events")."""
    inside = when(
        "2024-06-06T13:00:00",
        "2024-06-06T15:00:00",
        f'<t:IsAllDayEvent>true</t:IsAllDayEvent>{PARIS}<t:EndTimeZone Id="Romance Standard Time"/>',
    )
    spring = when(
        "2024-03-31T00:00:00",
        "2024-04-01T00:00:00",
        f'<t:IsAllDayEvent>true</t:IsAllDayEvent>{PARIS}<t:EndTimeZone Id="Romance Standard Time"/>',
    )

    day, short = mailbox.item(created(mailbox, inside)), mailbox.item(created(mailbox, spring))

    assert shown(day, "IsAllDayEvent", "Start", "End", "Duration") == [
        "true",
        "2024-06-05T22:00:00Z",
        "2024-06-06T22:00:00Z",
        "P1D",
    ]
    assert shown(short, "Start", "End", "Duration") == ["2024-03-30T23:00:00Z", "2024-03-31T22:00:00Z", "PT23H"]


def test_a_new_zone_keeps_what_clocks_show(mailbox: Mailbox) -> None:
    """A zone that is set without times moves them ("Update the time zone for an appointment")."""
    made = created(mailbox, HOUR + PARIS + '<t:EndTimeZone Id="Romance Standard Time"/>')
    mailbox.call(
        update(
            made,
            ("calendar:StartTimeZone", '<t:StartTimeZone Id="Eastern Standard Time"/>'),
            ("calendar:EndTimeZone", '<t:EndTimeZone Id="Eastern Standard Time"/>'),
        )
    ).ok()

    assert shown(mailbox.item(made), "Start", "End") == ["2024-03-04T15:00:00Z", "2024-03-04T16:00:00Z"]


def test_an_appointment_of_ones_own_has_what_the_server_knows_of_it(mailbox: Mailbox) -> None:
    """What was not given is computed: kind, organizer, answer, state, reminder, sequence (as recorded)."""
    item = mailbox.item(created(mailbox, f"<t:Subject>Lunch</t:Subject>{HOUR}"))

    assert shown(
        item,
        "CalendarItemType",
        "IsMeeting",
        "IsCancelled",
        "IsRecurring",
        "MyResponseType",
        "AppointmentState",
        "AppointmentSequenceNumber",
        "LegacyFreeBusyStatus",
        "IsResponseRequested",
        "ReminderIsSet",
        "ReminderMinutesBeforeStart",
        "ReminderDueBy",
        "MeetingRequestWasSent",
    ) == [
        "Single",
        "false",
        "false",
        "false",
        "Organizer",
        "0",
        "0",
        "Busy",
        "true",
        "true",
        "15",
        "2024-03-04T09:00:00Z",
        "false",
    ]
    assert item.findtext("t:Organizer/t:Mailbox/t:EmailAddress", namespaces=NS) == mailbox.address


def test_MS_OXWSMTGS_R738_attendees_make_a_meeting(mailbox: Mailbox) -> None:
    """With attendees the state is 1; names are displayed, and an answer that nobody gave is Unknown."""
    optional = ATTENDEE.replace("Required", "Optional").replace("Ann", "Bob").replace("ann@", "bob@")
    item = mailbox.item(created(mailbox, HOUR + ATTENDEE + optional))

    assert shown(item, "IsMeeting", "AppointmentState", "DisplayTo", "DisplayCc", "MeetingRequestWasSent") == [
        "true",
        "1",
        "Ann",
        "Bob",
        "false",
    ]
    assert item.findtext("t:RequiredAttendees/t:Attendee/t:ResponseType", namespaces=NS) == "Unknown"


def test_an_answer_is_kept_where_the_server_is_said_to_keep_it(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """The other way of an unproven behaviour: attendee_responses_kept."""
    emulator.configure(attendee_responses_kept=True)

    item = mailbox.item(created(mailbox, HOUR + ATTENDEE))

    assert item.findtext("t:RequiredAttendees/t:Attendee/t:ResponseType", namespaces=NS) == "Decline"


def extended(*paths: str) -> str:
    """A shape with extended properties."""
    uris = "".join(f"<t:ExtendedFieldURI {path}/>" for path in paths)
    return f"{EVERYTHING}<t:AdditionalProperties>{uris}</t:AdditionalProperties>"


GLOBAL = 'DistinguishedPropertySetId="Meeting" PropertyId="3" PropertyType="Binary"'
CLEAN = 'DistinguishedPropertySetId="Meeting" PropertyId="35" PropertyType="Binary"'
STATE = 'DistinguishedPropertySetId="Appointment" PropertyId="33303" PropertyType="Integer"'
RESPONSE = 'DistinguishedPropertySetId="Appointment" PropertyId="33304" PropertyType="Integer"'
SENDER = 'PropertyTag="0x5D02" PropertyType="String"'


def prop(path: str, value: str) -> str:
    """An ExtendedProperty element."""
    return f"<t:ExtendedProperty><t:ExtendedFieldURI {path}/><t:Value>{value}</t:Value></t:ExtendedProperty>"


def values(mailbox: Mailbox, item_id: str, *paths: str) -> list[str | None]:
    """The values of extended properties."""
    answer = mailbox.call(get(item_id, shape=extended(*paths))).ok()
    return [one.findtext("t:Value", namespaces=NS) for one in answer.all(".//t:ExtendedProperty")]


def test_MS_OXWSMTGS_R151_a_uid_is_the_global_object_id(mailbox: Mailbox) -> None:
    """A foreign UID lies in the data of the id (MS-OXCICAL 2.1.3.1.1.20.26); without one the id is the UID in hex."""
    foreign = created(mailbox, f"<t:UID>abc@example.org</t:UID>{HOUR}")
    own = created(mailbox, HOUR)

    first, clean = (base64.b64decode(str(one)) for one in values(mailbox, foreign, GLOBAL, CLEAN))
    mine = base64.b64decode(str(values(mailbox, own, GLOBAL)[0]))

    assert first == clean
    assert first[40:] == b"vCal-Uid\x01\x00\x00\x00abc@example.org\x00"
    assert int.from_bytes(first[36:40], "little") == len(first) - 40
    assert mailbox.item(own).findtext("t:UID", namespaces=NS) == mine.hex().upper()
    assert len(mine) == 56


def test_a_global_object_id_is_the_uid(mailbox: Mailbox) -> None:
    """An id that is set by its property shows as the UID, and must have its form."""
    head = bytes.fromhex("040000008200E00074C5B7101A82E008") + bytes(20)
    raw = head + (16).to_bytes(4, "little") + uuid.uuid4().bytes

    made = created(mailbox, prop(GLOBAL, base64.b64encode(raw).decode()) + HOUR)

    assert mailbox.item(made).findtext("t:UID", namespaces=NS) == raw.hex().upper()
    assert mailbox.call(create(prop(GLOBAL, "AAAA") + HOUR)).codes == ["ErrorInvalidExtendedPropertyValue"]


def test_a_uid_makes_no_id_where_the_server_is_said_not_to(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """The other way of an unproven behaviour: uid_sets_global_object_id."""
    emulator.configure(uid_sets_global_object_id=False)

    raw = base64.b64decode(str(values(mailbox, created(mailbox, f"<t:UID>abc</t:UID>{HOUR}"), GLOBAL)[0]))

    assert b"abc" not in raw


@pytest.mark.parametrize("believed", [False, True])
def test_who_organizes(emulator: ExchangeEmulator, mailbox: Mailbox, *, believed: bool) -> None:
    """Properties of state and sender change nothing, or, where the server is said to, make another the organizer."""
    emulator.configure(organizer_by_property=believed)
    inside = prop(STATE, "3") + prop(RESPONSE, "3") + prop(SENDER, "boss@example.org") + HOUR

    made = created(mailbox, inside)

    item = mailbox.item(made)
    assert shown(item, "AppointmentState", "MyResponseType") == (["3", "Accept"] if believed else ["0", "Organizer"])
    assert item.findtext("t:Organizer/t:Mailbox/t:EmailAddress", namespaces=NS) == (
        "boss@example.org" if believed else mailbox.address
    )
    assert values(mailbox, made, STATE) == ["3" if believed else "0"]


def test_the_servers_zones_have_definitions_that_mean_the_same(mailbox: Mailbox) -> None:
    """GetServerTimeZones tells names, or whole definitions; one of these makes the same times as its id."""
    short = mailbox.call('<m:GetServerTimeZones ReturnFullTimeZoneData="false"/>').ok()
    full = mailbox.call(
        '<m:GetServerTimeZones ReturnFullTimeZoneData="true"><m:Ids><t:Id>Pacific Standard Time</t:Id></m:Ids>'
        "</m:GetServerTimeZones>"
    ).ok()
    zone = full.one(".//t:TimeZoneDefinition")
    inner = "".join(etree.tostring(one, encoding="unicode", with_tail=False) for one in zone)
    given = f'<t:StartTimeZone Id="Copied" Name="Copied">{inner}</t:StartTimeZone>'
    days = ("2006-03-20", "2006-04-10", "2007-03-20", "2024-11-02", "2024-11-04")

    def read(zone_element: str) -> list[str | None]:
        ids = [created(mailbox, when(f"{day}T09:00:00", f"{day}T23:00:00Z", zone_element)) for day in days]
        return [shown(mailbox.item(one), "Start")[0] for one in ids]

    assert len(short.all(".//t:TimeZoneDefinition")) > 130
    assert {len(one) for one in short.all(".//t:TimeZoneDefinition")} == {0}
    assert read(given) == read('<t:StartTimeZone Id="Pacific Standard Time"/>')


def test_a_dump_holds_exceptions(mailbox: Mailbox, emulator: ExchangeEmulator) -> None:
    """What is stored of an exception is part of the dump, by which tests compare mailboxes."""
    series = (
        "<t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence><t:NumberedRecurrence>"
        "<t:StartDate>2024-03-04</t:StartDate><t:NumberOfOccurrences>3</t:NumberOfOccurrences></t:NumberedRecurrence>"
        "</t:Recurrence>"
    )
    master = created(mailbox, HOUR + series)
    before = emulator.dump(mailbox.address)
    mailbox.call(update(occurrence(master, 2), ("item:Subject", "<t:Subject>Unlike the others</t:Subject>"))).ok()

    assert "Unlike the others" not in before
    assert "Unlike the others" in emulator.dump(mailbox.address)
