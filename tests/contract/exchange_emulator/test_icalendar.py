"""iCalendar as the MimeContent of appointments, both ways."""

import base64

import pytest

from emulators.exchange import ExchangeEmulator

from .calendars import HOUR, PARIS, create, created, delete, get, occurrence, shown, starts, update, view, weekly
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
        (mime("DTSTART:20240704\r\nRRULE:FREQ=YEARLY;BYMONTHDAY=4,5\r\n"), "ErrorCalendarInvalidRecurrence"),
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


SERIES = (
    "UID:s\r\nSUMMARY:Round\r\nDTSTART;TZID=Europe/Paris:20240325T090000\r\nDTEND;TZID=Europe/Paris:20240325T100000\r\n"
    "RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO\r\n"
)
SPRING = view("2024-03-01T00:00:00Z", "2024-05-01T00:00:00Z")


def exception(original: str, start: str, more: str = "") -> str:
    """The end of an event and the beginning of another, of one hour, that changes an occurrence; times are of Paris."""
    end = f"{start[:9]}{int(start[9:11]) + 1:02}{start[11:]}"
    return (
        f"END:VEVENT\r\nBEGIN:VEVENT\r\nUID:s\r\nSUMMARY:Round\r\nRECURRENCE-ID;TZID=Europe/Paris:{original}\r\n"
        f"DTSTART;TZID=Europe/Paris:{start}\r\nDTEND;TZID=Europe/Paris:{end}\r\n{more}"
    )


def test_the_page_recurrence_id_changes_one_occurrence(mailbox: Mailbox) -> None:
    """MS-OXCICAL 2.1.3.1.1.20.20: an event with RECURRENCE-ID is an exception, with what is its own."""
    moved = exception("20240401T090000", "20240402T140000", "LOCATION:Roof\r\nATTENDEE:mailto:ann@example.org\r\n")
    master = created(mailbox, mime(SERIES + moved))

    assert starts(mailbox.call(SPRING)) == [
        "2024-03-25T08:00:00Z", "2024-04-02T12:00:00Z", "2024-04-08T07:00:00Z", "2024-04-15T07:00:00Z",
    ]  # fmt: skip
    second, third = (mailbox.item(occurrence(master, index)) for index in (2, 3))
    fields = ("Subject", "Location", "CalendarItemType", "RecurrenceId")
    assert shown(second, *fields) == ["Round", "Roof", "Exception", "2024-04-01T07:00:00Z"]
    assert shown(third, *fields) == ["Round", None, "Occurrence", "2024-04-08T07:00:00Z"]


@pytest.mark.parametrize("id_", [
    ":20240401T070000Z", ";VALUE=DATE:20240401", ";TZID=Europe/Paris:20240401T090000",
    ";TZID=Pacific Standard Time:20240401T000000", ";TZID=Hawaiian Standard Time:20240331T210000",
])  # fmt: skip
def test_the_page_recurrence_id_in_utc_as_a_date_and_in_its_zone(mailbox: Mailbox, id_: str) -> None:
    """However RECURRENCE-ID is written, and in whatever zone, it means the same occurrence."""
    changed = exception("20240401T090000", "20240401T110000").replace(";TZID=Europe/Paris:20240401T090000", id_, 1)
    master = created(mailbox, mime(SERIES + changed))

    assert shown(mailbox.item(occurrence(master, 2)), "Start") == ["2024-04-01T09:00:00Z"]


def test_the_page_recurrence_id_exceptions_may_all_move_at_once(mailbox: Mailbox) -> None:
    """Occurrences that would pass each other's old places on their way are set all the same, in any order."""
    moves = [("20240325T090000", "20240401T100000"), ("20240401T090000", "20240408T100000"),
             ("20240408T090000", "20240410T100000")]  # fmt: skip
    created(mailbox, mime(SERIES + "".join(exception(*one) for one in moves)))

    assert starts(mailbox.call(SPRING)) == [
        "2024-04-01T08:00:00Z", "2024-04-08T08:00:00Z", "2024-04-10T08:00:00Z", "2024-04-15T07:00:00Z",
    ]  # fmt: skip


@pytest.mark.parametrize("original", ["20240402T090000", "20240506T090000"])
def test_the_page_recurrence_id_of_no_occurrence_is_refused(mailbox: Mailbox, original: str) -> None:
    """An exception of an occurrence that the series does not have is an error, and nothing is created."""
    answer = mailbox.call(create(mime(SERIES + exception(original, "20240403T110000"))))

    assert answer.codes == ["ErrorMimeContentConversionFailed"]
    assert starts(mailbox.call(SPRING)) == []


