"""iCalendar as the MimeContent of appointments, both ways."""

import base64

import pytest

from .calendars import HOUR, PARIS, create, created, delete, get, occurrence, shown, starts, view, weekly
from .soap import NS, Mailbox

ZONE = (
    "BEGIN:VTIMEZONE\r\nTZID:Mine\r\nBEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nTZOFFSETFROM:+0200\r\n"
    "TZOFFSETTO:+0100\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\n"
    "DTSTART:16010101T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\n"
    "END:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
)


def mime(event: str, *, zone: str = "") -> str:
    """A MimeContent element around an event."""
    raw = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{zone}BEGIN:VEVENT\r\n{event}END:VEVENT\r\nEND:VCALENDAR\r\n"
    return f"<t:MimeContent>{base64.b64encode(raw.encode()).decode()}</t:MimeContent>"


EVENT = (
    "UID:abc@example.org\r\nSUMMARY:Long\\, and fol\r\n ded\r\nLOCATION:Roof\r\nDESCRIPTION:One\\nTwo\r\n"
    "CLASS:PRIVATE\r\nCATEGORIES:Red,Blue\r\nTRANSP:TRANSPARENT\r\nATTENDEE:mailto:ann@example.org\r\n"
    "BEGIN:VALARM\r\nTRIGGER:-PT1H\r\nEND:VALARM\r\n"
)


def rendered(mailbox: Mailbox, item_id: str) -> str:
    """The iCalendar of an item with its lines unfolded."""
    shape = "<t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>"
    encoded = mailbox.call(get(item_id, shape=shape)).ok().text(".//t:MimeContent")
    return base64.b64decode(encoded).decode().replace("\r\n ", "")


@pytest.mark.parametrize("tzid", ["Mine", "Europe/Berlin", '"W. Europe Standard Time"'])
def test_an_appointment_is_made_from_icalendar(mailbox: Mailbox, tzid: str) -> None:
    """Each property becomes the element that says the same; attendees are lost, as documented."""
    times = f"DTSTART;TZID={tzid}:20240704T100000\r\nDTEND;TZID={tzid}:20240704T113000\r\n"

    item = mailbox.item(created(mailbox, mime(EVENT + times, zone=ZONE)))

    assert shown(
        item, "Subject", "Location", "Sensitivity", "Body", "UID", "Start", "End", "LegacyFreeBusyStatus",
        "ReminderIsSet", "ReminderMinutesBeforeStart", "IsMeeting",
    ) == [
        "Long, and folded", "Roof", "Private", "One\nTwo", "abc@example.org", "2024-07-04T08:00:00Z",
        "2024-07-04T09:30:00Z", "Free", "true", "60", "false",
    ]  # fmt: skip
    assert [one.text for one in item.iterfind("t:Categories/t:String", NS)] == ["Red", "Blue"]


def test_elements_win_over_icalendar(mailbox: Mailbox) -> None:
    """What is set beside the MIME overrides it."""
    times = "DTSTART:20240704T100000Z\r\nDTEND:20240704T113000Z\r\n"

    item = mailbox.item(created(mailbox, mime(EVENT + times) + "<t:Subject>Mine</t:Subject>"))

    assert shown(item, "Subject", "Location") == ["Mine", "Roof"]


def test_a_rule_becomes_a_series_without_its_exdates(mailbox: Mailbox) -> None:
    """RRULE is the recurrence, EXDATE a deleted occurrence."""
    event = (
        "UID:s\r\nDTSTART;TZID=Europe/Paris:20240325T090000\r\nDTEND;TZID=Europe/Paris:20240325T100000\r\n"
        "RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=MO\r\nEXDATE;TZID=Europe/Paris:20240401T090000\r\n"
    )
    created(mailbox, mime(event))

    found = starts(mailbox.call(view("2024-03-01T00:00:00Z", "2024-05-01T00:00:00Z")))

    assert found == ["2024-03-25T08:00:00Z", "2024-04-08T07:00:00Z"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (mime("UID:x\r\n"), "ErrorMimeContentConversionFailed"),
        (mime("DTSTART:20240704\r\nRRULE:FREQ=YEARLY;INTERVAL=2\r\n"), "ErrorCalendarInvalidRecurrence"),
        (mime("DTSTART:2024\r\n"), "ErrorMimeContentConversionFailed"),
        (mime("DTSTART;TZID=Nowhere:20240704T100000\r\n"), "ErrorMimeContentConversionFailed"),
    ],
)
def test_icalendar_that_says_nothing_is_refused(mailbox: Mailbox, content: str, code: str) -> None:
    """No start, no time, no zone, or a rule without a pattern of EWS."""
    assert mailbox.call(create(content)).codes == [code]


def test_an_appointment_is_rendered_as_icalendar(mailbox: Mailbox) -> None:
    """GetItem renders what the appointment says now: zone, rule, deleted occurrence, reminder."""
    series = weekly("Monday", start="2024-03-25", number=3)
    inside = f"<t:Subject>A; b</t:Subject>{HOUR.replace('04', '25', 1).replace('03-04', '03-25')}{series}{PARIS}"
    master = created(mailbox, inside)
    mailbox.call(delete(occurrence(master, 2))).ok()

    lines = rendered(mailbox, master).split("\r\n")

    assert {
        "SUMMARY:A\\; b", 'DTSTART;TZID="Romance Standard Time":20240325T100000', "BEGIN:VTIMEZONE",
        "RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO;COUNT=3;WKST=SU", 'EXDATE;TZID="Romance Standard Time":20240401T100000',
        "TRIGGER;RELATED=START:-PT15M", "TZOFFSETTO:+0200", "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3",
    } - set(lines) == {"RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO;COUNT=3;WKST=SU"}  # fmt: skip
    assert "RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO;WKST=SU;COUNT=3" in lines


def test_icalendar_that_was_rendered_makes_the_same_appointment(mailbox: Mailbox) -> None:
    """Rendered and created again, a series is seen at the same times."""
    inside = f"<t:Subject>Again</t:Subject>{HOUR}{weekly('Monday', start='2024-03-04', number=6)}{PARIS}"
    first = created(mailbox, inside)
    month = view("2024-03-01T00:00:00Z", "2024-05-01T00:00:00Z")
    before = starts(mailbox.call(month))
    raw = rendered(mailbox, first)
    mailbox.call(delete(first)).ok()

    created(mailbox, f"<t:MimeContent>{base64.b64encode(raw.encode()).decode()}</t:MimeContent>")

    assert starts(mailbox.call(month)) == before
    assert len(before) == 6
