"""What follows from a change of one occurrence, by whatever path it comes, and of what is no series any more."""

import pytest

from emulators.exchange import ExchangeEmulator

from .attachments import attached, file
from .attachments import get as get_attachment
from .calendars import asking, created, get, occurrence, shown, update, view, weekly
from .people import asking as asking_alone
from .people import extended, put, uri, values
from .soap import Mailbox, identity
from .test_meetings_sent import ANN, attendees, sent

TIMES = "<t:Start>2024-03-04T09:00:00Z</t:Start><t:End>2024-03-04T10:00:00Z</t:End>"
SERIES = f"<t:Subject>Weekly</t:Subject>{TIMES}{weekly('Monday', start='2024-03-04', number=4)}"
MEETINGS = SERIES.replace("<t:Recurrence>", f"{attendees(ANN)}<t:Recurrence>")


def by_property(item_id: str, number: int, kind: str, value: str) -> str:
    """An UpdateItem that sets a property of appointments."""
    uri = (
        f'<t:ExtendedFieldURI DistinguishedPropertySetId="Appointment" PropertyId="{number}" PropertyType="{kind}"/>'
    )
    element = f"<t:ExtendedProperty>{uri}<t:Value>{value}</t:Value></t:ExtendedProperty>"
    return update(item_id, ("item:Subject", element)).replace('<t:FieldURI FieldURI="item:Subject"/>', uri)


def without_recurrence(item_id: str, *, send: str = "SendToNone") -> str:
    """An UpdateItem that deletes the recurrence."""
    return (
        f'<m:UpdateItem ConflictResolution="AlwaysOverwrite" SendMeetingInvitationsOrCancellations="{send}">'
        f'<m:ItemChanges><t:ItemChange>{item_id}<t:Updates><t:DeleteItemField><t:FieldURI'
        ' FieldURI="calendar:Recurrence"/></t:DeleteItemField></t:Updates></t:ItemChange></m:ItemChanges>'
        "</m:UpdateItem>"
    )


def test_MS_OXWSMTGS_R738_attendees_make_a_meeting_of_one_occurrence(mailbox: Mailbox) -> None:
    """An occurrence with attendees of its own is a meeting; its series, and the next occurrence, are none."""
    master = created(mailbox, SERIES)

    mailbox.call(update(occurrence(master, 2), ("calendar:RequiredAttendees", attendees(ANN)))).ok()

    found = mailbox.call(get(occurrence(master, 2), occurrence(master, 3), master)).ok().all(".//t:CalendarItem")
    assert [shown(one, "IsMeeting", "AppointmentState") for one in found] == [
        ["true", "1"],
        ["false", "0"],
        ["false", "0"],
    ]


