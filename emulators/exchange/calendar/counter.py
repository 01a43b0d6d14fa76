"""Counter proposals: answers to a meeting request that ask for another time (METHOD:COUNTER).

On import DTSTART and DTEND are the times that are proposed, X-MS-OLK-ORIGINALSTART and X-MS-OLK-ORIGINALEND those of
the meeting; without both of these DTSTART and DTEND are the times of the meeting as well (MS-OXCICAL, "Property:
DTSTART" and 2.1.3.1.1.20.59). The properties are those of MS-OXOCAL 2.2.7.3 to 2.2.7.6.
"""

from datetime import datetime, timedelta

from lxml import etree

from emulators.exchange.calendar.icalendar_in import Component
from emulators.exchange.call import Call
from emulators.exchange.item import Item
from emulators.exchange.soap import t

_APPOINTMENT = "{00062002-0000-0000-c000-000000000046}/id:"
NUMBER = f"{_APPOINTMENT}{0x8259}"          # PidLidAppointmentProposalNumber (MS-OXOCAL 2.2.1)
_TIMES = ("X-MS-OLK-ORIGINALSTART", "X-MS-OLK-ORIGINALEND")
_ELEMENTS = ("ProposedStart", "ProposedEnd")


def as_planned(event: Component) -> Component:
    """The event with the times of the meeting instead of those that are proposed."""
    start, end = (event.properties.get(name) for name in _TIMES)
    if start is None or end is None:
        return event
    return Component(event.name, event.properties | {"DTSTART": start, "DTEND": end}, event.inside)


def propose(message: Item, proposal: Item) -> None:
    """Let an answer ask for the times of another appointment."""
    start, end = proposal.appointment["start"], proposal.appointment["end"]
    minutes = (datetime.fromisoformat(end) - datetime.fromisoformat(start)) // timedelta(minutes=1)
    message.properties = {
        **message.properties,
        f"{_APPOINTMENT}{0x8250}": ("SystemTime", start), f"{_APPOINTMENT}{0x8251}": ("SystemTime", end),
        f"{_APPOINTMENT}{0x8256}": ("Integer", str(minutes)), f"{_APPOINTMENT}{0x8257}": ("Boolean", "true")}
    message.appointment["meeting"] = {**message.appointment["meeting"], "proposed": [start, end]}


def note(attendee: etree._Element, proposal: Item | None) -> None:
    """Let an Attendee ask for the times of another appointment, or, without one, for none."""
    for name in _ELEMENTS:
        for old in attendee.findall(t(name)):
            attendee.remove(old)
    if proposal is not None:
        for name, kept in zip(_ELEMENTS, ("start", "end"), strict=True):
            etree.SubElement(attendee, t(name)).text = proposal.appointment[kept]


def proposals(item: Item) -> int:
    """How many attendees of a meeting ask for other times."""
    return sum(item.extra.get(name, "").count("<t:ProposedStart>")
               for name in ("RequiredAttendees", "OptionalAttendees", "Resources"))


def is_told(call: Call) -> bool:
    """Whether the server tells proposed times: from Exchange 2016 on (MS-OXWSMTGS_R1334, R1336).

    Assumption: to clients of that time, which know the elements. The schema of 2013 has none.
    """
    is_new = call.settings.version == "2019" and call.targets("Exchange2016")
    return is_new and _ELEMENTS[0] in call.schema.order("MeetingResponseMessageType")


def element(call: Call, message: Item, name: str) -> str:
    """ProposedStart or ProposedEnd of an answer, or nothing."""
    proposed = message.appointment["meeting"].get("proposed")
    if proposed is None or not is_told(call):
        return ""
    return f"<t:{name}>{proposed[_ELEMENTS.index(name)]}</t:{name}>"


def without(kept: str) -> str:
    """The attendees that were kept, without what they ask for."""
    for name in _ELEMENTS:
        while (before := kept.partition(f"<t:{name}>"))[1]:
            kept = before[0] + before[2].partition(f"</t:{name}>")[2]
    return kept
