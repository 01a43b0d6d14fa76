"""How a meeting message looks in an answer: what it has beside other messages (MS-OXWSMTGS 2.2.4.14 to 2.2.4.18)."""

from collections.abc import Callable
from functools import partial
from typing import Any

from lxml import etree

from emulators.exchange import ids
from emulators.exchange.calendar import counter, meeting_facts, neighbours, rendering
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.item import Item
from emulators.exchange.soap import flag, local

_MESSAGE = frozenset({
    "AssociatedCalendarItemId", "IsDelegated", "IsOutOfDate", "HasBeenProcessed", "ResponseType", "UID",
    "RecurrenceId", "DateTimeStamp", "IsResponseRequested"})
# Answers and cancellations have these from 2013 on. Assumption: by the clients of that time, which know none of them.
_SINCE_2013 = frozenset({"Start", "End", "Location", "Recurrence", "CalendarItemType"})
_PROPOSED = frozenset({"ProposedStart", "ProposedEnd"})
OTHERS = _MESSAGE | _SINCE_2013 | _PROPOSED
REQUEST = OTHERS | {
    "MeetingRequestType", "IntendedFreeBusyStatus", "OriginalStart", "IsAllDayEvent", "LegacyFreeBusyStatus",
    "IsMeeting", "IsCancelled", "IsRecurring", "MeetingRequestWasSent", "MyResponseType", "Organizer",
    "RequiredAttendees", "OptionalAttendees", "Duration", "TimeZone", "AppointmentReplyTime",
    "AppointmentSequenceNumber", "AppointmentState", "FirstOccurrence", "LastOccurrence", "ModifiedOccurrences",
    "DeletedOccurrences", "AllowNewTimeProposal", "IsOnlineMeeting"}
WITHHELD: frozenset[str] = frozenset()
# Assumption: "Property sets and response shapes in EWS in Exchange" has no table of them; the least that tells
# what a message is about.
DEFAULT = frozenset({
    "ItemId", "Subject", "Sensitivity", "Body", "Size", "DateTimeSent", "DateTimeCreated", "ResponseObjects",
    "HasAttachments", "IsAssociated", "IsDeliveryReceiptRequested", "From", "AssociatedCalendarItemId", "IsDelegated",
    "IsOutOfDate", "HasBeenProcessed", "ResponseType", "MeetingRequestType", "IntendedFreeBusyStatus", "Start", "End"})
# They tell of the appointment that the message met.
_OF_THE_SERIES = frozenset({"FirstOccurrence", "LastOccurrence", "ModifiedOccurrences", "DeletedOccurrences"})
_RESPONSES = {
    "MeetingRequest": ("AcceptItem", "TentativelyAcceptItem", "DeclineItem"),
    "MeetingResponse": (),
    "MeetingCancellation": ("RemoveItem",),
}


def apply(_call: Call, _item: Item, element: etree._Element) -> bool:
    """Refuse what a message tells of its meeting. Raises ItemError ErrorInvalidPropertySet."""
    if local(element) in REQUEST | neighbours.NAMES:
        raise ItemError("ErrorInvalidPropertySet")
    return False


def finish(_call: Call, item: Item) -> None:
    """Take over what a client has said of the message by MAPI properties."""
    meeting_facts.reconsider(item)


def element(call: Call, item: Item, name: str, search: bool) -> str | None:  # noqa: FBT001 - as Kind.element
    """One element, empty where the message has none; None: it is one like those of other messages."""
    if item.kind != "MeetingRequest" and name in _SINCE_2013 and not call.targets("Exchange2013"):
        return ""
    if name in _RENDERERS:
        return _RENDERERS[name](call, item)
    if name in _OF_THE_SERIES:
        met = meeting_facts.met(call, item)
        return "" if met is None else rendering.element(call, met, name, search=search)
    if (found := _plain(item, name)) is not None:
        return f"<t:{name}>{found}</t:{name}>"
    return rendering.element(call, item, name, search=search) if name in REQUEST else None


def value(item: Item, name: str) -> str | bool | None:
    """What a filter compares."""
    if (found := _plain(item, name)) is not None:
        return {"true": True, "false": False}.get(found, found)
    return rendering.value(item, name) if name in REQUEST else None


def _plain(item: Item, name: str) -> str | None:
    if name == "CalendarItemType":
        return "Exception" if "original_start" in item.appointment else None
    return _PLAIN[name](item.appointment) if name in _PLAIN else None


_PLAIN: dict[str, Callable[[dict[str, Any]], str]] = {
    "HasBeenProcessed": lambda kept: flag(kept["meeting"]["processed"]),
    "ResponseType": lambda kept: str(kept["meeting"]["answer"]),
    "IntendedFreeBusyStatus": lambda kept: str(kept["meeting"]["intended"]),
    "IsRecurring": lambda kept: flag("recurrence" in kept or "original_start" in kept),
}


def _met(call: Call, item: Item) -> str:
    met = meeting_facts.met(call, item)
    if met is None:
        return ""
    guid = call.mailbox.guid
    return (f'<t:AssociatedCalendarItemId Id="{ids.item_id(guid, met.folder, met.entry)}" '
            f'ChangeKey="{ids.change_key(bytes([15]), guid, met.change)}"/>')


def _request_type(call: Call, item: Item) -> str:
    found = "Outdated" if meeting_facts.is_out_of_date(call, item) else item.appointment["meeting"]["type"]
    return f"<t:MeetingRequestType>{found}</t:MeetingRequestType>"


def _response(call: Call, item: Item) -> str:
    """What the owner has answered, wherever it was answered."""
    met = meeting_facts.met(call, item)
    found = item.appointment["response"] if met is None else met.appointment["response"]
    return f"<t:MyResponseType>{found}</t:MyResponseType>"


def _responses(_call: Call, item: Item) -> str:
    own = "".join(f"<t:{name}/>" for name in _RESPONSES[item.kind])
    return f"<t:ResponseObjects>{own}<t:ReplyToItem/><t:ReplyAllToItem/><t:ForwardItem/></t:ResponseObjects>"


_RENDERERS: dict[str, Callable[[Call, Item], str]] = {
    "AssociatedCalendarItemId": _met,
    "IsDelegated": lambda call, item: f"<t:IsDelegated>{flag(meeting_facts.is_delegated(call, item))}</t:IsDelegated>",
    "IsOutOfDate": lambda call, item:
        f"<t:IsOutOfDate>{flag(meeting_facts.is_out_of_date(call, item))}</t:IsOutOfDate>",
    "MeetingRequestType": _request_type,
    "MyResponseType": _response,
    "ResponseObjects": _responses,
    **{name: partial(counter.element, name=name) for name in _PROPOSED},
    **{name: partial(neighbours.element, name=name) for name in neighbours.NAMES},
}
