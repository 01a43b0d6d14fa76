"""What only the organizer, or only the one who is invited, can do."""

import pytest

from emulators.exchange import ExchangeEmulator

from .calendars import created, update
from .meetings import arrive, got, identifier, mail, respond
from .soap import Mailbox
from .test_meeting_mail import kept
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


def test_the_page_response_code_the_organizer_does_not_remove_a_meeting(mailbox: Mailbox) -> None:
    """To remove a meeting from the calendar, the organizer must use CancelCalendarItem."""
    made = created(mailbox, MEETING)

    assert mailbox.call(respond("RemoveItem", made)).codes == ["ErrorCalendarIsOrganizerForRemove"]