def test_MS_OXOCAL_3_1_4_6_1_new_times_of_one_occurrence_have_the_next_sequence(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """An update that is sent of one occurrence counts there, and so does that it was sent."""
    master = created(mailbox, MEETINGS)

    mailbox.call(
        update(
            occurrence(master, 2),
            ("calendar:End", "<t:End>2024-03-11T12:00:00Z</t:End>"),
            ("calendar:Start", "<t:Start>2024-03-11T11:00:00Z</t:Start>"),
            send="SendOnlyToAll",
        )
    ).ok()

    found = mailbox.call(get(occurrence(master, 2), master)).ok().all(".//t:CalendarItem")
    assert [shown(one, "AppointmentSequenceNumber", "MeetingRequestWasSent") for one in found] == [
        ["1", "true"],
        ["0", "false"],
    ]
    assert sent(emulator, mailbox) == [("meeting request", (ANN,))]


@pytest.mark.parametrize(
    ("number", "kind", "value", "name", "told"),
    [
        (0x8205, "Integer", "3", "LegacyFreeBusyStatus", "OOF"),
        (0x8208, "String", "Roof", "Location", "Roof"),
        (0x8201, "Integer", "7", "AppointmentSequenceNumber", "7"),
    ],
)
def test_MS_OXOCAL_2_2_1_44_2_a_property_of_one_occurrence_is_the_element(
    mailbox: Mailbox, number: int, kind: str, value: str, name: str, told: str
) -> None:
    """Set by its MAPI property, an element differs in this occurrence as if it had been set by name."""
    master = created(mailbox, SERIES)
    before = shown(mailbox.item(master), name)

    mailbox.call(by_property(occurrence(master, 2), number, kind, value)).ok()

    found = mailbox.call(get(occurrence(master, 2), occurrence(master, 3))).ok().all(".//t:CalendarItem")
    assert [shown(one, name) for one in found] == [[told], before]


def test_MS_OXWSCORE_R2005_one_occurrence_is_flagged(mailbox: Mailbox) -> None:
    """A flag that was set on an occurrence is there."""
    master = created(mailbox, SERIES)

    flag = "<t:Flag><t:FlagStatus>Flagged</t:FlagStatus></t:Flag>"
    mailbox.call(update(occurrence(master, 2), ("item:Flag", flag))).ok()

    found = mailbox.call(get(occurrence(master, 2), shape=asking("item:Flag"))).ok()
    assert found.texts(".//t:FlagStatus") == ["Flagged"]


def test_MS_OXOCAL_3_1_4_3_a_series_that_ends_takes_its_exceptions_away(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """Without its recurrence a series is one meeting, at new times; what was attached to an exception is gone."""
    master = created(mailbox, MEETINGS, send="SendOnlyToAll")
    exception = mailbox.call(update(occurrence(master, 2), ("item:Subject", "<t:Subject>Moved</t:Subject>"))).ok()
    held = attached(mailbox, f'<t:ItemId Id="{exception.one(".//t:ItemId").get("Id")}"/>', file())

    mailbox.call(without_recurrence(master, send="SendOnlyToAll")).ok()

    item = mailbox.item(f'<t:ItemId Id="{identity(master)}"/>')
    assert shown(item, "CalendarItemType", "AppointmentSequenceNumber", "ModifiedOccurrences") == ["Single", "1", None]
    assert get_attachment(mailbox, held).codes == ["ErrorCalendarCannotUseIdForRecurringMasterId"]
    assert sent(emulator, mailbox)[-1] == ("meeting update", (ANN,))


def test_MS_OXWSMTGS_R217_an_occurrence_has_no_recurrence_to_delete(mailbox: Mailbox) -> None:
    """As it cannot be set on an occurrence, it cannot be deleted there."""
    master = created(mailbox, SERIES)

    assert mailbox.call(without_recurrence(occurrence(master, 2))).codes == ["ErrorInvalidPropertyDelete"]
    assert shown(mailbox.item(occurrence(master, 2)), "CalendarItemType") == ["Occurrence"]


def test_MS_OXOCAL_2_2_1_27_an_occurrence_has_the_uid_of_its_series(mailbox: Mailbox) -> None:
    """A UID that would be passed over in silence is refused."""
    master = created(mailbox, SERIES)

    change = update(occurrence(master, 2), ("calendar:UID", "<t:UID>other</t:UID>"))

    assert mailbox.call(change).codes == ["ErrorInvalidPropertySet"]


def test_the_page_calendarview_a_view_tells_the_extended_properties_of_each_item(mailbox: Mailbox) -> None:
    """A single appointment, an occurrence and an exception have them in a view as GetItem tells them."""
    mine, more = ('DistinguishedPropertySetId="PublicStrings" PropertyName="' + name + '"' for name in ("mine", "more"))
    single = TIMES.replace("03-04", "03-05")
    created(mailbox, f"<t:Subject>Single</t:Subject>{extended(mine, 'single')}{single}")
    series = created(mailbox, SERIES.replace("</t:Subject>", f"</t:Subject>{extended(mine, 'series')}"))
    change = put("CalendarItem", uri(more), extended(more, "exception"))
    given = update(occurrence(series, 2)).replace("<t:Updates>", f"<t:Updates>{change}")
    mailbox.call(given).ok()

    shape = asking_alone(uri(mine), uri(more))
    viewed = mailbox.call(view("2024-03-01T00:00:00Z", "2024-03-20T00:00:00Z", shape=shape)).ok()

    told = [[one.text for one in item.iterfind("{*}ExtendedProperty/{*}Value")] for item in viewed.one(".//t:Items")]
    assert told == [["series"], ["single"], ["series", "exception"], ["series"]]
    assert [values(mailbox, occurrence(series, index), uri(mine), uri(more)) for index in (1, 2, 3)] == [
        ["series"], ["series", "exception"], ["series"],
    ]  # fmt: skip
