"""What docs/fidelity.md says of Google's calendars, beside Google's discovery document."""

from __future__ import annotations

from tests.servers.outcomes import table
from tests.unit.google.test_google_fidelity import properties

# What becomes of each field of an event (calendar.v3, Event).
EVENTS = {
    "summary, location": "subject and place; what is cut of a subject after 255 characters is named",
    "description": "the text, plain or HTML as it is",
    "conferenceData, hangoutLink": "lines of the text: every link, number, code and PIN to join by",
    "attachments, source": "lines of the text with their links; files stay in Drive",
    "start, end, originalStartTime":
        "when it is, in its zone; whole days are those of the primary calendar's zone, which is its owner's",
    "endTimeUnspecified": "it lasts as long as Google shows it, and is named",
    "recurrence, recurringEventId": "series, their exceptions, and what stands beside them",
    "status": "tentative; what was cancelled is none",
    "transparency": "free or busy",
    "eventType, outOfOfficeProperties":
        "an out-of-office is shown as one; that it declines invitations by itself is "
        "named",
    "birthdayProperties, workingLocationProperties, focusTimeProperties":
        "of events that stay, and of birthdays that belong to no contact",
    "visibility": "private; a confidential event is private as well",
    "reminders": "the reminder",
    "organizer": "who sent the invitation",
    "attendees":
        "required and optional people and resources, with their answers; what they wrote "
        "with it is in the text, and whom they bring is named",
    "attendeesOmitted": "named",
    "guestsCanInviteOthers, guestsCanModify, guestsCanSeeOtherGuests": "named where they are not as usual",
    "iCalUID, sequence": "by which an update or an answer meets it",
    "updated": "by which an event is found to have changed",
    "created, creator, etag, htmlLink, id, kind": "Google's own; an event is known again by its id",
    "colorId, eventLabelId": "a colour or a label of its own is named",
    "extendedProperties, gadget": "what other programs keep with Google stays there",
    "anyoneCanAddSelf, locked, privateCopy": "how Google itself treats the event",
}


def test_the_document_says_what_becomes_of_each_field_of_an_event() -> None:
    """Of all that Google may tell, each once."""
    told, shown = [each for row in EVENTS for each in row.split(", ")], table("fidelity", "google calendars")

    assert sorted(told) == sorted(properties("calendar.v3", "Event"))
    for named, outcome in EVENTS.items():
        shown.saw(named, outcome)
    shown.holds_only(EVENTS)
