"""Meetings that live on after the move: what becomes of them, and what a server does not keep of them."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from emulators.exchange.calendar.identity import object_id_of
from engine.ports.items import Verdict
from engine.ports.typed import TypedItem
from tests.contract.exchange.appointments import (
    FIRST,
    SUBJECT,
    Calendar,
    appointment,
    at,
    calendar_of,
    changed,
    element,
    series,
)
from tests.contract.exchange.conftest import Opened
from tests.contract.exchange_emulator.soap import NS

UID = "review-1@example.net"
BOSS, ANN = "boss@example.net", "ann@example.net"
ORGANIZER = "the destination shows the mailbox's owner as the organizer, and not who invited them"
ANSWERS = "the destination does not keep what its people have answered"
UNSENT = "its invitations were never sent; it stands as if they had been, so that nothing sends them by itself"


@pytest.fixture
def calendar(opened: Opened) -> Iterator[Calendar]:
    """The default calendar of a mailbox."""
    with calendar_of(opened) as found:
        yield found


def named(number: int, kind: str, value: str, where: str = "Appointment") -> str:
    """A named property of appointments or meetings."""
    uri = f'<t:ExtendedFieldURI DistinguishedPropertySetId="{where}" PropertyId="{number}" PropertyType="{kind}"/>'
    return f"<t:ExtendedProperty>{uri}<t:Value>{value}</t:Value></t:ExtendedProperty>"


def of_sender(tag: str, value: str) -> str:
    """A property that tells who sent a meeting."""
    uri = f'<t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="String"/>'
    return f"<t:ExtendedProperty>{uri}<t:Value>{value}</t:Value></t:ExtendedProperty>"


OBJECT_ID = named(3, "Binary", base64.b64encode(object_id_of(UID)).decode(), "Meeting")
INVITED = named(0x8229, "Boolean", "true")


def people(answer: str = "Accept") -> str:
    """One guest."""
    return (
        f"<t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>{ANN}</t:EmailAddress></t:Mailbox>"
        f"<t:ResponseType>{answer}</t:ResponseType></t:Attendee></t:RequiredAttendees>"
    )


def invitation() -> TypedItem:
    """A meeting of the boss's that the owner has accepted."""
    properties = (
        OBJECT_ID + named(0x8201, "Integer", "1") + named(0x8217, "Integer", "3") + named(0x8218, "Integer", "3")
        + of_sender("0x0042", "Boss") + of_sender("0x5d02", BOSS)
    )
    return appointment(element(FIRST, item=SUBJECT + properties, calendar=people("Unknown")))


def own_meeting(*, sent: bool = True, answer: str = "Unknown") -> TypedItem:
    """A meeting of the owner's."""
    properties = OBJECT_ID + named(0x8201, "Integer", "1") + (INVITED if sent else "")
    return appointment(element(FIRST, item=SUBJECT + properties, calendar=people(answer)))