def test_the_page_recurrence_id_is_rendered_for_each_exception(mailbox: Mailbox) -> None:
    """The MIME of a series has its exceptions behind it, that of an occurrence says which one it is."""
    moved = exception("20240401T090000", "20240402T140000", "LOCATION:Roof\r\n")
    master = created(mailbox, mime(SERIES + moved))

    assert rendered(mailbox, master).count("BEGIN:VEVENT") == 2
    for found in (rendered(mailbox, master).partition("END:VEVENT")[2], rendered(mailbox, occurrence(master, 2))):
        assert 'RECURRENCE-ID;TZID="Romance Standard Time":20240401T090000\r\n' in found
        assert 'DTSTART;TZID="Romance Standard Time":20240402T140000\r\n' in found
        assert "LOCATION:Roof\r\n" in found
        assert "RRULE" not in found.replace("RRULE:FREQ=YEARLY", "")


def test_the_page_recurrence_id_exceptions_survive_the_way_there_and_back(mailbox: Mailbox) -> None:
    """A series rendered and created again has the same occurrences, changed and deleted ones too."""
    changed = exception("20240401T090000", "20240402T140000", "CATEGORIES:Red\r\n")
    master = created(mailbox, mime(SERIES + "EXDATE;TZID=Europe/Paris:20240415T090000\r\n" + changed))
    before, raw = starts(mailbox.call(SPRING)), rendered(mailbox, master)
    mailbox.call(delete(master)).ok()

    again = created(mailbox, f"<t:MimeContent>{base64.b64encode(raw.encode()).decode()}</t:MimeContent>")

    assert starts(mailbox.call(SPRING)) == before
    assert len(before) == 3
    assert mailbox.item(occurrence(again, 2)).findtext("t:Categories/t:String", namespaces=NS) == "Red"


def test_new_icalendar_of_a_series_brings_its_exceptions(mailbox: Mailbox) -> None:
    """UpdateItem of MimeContent sets a series with all that is changed and deleted in it; what was before is gone."""
    master = created(mailbox, mime(SERIES + exception("20240401T090000", "20240402T140000", "LOCATION:Roof\r\n")))
    anew = (SERIES + "EXDATE;TZID=Europe/Paris:20240415T090000\r\n"
            + exception("20240408T090000", "20240409T100000", "LOCATION:Hall\r\n"))  # fmt: skip

    mailbox.call(update(master, ("item:MimeContent", mime(anew)))).ok()

    assert starts(mailbox.call(SPRING)) == ["2024-03-25T08:00:00Z", "2024-04-01T07:00:00Z", "2024-04-09T08:00:00Z"]
    found = mailbox.call(get(occurrence(master, 2), occurrence(master, 3), occurrence(master, 4)))
    assert found.codes == ["NoError", "NoError", "ErrorCalendarOccurrenceIsDeletedFromRecurrence"]
    assert [shown(one, "Location", "CalendarItemType") for one in found.all(".//t:CalendarItem")] == [
        [None, "Occurrence"], ["Hall", "Exception"],
    ]  # fmt: skip


def test_new_icalendar_that_does_not_fit_changes_nothing(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """An exception of no occurrence is refused, and the series is as it was, with its exceptions."""
    master = created(mailbox, mime(SERIES + exception("20240401T090000", "20240402T140000", "LOCATION:Roof\r\n")))
    before = emulator.dump(mailbox.address)

    other = mime(SERIES + exception("20240402T090000", "20240403T110000"))
    answer = mailbox.call(update(master, ("item:MimeContent", other)))

    assert answer.codes == ["ErrorMimeContentConversionFailed"]
    assert emulator.dump(mailbox.address) == before


def test_new_icalendar_without_a_rule_ends_a_series(mailbox: Mailbox) -> None:
    """A series whose new MIME repeats nothing is a single appointment."""
    master = created(mailbox, mime(SERIES + exception("20240401T090000", "20240402T140000")))

    single = mime(SERIES.replace("RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO\r\n", ""))
    mailbox.call(update(master, ("item:MimeContent", single))).ok()

    assert shown(mailbox.item(master), "CalendarItemType") == ["Single"]
    assert starts(mailbox.call(SPRING)) == ["2024-03-25T08:00:00Z"]
