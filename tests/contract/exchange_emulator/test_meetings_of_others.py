"""What only the organizer, or only the one who is invited, can do."""

import re

import pytest

from emulators.exchange import ExchangeEmulator

from .calendars import created, delete, occurrence, shown, starts, update, view, weekly
from .meetings import arrive, event, found, got, identifier, mail, respond, unfolded
from .soap import Mailbox
from .test_meeting_mail import kept
from .test_meetings_saved import mime_of
from .test_meetings_sent import ANN, LATER, MEETING, attendees, sent

RECEIVED_FOR = (
    '<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x5D08" PropertyType="String"/>'
    "<t:Value>boss@example.org</t:Value></t:ExtendedProperty>"
)


@pytest.mark.parametrize("wanted", ["SendOnlyToAll", "SendToAllAndSaveCopy", "SendToChangedAndSaveCopy"])
def test_the_page_sending_a_meeting_update_only_the_organizer_sends_it(
    emulator: ExchangeEmulator, mailbox: Mailbox, wanted: str
) -> None:
    """What an attendee changes of a meeting stays in the attendee's calendar (MS-OXOCAL 3.1.4.7.3)."""
    arrive(emulator, mailbox, "REQUEST")

    more = ("calendar:RequiredAttendees", attendees(ANN))
    mailbox.call(update(identifier(got(mailbox, "calendar")), *LATER, more, send=wanted)).ok()

    assert sent(emulator, mailbox) == []


@pytest.mark.parametrize(
    ("response", "method", "code"),
    [
        ("AcceptItem", "REQUEST", "ErrorCalendarIsDelegatedForAccept"),
        ("TentativelyAcceptItem", "REQUEST", "ErrorCalendarIsDelegatedForTentative"),
        ("DeclineItem", "REQUEST", "ErrorCalendarIsDelegatedForDecline"),
        ("RemoveItem", "CANCEL", "ErrorCalendarIsDelegatedForRemove"),
    ],
)
def test_the_page_response_code_what_was_received_for_somebody_else_is_not_answered(
    emulator: ExchangeEmulator, mailbox: Mailbox, response: str, method: str, code: str
) -> None:
    """Each response is "invalid for a calendar item or meeting request in a delegated scenario"."""
    message = kept(mailbox, mail(method), RECEIVED_FOR)

    assert mailbox.call(respond(response, identifier(message))).codes == [code]
    assert sent(emulator, mailbox) == []


INVALID = {
    "AcceptItem": "ErrorInvalidItemForOperationAcceptItem",
    "TentativelyAcceptItem": "ErrorInvalidItemForOperationTentative",
    "DeclineItem": "ErrorInvalidItemForOperationDeclineItem",
    "CancelCalendarItem": "ErrorInvalidItemForOperationCancelItem",
    "RemoveItem": "ErrorInvalidItemForOperationRemoveItem",
}


@pytest.mark.parametrize("response", INVALID)
def test_the_page_response_code_each_response_is_for_some_items_alone(
    emulator: ExchangeEmulator, mailbox: Mailbox, response: str
) -> None:
    """Mail cannot be answered, nor can the answer of an attendee, be it one that asks for another time."""
    answer = "ATTENDEE;PARTSTAT=TENTATIVE:mailto:ann@example.org\r\n"
    items = [mailbox.message(), *(identifier(arrive(emulator, mailbox, method, event(more=answer)))
                                  for method in ("REPLY", "COUNTER"))]  # fmt: skip

    codes = [mailbox.call(respond(response, item)).codes for item in items]

    assert codes == [[INVALID[response]]] * 3
    assert sent(emulator, mailbox) == []


@pytest.mark.parametrize("response", ["AcceptItem", "TentativelyAcceptItem", "DeclineItem"])
def test_the_page_response_code_an_occurrence_in_deleted_items_is_not_answered(
    emulator: ExchangeEmulator, mailbox: Mailbox, response: str
) -> None:
    """An occurrence of a series that lies in Deleted Items is accepted and declined no more."""
    arrive(emulator, mailbox, "REQUEST", event(more="RRULE:FREQ=DAILY;COUNT=3\r\n"))
    gone = delete(identifier(got(mailbox, "calendar"))).replace("HardDelete", "MoveToDeletedItems")
    mailbox.call(gone).ok()
    second = identifier(mailbox.item(occurrence(identifier(got(mailbox, "deleteditems")), 2)))

    assert mailbox.call(respond(response, second)).codes == [INVALID[response]]
    assert sent(emulator, mailbox) == []


@pytest.mark.parametrize("kind", ["MeetingMessage", "MeetingRequest", "MeetingResponse", "MeetingCancellation"])
def test_the_page_response_code_meeting_messages_are_not_created(mailbox: Mailbox, kind: str) -> None:
    """They "are created as a side effect of doing something else"; a client creates none of them."""
    answer = mailbox.call(
        f'<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:{kind}><t:Subject>Plan</t:Subject></t:{kind}>'
        "</m:Items></m:CreateItem>"
    )

    assert answer.codes == ["ErrorInvalidItemForOperationCreateItem"]