def event(method: str, *, sequence: int = 2, more: str = "") -> bytes:
    """A meeting message, an hour later than the meeting was."""
    return (
        f"BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:{UID}\r\nSEQUENCE:{sequence}\r\n"
        "SUMMARY:Review\r\nDTSTAMP:20260301T120000Z\r\nDTSTART:20260302T100000Z\r\nDTEND:20260302T110000Z\r\n"
        f"ORGANIZER;CN=Boss:mailto:{BOSS}\r\n{more}END:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()


def told(calendar: Calendar, item: TypedItem) -> tuple[str, ...]:
    """Writes an item; what the report is to say of it."""
    (made,) = calendar.create(item)
    assert made.verdict is Verdict.DONE, made.error
    return made.untold


def test_an_update_of_the_organizer_meets_the_item_that_came(calendar: Calendar) -> None:
    """Where the server lets another be the organizer, it has the new time and is there once."""
    calendar.opened.emulator.configure(organizer_by_property=True)
    words = told(calendar, invitation())
    verdict = calendar.opened.emulator.receive_meeting(calendar.opened.address, event("REQUEST"))

    (there,) = calendar.seen()
    assert (words, verdict) == ((), "updated")
    assert there.findtext("t:Start", "", NS) == "2026-03-02T10:00:00Z"
    assert there.findtext("t:Organizer/t:Mailbox/t:EmailAddress", "", NS) == BOSS


def test_a_cancellation_of_the_organizer_meets_the_item_that_came(calendar: Calendar) -> None:
    """It is shown as cancelled."""
    calendar.opened.emulator.configure(organizer_by_property=True)
    told(calendar, invitation())
    verdict = calendar.opened.emulator.receive_meeting(calendar.opened.address, event("CANCEL"))

    (there,) = calendar.seen()
    assert (verdict, there.findtext("t:IsCancelled", "", NS)) == ("cancelled", "true")


def test_an_answer_to_the_owners_own_meeting_meets_it(calendar: Calendar) -> None:
    """It stands beside the name of whoever gave it."""
    words = told(calendar, own_meeting())
    reply = event("REPLY", sequence=1, more=f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{ANN}\r\n")
    verdict = calendar.opened.emulator.receive_meeting(calendar.opened.address, reply)

    (there,) = calendar.seen()
    assert (words, verdict) == ((), "answered")
    assert there.findtext("t:RequiredAttendees/t:Attendee/t:ResponseType", "", NS) == "Accept"


def test_an_organizer_that_the_server_does_not_keep_is_named(calendar: Calendar) -> None:
    """An update changes nothing then; nothing is doubled."""
    words = told(calendar, invitation())
    calendar.opened.emulator.receive_meeting(calendar.opened.address, event("REQUEST"))

    assert words == (ORGANIZER,)
    assert len(calendar.seen()) == 1


@pytest.mark.parametrize(("kept", "words"), [(True, ()), (False, (ANSWERS,))])
def test_answers_that_the_server_does_not_keep_are_named(
    calendar: Calendar, kept: bool, words: tuple[str, ...]
) -> None:
    """Nothing is said where it keeps them."""
    calendar.opened.emulator.configure(attendee_responses_kept=kept)

    assert told(calendar, own_meeting(answer="Accept")) == words


def test_what_a_server_keeps_is_asked_once(calendar: Calendar) -> None:
    """The words stand at every such meeting all the same."""
    before = calendar.requests()
    writer = calendar.writer
    items = [
        [invitation()], [invitation(), own_meeting(answer="Decline")], [own_meeting(answer="Accept")], [invitation()],
    ]
    words = [
        [one.untold for one in writer.create(calendar.folder, calendar.tagged(*some))] for some in items
    ]

    assert words == [[(ORGANIZER,)], [(ORGANIZER,), (ANSWERS,)], [(ANSWERS,)], [(ORGANIZER,)]]
    assert calendar.requests() - before == {"CreateItem": 4, "GetItem": 2}


def test_a_meeting_that_was_never_sent_is_not_sent_by_the_server_either(calendar: Calendar) -> None:
    """It says that its people were invited, and the report that it does."""
    calendar.opened.emulator.configure(unsent_meetings_sent_later=True)

    assert told(calendar, own_meeting(sent=False)) == (UNSENT,)
    assert told(calendar, own_meeting()) == ()
    assert told(calendar, invitation()) == (ORGANIZER,)
    assert calendar.opened.emulator.outgoing() == []


def test_a_meeting_meets_its_messages_where_a_uid_names_nothing(calendar: Calendar) -> None:
    """The global object id is written beside it."""
    calendar.opened.emulator.configure(uid_sets_global_object_id=False)
    told(calendar, own_meeting())
    reply = event("REPLY", sequence=1, more=f"ATTENDEE;PARTSTAT=DECLINED:mailto:{ANN}\r\n")

    assert calendar.opened.emulator.receive_meeting(calendar.opened.address, reply) == "answered"


def test_an_occurrence_that_stands_by_itself_has_the_object_id_of_its_series(calendar: Calendar) -> None:
    """So that a message about it finds it, and no other meeting passes for it."""
    item = series(item=SUBJECT + OBJECT_ID, changed=[changed(at(2), at(5, days=1))])
    calendar.write(item)

    seen = {one.findtext("t:UID", "", NS) for one in calendar.seen()}
    assert seen == {UID}
