"""Meetings of others and one's own: requests, answers and cancellations, and the item that they meet."""

from emulators.exchange import ExchangeEmulator

from .calendars import HOUR, created, shown, starts, view
from .soap import NS, Mailbox, identity, reference
from .test_meetings_sent import MEETING, sent

MARCH = view("2024-03-01T00:00:00Z", "2024-04-01T00:00:00Z")
UID = "meeting-1@example.org"


def message(method: str, *, hour: int = 9, sequence: int = 0, more: str = "") -> bytes:
    """iCalendar about one meeting of the boss."""
    return (
        f"BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nUID:{UID}\r\nSEQUENCE:{sequence}\r\nSUMMARY:Review\r\n"
        f"DTSTART:20240304T{hour:02}0000Z\r\nDTEND:20240304T{hour + 1:02}0000Z\r\n"
        f"ORGANIZER;CN=Boss:mailto:boss@example.org\r\n{more}END:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()


def respond(kind: str, item_id: str, *, disposition: str = "SendAndSaveCopy") -> str:
    """A CreateItem with a response object."""
    return (
        f'<m:CreateItem MessageDisposition="{disposition}"><m:Items><t:{kind}>'
        f'<t:ReferenceItemId Id="{identity(item_id)}"/></t:{kind}></m:Items></m:CreateItem>'
    )


def only(mailbox: Mailbox) -> str:
    """The id of the one item of March."""
    return reference(mailbox.call(MARCH).ok().one(".//t:CalendarItem/t:ItemId"), key=False)


def test_MS_OXWSMTGS_R555_a_request_is_tentative_until_it_is_answered(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """A request makes an item of another organizer; to accept it tells that one, and changes how it counts."""
    assert emulator.receive_meeting(mailbox.address, message("REQUEST")) == "created"
    before = mailbox.item(only(mailbox))
    mailbox.call(respond("AcceptItem", only(mailbox))).ok()
    after = mailbox.item(only(mailbox))

    fields = ("AppointmentState", "IsMeeting", "MyResponseType", "LegacyFreeBusyStatus")
    assert shown(before, *fields) == ["3", "true", "NoResponseReceived", "Tentative"]
    assert shown(after, *fields) == ["3", "true", "Accept", "Busy"]
    assert after.findtext("t:Organizer/t:Mailbox/t:EmailAddress", namespaces=NS) == "boss@example.org"
    assert sent(emulator, mailbox) == [("meeting response", ("boss@example.org",))]


def test_an_update_meets_the_item_with_its_uid(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """An attendee's item that a client made with the UID moves with the organizer; a lower sequence is out of date."""
    emulator.configure(organizer_by_property=True)
    state = (
        '<t:ExtendedProperty><t:ExtendedFieldURI DistinguishedPropertySetId="Appointment" PropertyId="{}" '
        'PropertyType="Integer"/><t:Value>{}</t:Value></t:ExtendedProperty>'
    )
    created(
        mailbox, f"{state.format(33303, 3)}{state.format(33304, 3)}{state.format(33281, 4)}<t:UID>{UID}</t:UID>{HOUR}"
    )

    assert emulator.receive_meeting(mailbox.address, message("REQUEST", hour=7, sequence=3)) == "out of date"
    assert emulator.receive_meeting(mailbox.address, message("REQUEST", hour=13, sequence=5)) == "updated"
    assert starts(mailbox.call(MARCH)) == ["2024-03-04T13:00:00Z"]


def test_a_uid_without_its_global_object_id_meets_nothing(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Where a UID makes no global object id, the organizer's update comes as a second item."""
    emulator.configure(uid_sets_global_object_id=False)
    created(mailbox, f"<t:UID>{UID}</t:UID>{HOUR}")

    assert emulator.receive_meeting(mailbox.address, message("REQUEST", hour=13, sequence=5)) == "created"
    assert starts(mailbox.call(MARCH)) == ["2024-03-04T09:00:00Z", "2024-03-04T13:00:00Z"]


def test_MS_OXWSMTGS_R139_an_answer_stands_beside_its_attendee(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """The organizer's item shows what an attendee has answered, and when."""
    made = created(mailbox, MEETING.replace("<t:Start>", f"<t:UID>{UID}</t:UID><t:Start>", 1))
    reply = message("REPLY", more="ATTENDEE;PARTSTAT=DECLINED:mailto:Ann@example.org\r\n")

    assert emulator.receive_meeting(mailbox.address, reply) == "answered"
    attendee = mailbox.item(made).find("t:RequiredAttendees/t:Attendee", NS)
    assert attendee is not None
    assert attendee.findtext("t:ResponseType", namespaces=NS) == "Decline"
    assert attendee.find("t:LastResponseTime", NS) is not None


def test_MS_OXWSMTGS_R741_a_cancelled_meeting_says_so(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A cancellation leaves the attendee's item with state 7; then it cannot be accepted."""
    emulator.receive_meeting(mailbox.address, message("REQUEST"))

    assert emulator.receive_meeting(mailbox.address, message("CANCEL", sequence=1)) == "cancelled"
    assert shown(mailbox.item(only(mailbox)), "AppointmentState", "IsCancelled") == ["7", "true"]
    assert mailbox.call(respond("AcceptItem", only(mailbox))).codes == ["ErrorCalendarIsCancelledForAccept"]


def test_MS_OXWSMTGS_R1052_a_meeting_that_is_called_off_is_deleted(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """CancelCalendarItem tells the attendees, and leaves the calendar empty; declining is for others."""
    made = created(mailbox, MEETING)

    assert mailbox.call(respond("DeclineItem", made)).codes == ["ErrorCalendarIsOrganizerForDecline"]
    mailbox.call(respond("CancelCalendarItem", made)).ok()
    assert starts(mailbox.call(MARCH)) == []
    assert sent(emulator, mailbox) == [("meeting cancellation", ("ann@example.org",))]


def test_MS_OXWSMTGS_R1342_a_response_says_whether_it_is_sent(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Without MessageDisposition it is refused; with SaveOnly nobody is told, and what is declined leaves."""
    emulator.receive_meeting(mailbox.address, message("REQUEST"))
    body = respond("DeclineItem", only(mailbox), disposition="SaveOnly")

    assert mailbox.call(body.replace(' MessageDisposition="SaveOnly"', "")).codes == ["ErrorMessageDispositionRequired"]
    mailbox.call(body).ok()
    assert starts(mailbox.call(MARCH)) == []
    assert sent(emulator, mailbox) == []
