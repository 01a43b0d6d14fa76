"""Changes of a calendar that a real server would have told somebody."""

import pytest

from emulators.exchange import ExchangeEmulator

from .calendars import HOUR, create, created, delete, get, occurrence, shown, update, weekly
from .soap import NS, Mailbox


def attendees(*addresses: str) -> str:
    """RequiredAttendees with these addresses."""
    inside = "".join(
        f"<t:Attendee><t:Mailbox><t:EmailAddress>{one}</t:EmailAddress></t:Mailbox></t:Attendee>" for one in addresses
    )
    return f"<t:RequiredAttendees>{inside}</t:RequiredAttendees>"


ANN, BOB = "ann@example.org", "bob@example.org"
MEETING = f"<t:Subject>Plan</t:Subject>{HOUR}{attendees(ANN)}"
LATER = (
    ("calendar:End", "<t:End>2024-03-04T12:00:00Z</t:End>"),
    ("calendar:Start", "<t:Start>2024-03-04T11:00:00Z</t:Start>"),
)


def sent(emulator: ExchangeEmulator, mailbox: Mailbox) -> list[tuple[str, tuple[str, ...]]]:
    """What would have been sent from this mailbox."""
    return [(one.kind, tuple(one.recipients)) for one in emulator.outgoing() if one.mailbox == mailbox.address]


def test_MS_OXWSMTGS_R1213_what_is_to_be_sent_must_be_said(mailbox: Mailbox) -> None:
    """Without its attribute a calendar item is not created, changed or deleted."""
    made = created(mailbox, MEETING)
    subject = ("item:Subject", "<t:Subject>New</t:Subject>")

    assert mailbox.call(create(MEETING).replace(' SendMeetingInvitations="SendToNone"', "")).codes == [
        "ErrorSendMeetingInvitationsRequired"
    ]
    wanted = ' SendMeetingInvitationsOrCancellations="SendToNone"'
    assert mailbox.call(update(made, subject).replace(wanted, "")).codes == [
        "ErrorSendMeetingInvitationsOrCancellationsRequired"
    ]
    assert mailbox.call(delete(made).replace(' SendMeetingCancellations="SendToNone"', "")).codes == [
        "ErrorSendMeetingCancellationsRequired"
    ]


def test_MS_OXWSMTGS_R4400_nothing_is_sent_to_none(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Created, moved and deleted with SendToNone, a meeting is heard of by nobody."""
    made = created(mailbox, MEETING)
    mailbox.call(update(made, *LATER)).ok()
    item = mailbox.item(made)
    mailbox.call(delete(made)).ok()

    assert sent(emulator, mailbox) == []
    assert shown(item, "MeetingRequestWasSent", "AppointmentSequenceNumber") == ["false", "0"]


@pytest.mark.parametrize("wanted", ["SendOnlyToAll", "SendToAllAndSaveCopy"])
def test_MS_OXWSMTGS_R4600_invitations_and_cancellations(
    emulator: ExchangeEmulator, mailbox: Mailbox, wanted: str
) -> None:
    """Attendees are invited, told of new times with the next sequence number, and told of the end."""
    made = created(mailbox, MEETING, send=wanted)
    mailbox.call(update(made, *LATER, send=wanted)).ok()
    item = mailbox.item(made)
    mailbox.call(delete(made, send=wanted)).ok()

    assert sent(emulator, mailbox) == [
        ("meeting request", (ANN,)),
        ("meeting update", (ANN,)),
        ("meeting cancellation", (ANN,)),
    ]
    assert shown(item, "MeetingRequestWasSent", "AppointmentSequenceNumber") == ["true", "1"]


def test_MS_OXWSMTGS_R6200_only_who_changed(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """SendOnlyToChanged tells the new attendee and the one who was taken away."""
    made = created(mailbox, MEETING)
    mailbox.call(update(made, ("calendar:RequiredAttendees", attendees(BOB)), send="SendOnlyToChanged")).ok()

    assert sent(emulator, mailbox) == [("meeting request", (BOB,)), ("meeting cancellation", (ANN,))]


def test_MS_OXWSMTGS_R6200_who_stays_is_not_told(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """SendOnlyToChanged leaves those alone who were invited before and still are."""
    made = created(mailbox, MEETING)
    mailbox.call(update(made, ("calendar:RequiredAttendees", attendees(ANN, BOB)), send="SendOnlyToChanged")).ok()

    assert sent(emulator, mailbox) == [("meeting request", (BOB,))]


def test_one_occurrence_is_cancelled(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """The deletion of an occurrence is told as any other."""
    made = created(mailbox, f"{HOUR}{attendees(ANN)}{weekly('Monday', start='2024-03-04', number=3)}")
    mailbox.call(delete(occurrence(made, 2), send="SendOnlyToAll")).ok()

    assert sent(emulator, mailbox) == [("meeting cancellation", (ANN,))]
    assert mailbox.call(get(made)).ok().one(".//t:CalendarItem/t:DeletedOccurrences") is not None


def test_an_unsent_meeting_may_be_sent_later(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Where the server is said to, it sends what was saved unsent, unless the item says that it was sent."""
    emulator.configure(unsent_meetings_sent_later=True)
    invited = (
        '<t:ExtendedProperty><t:ExtendedFieldURI DistinguishedPropertySetId="Appointment" PropertyId="33321" '
        'PropertyType="Boolean"/><t:Value>true</t:Value></t:ExtendedProperty>'
    )

    created(mailbox, MEETING)
    known = created(mailbox, MEETING.replace(HOUR, invited + HOUR))

    assert sent(emulator, mailbox) == [("meeting request, later", (ANN,))]
    assert mailbox.item(known).findtext("t:MeetingRequestWasSent", namespaces=NS) == "true"
