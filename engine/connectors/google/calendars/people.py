"""The people of an event: who organizes it, who is invited, and what they answered.

An appointment says so in the same fields as one that an Exchange gives ([MS-OXOCAL] 2.2.1.10, 2.2.1.11): who is the
organizer, whether it was received (asfReceived), what the owner answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lxml import etree

from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.fields import ANSWER, APPOINTMENT, INVITED, SEQUENCE, STATES, Property
from engine.connectors.exchange.typed.properties import put_property
from engine.connectors.google.calendars.body import clean
from engine.connectors.google.rest.asking import Json
from engine.messages.envelope import plain

# responseStatus of an attendee (calendar.v3), and ResponseType of [MS-OXWSMTGS].
ANSWERS = {"accepted": "Accept", "declined": "Decline", "tentative": "Tentative"}
NUMBERS = {"Tentative": 2, "Accept": 3, "Decline": 4, "NoResponseReceived": 5}      # [MS-OXOCAL] 2.2.1.11
MINE, MEETING, RECEIVED = 1, 1, 2       # respOrganized; asfMeeting, asfReceived
NAMELESS = "no address is known of its guest {}, who is left out of the people of it"
OMITTED = "Google does not tell all of its guests; those that it does not tell are missing"
MORE_GUESTS = "{} brings {} more, whom Exchange does not count"
FREEDOM = "what its guests may do with it (invite others, change it, see one another) is not carried"
_SEQUENCE = Property(SEQUENCE, "Integer", APPOINTMENT)


def own_answer(event: Json, *, is_others: bool = False) -> str:
    """What was answered to an invitation by whose the calendar is; "" where nobody else has invited them.

    `is_others`: the calendar is another person's, who has come to what they organize.
    """
    mine = _mine(event)
    if mine is None or (_is_organizer(event) and not is_others):
        return ""
    return "Accept" if _is_organizer(event) else ANSWERS.get(mine.get("responseStatus", ""), "NoResponseReceived")


def _mine(event: Json) -> Json | None:
    return next((one for one in event.get("attendees", ()) if one.get("self")), None)


def _is_organizer(event: Json) -> bool:
    """True: who organizes it is whose the calendar is that it is in, or the calendar itself (Event.organizer.self)."""
    organizer = event.get("organizer") or {}
    mine = _mine(event) or {}
    return not organizer or bool(organizer.get("self") or mine.get("organizer"))


def invite(item: etree._Element, event: Json, *, is_others: bool = False) -> list[str]:
    """Gives an appointment its people; returns words on what of them is not carried.

    `is_others`: the calendar is another person's. What that one organizes is not the owner's own: to delete that would
    send a cancellation to its guests.
    """
    is_own = _is_organizer(event) and not is_others
    guests = [one for one in event.get("attendees", ()) if not (is_own and (one.get("organizer") or one.get("self")))]
    untold: list[str] = []
    for name, some in _kinds(guests):
        _add(item, name, some, untold)
    _name_organizer(item, event)
    has_people = any(xml.field(item, name) is not None for name, _ in _kinds(()))
    answer = "Organizer" if is_own else own_answer(event, is_others=is_others)
    if has_people and is_others and _is_organizer(event):
        answer = "Accept"
    if answer:
        xml.add(item, "MyResponseType", answer)
    if has_people or answer in NUMBERS:
        _stand(item, event, answer)
    return [*untold, *_left(event, is_own=is_own)]


def _kinds(guests: Sequence[Json]) -> Iterator[tuple[str, list[Json]]]:
    yield "RequiredAttendees", [one for one in guests if not (one.get("resource") or one.get("optional"))]
    yield "OptionalAttendees", [one for one in guests if one.get("optional") and not one.get("resource")]
    yield "Resources", [one for one in guests if one.get("resource")]


def _add(item: etree._Element, name: str, guests: Sequence[Json], untold: list[str]) -> None:
    known = [one for one in guests if "@" in _address(one)]
    untold += [NAMELESS.format(_name(one)) for one in guests if one not in known]
    if not known:
        return
    field = xml.add(item, name)
    for one in known:
        made = xml.add(field, "Attendee")
        _mailbox(made, one)
        answer = "Organizer" if one.get("organizer") else ANSWERS.get(one.get("responseStatus", ""), "Unknown")
        xml.add(made, "ResponseType", answer)


def _mailbox(parent: etree._Element, one: Json) -> None:
    mailbox = xml.add(parent, "Mailbox")
    xml.add(mailbox, "Name", clean(one.get("displayName")) or _address(one))
    xml.add(mailbox, "EmailAddress", _address(one))
    xml.add(mailbox, "RoutingType", "SMTP")


def _address(one: Json) -> str:
    return clean(one.get("email"))


def _name_organizer(item: etree._Element, event: Json) -> None:
    organizer = event.get("organizer") or {}
    if "@" in _address(organizer):
        _mailbox(xml.add(item, "Organizer"), organizer)


def _stand(item: etree._Element, event: Json, answer: str) -> None:
    """Says that it is a meeting, whose it is, and that its people were invited: else a server might invite them."""
    is_received = answer in NUMBERS
    if answer:
        put_property(item, ANSWER, str(NUMBERS.get(answer, MINE)))
    put_property(item, STATES, str(MEETING | (RECEIVED if is_received else 0)))
    put_property(item, INVITED, "true")
    put_property(item, _SEQUENCE, str(int(event.get("sequence", 0))))


def _left(event: Json, *, is_own: bool) -> Iterator[str]:
    attendees = event.get("attendees", ())
    if event.get("attendeesOmitted"):
        yield OMITTED
    for one in attendees:
        if one.get("additionalGuests"):
            yield MORE_GUESTS.format(_name(one), one["additionalGuests"])
    usual = {"guestsCanInviteOthers": True, "guestsCanModify": False, "guestsCanSeeOtherGuests": True}
    if is_own and attendees and any(event.get(name, value) != value for name, value in usual.items()):
        yield FREEDOM


def _name(one: Json) -> str:
    return plain(str(one.get("displayName") or one.get("email") or ""))[:100] or "without a name"
