"""What stays in Sent Items of invitations, updates, cancellations and answers."""

from collections.abc import Callable

import pytest

from emulators.exchange import ExchangeEmulator

from .calendars import create, created, delete, occurrence, shown, starts, update, view, weekly
from .meetings import arrive, found, got, identifier, respond, unfolded
from .soap import NS, Mailbox, local
from .test_meetings_sent import ANN, BOB, LATER, MEETING, attendees, sent

COPY = "SendToAllAndSaveCopy"
MARCH = view("2024-03-01T00:00:00Z", "2024-04-01T00:00:00Z")


def copies(mailbox: Mailbox) -> list[tuple[str, str | None, str | None]]:
    """Kind, subject and recipients of what lies in Sent Items."""
    return [(local(one), *shown(one, "Subject", "DisplayTo")) for one in found(mailbox, "sentitems")]  # type: ignore[misc]  # two texts


def mime_of(emulator: ExchangeEmulator, mailbox: Mailbox) -> bytes:
    """The newest message in Sent Items as bytes."""
    return [one.mime for one in emulator.messages(mailbox.address) if one.folder[-1:] == ("Sent Items",)][-1]


def test_MS_OXWSMTGS_R4802_a_copy_of_the_request_is_saved(mailbox: Mailbox) -> None:
    """SendToAllAndSaveCopy of CreateItem leaves the request in Sent Items, read and no draft, beside the meeting."""
    made = created(mailbox, MEETING, send=COPY)

    assert copies(mailbox) == [("MeetingRequest", "Plan", ANN)]
    request = got(mailbox, "sentitems")
    assert shown(request, "Start", "IsRead", "IsDraft", "MeetingRequestType") == [
        "2024-03-04T09:00:00Z", "true", "false", "NewMeetingRequest",
    ]  # fmt: skip
    associated = request.find("t:AssociatedCalendarItemId", NS)
    assert associated is not None
    assert f'Id="{associated.get("Id")}"' in made
    assert request.findtext("t:Organizer/t:Mailbox/t:EmailAddress", namespaces=NS) == mailbox.address


@pytest.mark.parametrize("wanted", ["SendToNone", "SendOnlyToAll"])
def test_MS_OXWSMTGS_R4600_without_a_copy_sent_items_stay_empty(mailbox: Mailbox, wanted: str) -> None:
    """The other ways to create, change and delete a meeting leave nothing in Sent Items."""
    made = created(mailbox, MEETING, send=wanted)
    mailbox.call(update(made, *LATER, send=wanted)).ok()
    mailbox.call(delete(made, send=wanted)).ok()

    assert copies(mailbox) == []


