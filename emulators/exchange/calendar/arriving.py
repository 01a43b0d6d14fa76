"""Meeting messages that arrive, and what the calendar assistant makes of them (MS-OXOCAL 3.1.5.2, 3.1.5.5).

They meet the item with their global object id. A request with a lower sequence than the item has is out of date.
"""

import dataclasses

from lxml import etree

from emulators.exchange import create_item, explicit, folder, item
from emulators.exchange.calendar import appointment, attendees, icalendar_in, identity, occurrence
from emulators.exchange.call import Call
from emulators.exchange.fragments import fragment, parsed
from emulators.exchange.item import Item
from emulators.exchange.soap import MESSAGES, TYPES, t, text

# RFC 5545 3.2.12
_PARTICIPATION = {"ACCEPTED": "Accept", "TENTATIVE": "Tentative", "DECLINED": "Decline"}


def process(call: Call, raw: bytes) -> str:
    """Process iCalendar with a METHOD.

    Returns what happened: "created", "updated", "out of date", "answered", "cancelled" or "ignored". Raises ItemError.
    """
    calendar = icalendar_in.parsed(raw)
    event = calendar.all("VEVENT")[0]
    found = _find(call, identity.object_id_of(event.text("UID")))
    own = found is not None and found.appointment["response"] == "Organizer"
    match calendar.text("METHOD").strip().upper():
        case "REQUEST" if found is None:
            return _create(call, event, raw)
        case "REQUEST" if found is not None and not own:
            return _update(call, found, event, raw)
        case "REPLY" if found is not None and own:
            return _take_answer(call, found, event)
        case "CANCEL" if found is not None and not own:
            return _cancel(call, found, event)
    return "ignored"


def _find(call: Call, object_id: bytes) -> Item | None:
    """The item of the calendar with a clean global object id."""
    place = folder.distinguished(call, "calendar")
    found = item.in_folder(call.db, place.id, "json_extract(appointment, '$.object_id')=?", object_id.hex())
    item.read_properties(call.db, found)
    return found[0] if found else None


def _sequence(event: icalendar_in.Component) -> int:
    return int(event.text("SEQUENCE", "0"))


def _address(value: str) -> str:
    return value.strip().removeprefix("mailto:").removeprefix("MAILTO:").lower()


def _create(call: Call, event: icalendar_in.Component, raw: bytes) -> str:
    """A request that nothing meets is in the calendar, tentatively and unanswered."""
    request = etree.fromstring(
        f'<m:CreateItem xmlns:m="{MESSAGES}" xmlns:t="{TYPES}" SendMeetingInvitations="SendToNone"><m:Items>'
        "<t:CalendarItem/></m:Items></m:CreateItem>")
    request[0][0].extend(icalendar_in.elements(raw))
    # The assistant has the id itself, whatever a client's UID would make.
    settings = dataclasses.replace(call.settings, uid_sets_global_object_id=True)
    create_item.create_item(dataclasses.replace(call, request=request, settings=settings))
    made = _find(call, identity.object_id_of(event.text("UID")))
    if made is None:
        return "ignored"
    made.appointment |= {"response": "NoResponseReceived", "busy": "Tentative"}
    _invited(made, event)
    occurrence.store(call, made, set())
    return "created"


def _invited(made: Item, event: icalendar_in.Component) -> None:
    parameters, organizer = event.properties.get("ORGANIZER", [({}, "")])[0]
    made.appointment |= {"state": 3, "sequence": _sequence(event), "sent": True,
                         "organizer": [parameters.get("CN", _address(organizer)), _address(organizer)]}


def _update(call: Call, found: Item, event: icalendar_in.Component, raw: bytes) -> str:
    if _sequence(event) < found.appointment["sequence"]:
        return "out of date"
    for element in icalendar_in.elements(raw):
        if element.tag not in (t("UID"), t("LegacyFreeBusyStatus"), t("ReminderIsSet")):
            explicit.apply(call, found, element, creating=False)
    if appointment.complete(call, found):
        occurrence.reset(call, found)
        found.appointment |= {"response": "NoResponseReceived", "busy": "Tentative"}
    _invited(found, event)
    occurrence.store(call, found, set())
    return "updated"


def _take_answer(call: Call, found: Item, event: icalendar_in.Component) -> str:
    """An attendee's answer stands beside the name (MS-OXWSMTGS_R139, R141)."""
    parameters, attendee = event.properties.get("ATTENDEE", [({}, "")])[0]
    answer = _PARTICIPATION.get(parameters.get("PARTSTAT", "").upper())
    for name in attendees.NAMES if answer else ():
        if name not in found.extra:
            continue
        whole = parsed(found.extra[name])
        for one in whole:
            if one[0].findtext(t("EmailAddress"), "").lower() == _address(attendee):
                one[1].text = answer
                _set(one, "LastResponseTime", call.now)
                found.extra[name] = fragment(whole)
                occurrence.store(call, found, set())
                return "answered"
    return "ignored"


def _set(one: etree._Element, name: str, value: str) -> None:
    held = one.find(t(name))
    if held is None:
        held = etree.SubElement(one, t(name))
    held.text = text(value)


def _cancel(call: Call, found: Item, event: icalendar_in.Component) -> str:
    """A cancelled meeting of an attendee has state 7 (MS-OXWSMTGS_R741) and blocks no time."""
    if _sequence(event) < found.appointment["sequence"]:
        return "out of date"
    found.appointment |= {"state": 7, "sequence": _sequence(event), "busy": "Free"}
    occurrence.store(call, found, set())
    return "cancelled"