def test_the_page_response_code_the_organizer_does_not_remove_a_meeting(mailbox: Mailbox) -> None:
    """To remove a meeting from the calendar, the organizer must use CancelCalendarItem."""
    made = created(mailbox, MEETING)

    assert mailbox.call(respond("RemoveItem", made)).codes == ["ErrorCalendarIsOrganizerForRemove"]


@pytest.mark.parametrize("response", ["TentativelyAcceptItem", "AcceptItem", "DeclineItem"])
def test_the_page_propose_a_new_meeting_time_it_is_sent(
    emulator: ExchangeEmulator, mailbox: Mailbox, response: str
) -> None:
    """The answer that stays in Sent Items asks for the times that were proposed; the meeting stays where it was."""
    times = "<t:ProposedStart>2024-03-04T13:00:00Z</t:ProposedStart><t:ProposedEnd>2024-03-04T15:00:00Z</t:ProposedEnd>"
    request = arrive(emulator, mailbox, "REQUEST")

    answer = respond(response, identifier(request)).replace(f"</t:{response}>", f"{times}</t:{response}>")
    mailbox.call(answer, version="Exchange2016").ok()

    written = unfolded(mime_of(emulator, mailbox))
    for line in ("METHOD:COUNTER", "DTSTART:20240304T130000Z", "DTEND:20240304T150000Z",
                 "X-MS-OLK-ORIGINALSTART:20240304T090000Z", "X-MS-OLK-ORIGINALEND:20240304T100000Z"):  # fmt: skip
        assert line in written
    told = {"A": ("Accept", "Pos"), "T": ("Tentative", "Tent"), "D": ("Decline", "Neg")}[response[0]]
    assert shown(got(mailbox, "sentitems"), "Start", "End", "ResponseType", "ItemClass") == [
        "2024-03-04T09:00:00Z", "2024-03-04T10:00:00Z", told[0], f"IPM.Schedule.Meeting.Resp.{told[1]}",
    ]  # fmt: skip
    assert shown(got(mailbox, "deleteditems" if response == "DeclineItem" else "calendar"), "Start") == [
        "2024-03-04T09:00:00Z"
    ]
    assert sent(emulator, mailbox) == [("meeting response", ("boss@example.org",))]


def test_the_page_propose_a_new_meeting_time_it_has_to_be_one(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A proposal that ends before it begins is refused, and nothing is sent."""
    times = "<t:ProposedStart>2024-03-04T13:00:00Z</t:ProposedStart><t:ProposedEnd>2024-03-04T12:00:00Z</t:ProposedEnd>"
    request = identifier(arrive(emulator, mailbox, "REQUEST"))

    answer = respond("TentativelyAcceptItem", request).replace("</t:Tent", f"{times}</t:Tent")

    assert mailbox.call(answer, version="Exchange2016").codes == ["ErrorCalendarEndDateIsEarlierThanStartDate"]
    assert sent(emulator, mailbox) == []


def test_the_page_new_body_content_a_cancellation_says_why(mailbox: Mailbox) -> None:
    """NewBodyContent is the text of the cancellation that stays in Sent Items."""
    made = created(mailbox, MEETING, send="SendOnlyToAll")
    said = '<t:NewBodyContent BodyType="Text">Sorry</t:NewBodyContent></t:CancelCalendarItem>'

    mailbox.call(respond("CancelCalendarItem", made).replace("</t:CancelCalendarItem>", said)).ok()

    assert shown(got(mailbox, "sentitems"), "Subject", "Body") == ["Canceled: Plan", "Sorry"]


def test_MS_OXWSMTGS_R1052_one_occurrence_that_is_called_off_leaves_the_calendar(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """A cancelled occurrence is no more in its series, and its attendees hear of it; the others stay."""
    master = created(mailbox, MEETING + weekly("Monday", start="2024-03-04", number=3), send="SendOnlyToAll")
    second = identifier(mailbox.item(occurrence(master, 2)))

    mailbox.call(respond("CancelCalendarItem", second)).ok()

    assert starts(mailbox.call(view("2024-03-01T00:00:00Z", "2024-04-01T00:00:00Z"))) == [
        "2024-03-04T09:00:00Z",
        "2024-03-18T09:00:00Z",
    ]
    assert sent(emulator, mailbox) == [("meeting request", (ANN,)), ("meeting cancellation", (ANN,))]


def test_the_page_allow_new_time_proposal_is_the_organizers(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """The organizer changes whether new times may be proposed; an attendee can neither set nor delete that."""
    mine = created(mailbox, MEETING)
    arrive(emulator, mailbox, "REQUEST")
    theirs = next(identifier(one) for one in found(mailbox, "calendar") if shown(one, "Subject") == ["Review"])
    said = ("calendar:AllowNewTimeProposal", "<t:AllowNewTimeProposal>false</t:AllowNewTimeProposal>")
    delete = re.sub(
        "<t:SetItemField>(.*?)<t:CalendarItem>.*</t:SetItemField>",
        r"<t:DeleteItemField>\1</t:DeleteItemField>",
        update(theirs, said),
    )

    assert mailbox.call(update(mine, said)).codes == ["NoError"]
    assert mailbox.call(update(theirs, said)).codes == ["ErrorInvalidPropertySet"]
    assert mailbox.call(delete).codes == ["ErrorInvalidPropertyDelete"]