def test_MS_OXWSMTGS_R48_a_meeting_of_nobody_leaves_no_copy(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """An appointment without attendees is created; nothing is sent, and nothing is kept of that."""
    created(mailbox, MEETING.replace(attendees(ANN), ""), send=COPY)

    assert copies(mailbox) == []
    assert sent(emulator, mailbox) == []
    assert len(starts(mailbox.call(MARCH))) == 1


def test_MS_OXWSMTGS_R6401_a_copy_of_the_update_is_saved(mailbox: Mailbox) -> None:
    """The copy of an update has the new times, and the next sequence number."""
    made = created(mailbox, MEETING, send="SendOnlyToAll")
    mailbox.call(update(made, *LATER, send=COPY)).ok()

    assert copies(mailbox) == [("MeetingRequest", "Plan", ANN)]
    assert shown(got(mailbox, "sentitems"), "Start", "AppointmentSequenceNumber") == ["2024-03-04T11:00:00Z", "1"]


def test_MS_OXWSMTGS_R6501_a_copy_goes_to_who_changed(mailbox: Mailbox) -> None:
    """SendToChangedAndSaveCopy keeps what the new attendee and the one who was taken away are told."""
    made = created(mailbox, MEETING, send="SendOnlyToAll")
    mailbox.call(
        update(made, ("calendar:RequiredAttendees", attendees(BOB)), send="SendToChangedAndSaveCopy")
    ).ok()  # fmt: skip

    assert copies(mailbox) == [("MeetingRequest", "Plan", BOB), ("MeetingCancellation", "Canceled: Plan", ANN)]


def test_MS_OXWSMTGS_R4901_a_copy_of_the_cancellation_is_saved(mailbox: Mailbox) -> None:
    """SendToAllAndSaveCopy of DeleteItem leaves the cancellation in Sent Items, and no meeting."""
    made = created(mailbox, MEETING)
    mailbox.call(delete(made, send=COPY)).ok()

    assert copies(mailbox) == [("MeetingCancellation", "Canceled: Plan", ANN)]
    assert starts(mailbox.call(MARCH)) == []


@pytest.mark.parametrize(
    ("kind", "subject", "answer"),
    [("AcceptItem", "Accepted: Review", "Accept"), ("TentativelyAcceptItem", "Tentative: Review", "Tentative"),
     ("DeclineItem", "Declined: Review", "Decline")],
)  # fmt: skip
def test_the_page_accept_item_a_copy_of_the_answer_is_saved(
    emulator: ExchangeEmulator, mailbox: Mailbox, kind: str, subject: str, answer: str
) -> None:
    """SendAndSaveCopy of an answer leaves it in Sent Items; SendOnly sends it all the same."""
    arrive(emulator, mailbox, "REQUEST")
    mailbox.call(respond(kind, identifier(found(mailbox, "calendar")[0]))).ok()

    assert copies(mailbox) == [("MeetingResponse", subject, "boss@example.org")]
    assert shown(got(mailbox, "sentitems"), "ResponseType", "UID") == [answer, "meeting-1@example.org"]


def test_the_page_accept_item_the_copy_says_what_the_answer_said(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """The Body of an answer is that of its message, and not of the appointment."""
    arrive(emulator, mailbox, "REQUEST")
    appointment = identifier(found(mailbox, "calendar")[0])
    body = '<t:Body BodyType="Text">Gladly</t:Body><t:ReferenceItemId'
    mailbox.call(respond("AcceptItem", appointment).replace("<t:ReferenceItemId", body)).ok()

    assert shown(got(mailbox, "sentitems"), "Body") == ["Gladly"]
    assert shown(mailbox.item(appointment), "Body") == [""]


@pytest.mark.parametrize(("disposition", "told"), [("SendOnly", 1), ("SaveOnly", 0)])
def test_MS_OXWSMTGS_R1342_an_answer_without_a_copy(
    emulator: ExchangeEmulator, mailbox: Mailbox, disposition: str, told: int
) -> None:
    """SendOnly tells the organizer and keeps nothing; SaveOnly tells nobody."""
    arrive(emulator, mailbox, "REQUEST")
    mailbox.call(respond("AcceptItem", identifier(found(mailbox, "calendar")[0]), disposition=disposition)).ok()

    assert copies(mailbox) == []
    assert len(sent(emulator, mailbox)) == told


def test_MS_OXWSMTGS_R4801_what_was_sent_arrives(
    emulator: ExchangeEmulator, mailbox: Mailbox, open_mailbox: Callable[..., Mailbox]
) -> None:
    """Delivered to its attendee, the request makes the same meeting there; the answer comes back to its organizer."""
    another = open_mailbox(emulator)
    series = weekly("Monday", start="2024-03-04", number=3)
    made = created(mailbox, f"{MEETING.replace(ANN, another.address)}{series}", send=COPY)
    emulator.deliver(another.address, mime_of(emulator, mailbox))
    appointment = found(another, "calendar")[0]
    another.call(respond("TentativelyAcceptItem", identifier(appointment))).ok()
    emulator.deliver(mailbox.address, mime_of(emulator, another))

    assert starts(another.call(MARCH)) == starts(mailbox.call(MARCH))
    uid = shown(mailbox.item(made), "UID")
    assert shown(appointment, "UID") == uid
    assert mailbox.item(made).findtext(".//t:Attendee/t:ResponseType", namespaces=NS) == "Tentative"


def test_one_occurrence_is_called_off_by_a_copy_that_names_it(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """The cancellation of an occurrence says by RECURRENCE-ID which one."""
    made = created(mailbox, f"{MEETING}{weekly('Monday', start='2024-03-04', number=3)}")
    mailbox.call(delete(occurrence(made, 2), send=COPY)).ok()

    calendar = unfolded(mime_of(emulator, mailbox))
    assert "METHOD:CANCEL" in calendar
    assert "RECURRENCE-ID:20240311T090000Z" in calendar
    assert shown(got(mailbox, "sentitems"), "RecurrenceId") == ["2024-03-11T09:00:00Z"]


@pytest.mark.parametrize(
    "address", ["/O=EXAMPLE/OU=GROUP/CN=RECIPIENTS/CN=ANN", "a nn&#10;b@example.org", "ä@exämple.org"]
)
def test_a_copy_is_made_for_any_address(mailbox: Mailbox, address: str) -> None:
    """Whatever stands where an address should, the meeting is created, and its copy is there."""
    created(mailbox, MEETING.replace(ANN, address), send=COPY)

    assert [local(one) for one in found(mailbox, "sentitems")] == ["MeetingRequest"]


def test_a_changed_occurrence_leaves_a_copy_that_knows_its_series(mailbox: Mailbox) -> None:
    """The copy of an update of an exception names the series in the calendar."""
    made = created(mailbox, f"{MEETING}{weekly('Monday', start='2024-03-04', number=3)}")
    second = occurrence(made, 2)
    for subject in ("Plan II", "Plan III"):
        mailbox.call(update(second, ("item:Subject", f"<t:Subject>{subject}</t:Subject>"), send=COPY)).ok()

    associated = got(mailbox, "sentitems").find("t:AssociatedCalendarItemId", NS)
    assert associated is not None
    assert f'Id="{associated.get("Id")}"' in made


def test_a_copy_counts_against_the_quota(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Where there is no room for the copy, the meeting is refused, and nothing of it is there."""
    emulator.configure(quota_bytes=1500)

    assert mailbox.call(create(MEETING, send=COPY)).codes == ["ErrorQuotaExceeded"]
    assert starts(mailbox.call(MARCH)) == []
    assert copies(mailbox) == []
    assert sent(emulator, mailbox) == []
