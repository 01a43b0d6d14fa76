"""iCalendar of one occurrence by itself, both ways (MS-OXCICAL 2.1.3.1.1.20.20)."""

import base64

import pytest

from .calendars import create, created, delete, get, occurrence, shown, starts, update
from .soap import Mailbox
from .test_icalendar import SERIES, SPRING, exception, mime, rendered

ROOF = exception("20240401T090000", "20240402T140000", "LOCATION:Roof\r\n")
OBJECT_ID = '<t:ExtendedFieldURI DistinguishedPropertySetId="Meeting" PropertyId="3" PropertyType="Binary"/>'
CLEAN_ID = OBJECT_ID.replace('"3"', '"35"')


def alone(raw: str) -> str:
    """A MimeContent element around iCalendar as it is."""
    return f"<t:MimeContent>{base64.b64encode(raw.encode()).decode()}</t:MimeContent>"


def object_ids(mailbox: Mailbox, item: str) -> list[bytes]:
    """The global object id of an appointment, and the clean one."""
    shape = f"<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>{OBJECT_ID}{CLEAN_ID}</t:AdditionalProperties>"
    return [base64.b64decode(one) for one in mailbox.call(get(item, shape=shape)).ok().texts(".//t:Value")]


def test_the_page_recurrence_id_an_occurrence_is_set_by_its_own_mime(mailbox: Mailbox) -> None:
    """What was read of an occurrence can be written to it: it becomes an exception, and the others stay."""
    master = created(mailbox, mime(SERIES))
    raw = rendered(mailbox, occurrence(master, 2)).replace("SUMMARY:Round", "SUMMARY:Roof party\r\nLOCATION:Roof")

    mailbox.call(update(occurrence(master, 2), ("item:MimeContent", alone(raw)))).ok()

    items = mailbox.call(get(*(occurrence(master, index) for index in (1, 2, 3)))).ok().all(".//t:CalendarItem")
    assert [shown(one, "Subject", "Location", "CalendarItemType", "Start") for one in items] == [
        ["Round", None, "Occurrence", "2024-03-25T08:00:00Z"],
        ["Roof party", "Roof", "Exception", "2024-04-01T07:00:00Z"],
        ["Round", None, "Occurrence", "2024-04-08T07:00:00Z"],
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("20240401T090000", "20240408T090000", id="another occurrence"),
        pytest.param("UID:s", "UID:other", id="another series"),
        pytest.param("SUMMARY:", "RRULE:FREQ=DAILY;COUNT=2\r\nSUMMARY:", id="a series"),
    ],
)
def test_the_page_recurrence_id_mime_of_another_is_refused(mailbox: Mailbox, old: str, new: str) -> None:
    """The MIME of another occurrence or series is no MIME of this occurrence, and changes nothing."""
    master = created(mailbox, mime(SERIES))
    raw = rendered(mailbox, occurrence(master, 2)).replace(old, new)

    answer = mailbox.call(update(occurrence(master, 2), ("item:MimeContent", alone(raw))))

    assert answer.codes == ["ErrorMimeContentConversionFailed"]
    assert shown(mailbox.item(occurrence(master, 2)), "CalendarItemType", "Subject") == ["Occurrence", "Round"]


def test_the_page_recurrence_id_an_occurrence_without_its_series_is_an_appointment(mailbox: Mailbox) -> None:
    """The MIME of an exception makes a single appointment that says which occurrence it was, in its id and its MIME."""
    master = created(mailbox, mime(SERIES + ROOF))
    raw, before = rendered(mailbox, occurrence(master, 2)), object_ids(mailbox, occurrence(master, 2))
    mailbox.call(delete(master)).ok()

    single = created(mailbox, alone(raw))

    assert starts(mailbox.call(SPRING)) == ["2024-04-02T12:00:00Z"]
    assert shown(mailbox.item(single), "Location", "CalendarItemType", "RecurrenceId", "UID") == [
        "Roof", "Single", "2024-04-01T07:00:00Z", "s",
    ]  # fmt: skip
    assert object_ids(mailbox, single) == before
    assert before[0] != before[1]
    assert 'RECURRENCE-ID;TZID="Romance Standard Time":20240401T090000\r\n' in rendered(mailbox, single)


def test_the_page_recurrence_id_several_occurrences_are_no_item(mailbox: Mailbox) -> None:
    """Two exceptions without their series would be two items; none is made, and the answer says so."""
    two = f"{ROOF}{exception('20240408T090000', '20240409T140000')}".removeprefix("END:VEVENT\r\nBEGIN:VEVENT\r\n")

    answer = mailbox.call(create(mime(two)))

    assert answer.codes == ["ErrorMimeContentConversionFailed"]
    assert starts(mailbox.call(SPRING)) == []
