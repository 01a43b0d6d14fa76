"""Answers to meetings, and cancellations: the response objects of CreateItem (MS-OXWSMTGS 3.1.4.2)."""

from lxml import etree

from emulators.exchange import delete_item, folder, item, outgoing
from emulators.exchange.calendar import attendees, occurrence
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.item import Item
from emulators.exchange.soap import local, t

# (the answer, how the time counts, the code for an organizer, the code for what is cancelled)
_ANSWERS = {
    "AcceptItem": ("Accept", "Busy", "ErrorCalendarIsOrganizerForAccept", "ErrorCalendarIsCancelledForAccept"),
    "TentativelyAcceptItem": (
        "Tentative", "Tentative", "ErrorCalendarIsOrganizerForTentative", "ErrorCalendarIsCancelledForTentative"),
    "DeclineItem": ("Decline", "Free", "ErrorCalendarIsOrganizerForDecline", "ErrorCalendarIsCancelledForDecline"),
}
RESPONSES = frozenset({*_ANSWERS, "CancelCalendarItem"})
_CANCELLED = 4          # asfCanceled of PidLidAppointmentStateFlags


def respond(call: Call, element: etree._Element) -> None:
    """Do what a response object says, and note what it would have sent.

    Raises ItemError: ErrorMessageDispositionRequired (MS-OXWSMTGS_R1342), those of its kind, and those of the id.
    """
    disposition = call.request.get("MessageDisposition")
    if disposition is None:
        raise ItemError("ErrorMessageDispositionRequired")
    reference = element.find(t("ReferenceItemId"))
    if reference is None:
        raise ItemError("ErrorMissingItemForCreateItemAttachment", "The response names no item.")
    stored = item.find(call, etree.Element(t("ItemId"), Id=reference.get("Id", "")))
    if stored.kind != "CalendarItem":
        raise ItemError("ErrorInvalidOperation")
    item.read_properties(call.db, [stored])
    if local(element) == "CancelCalendarItem":
        _cancel(call, stored, told=disposition != "SaveOnly")
    else:
        _answer(call, stored, local(element), told=disposition != "SaveOnly")


def _cancel(call: Call, stored: Item, *, told: bool) -> None:
    """A cancelled meeting lies in Deleted Items with state 5 (MS-OXWSMTGS_R740, R1052)."""
    if stored.appointment["response"] != "Organizer" or not stored.appointment["state"] & 1:
        raise ItemError("ErrorCalendarIsNotOrganizer")
    if told:
        outgoing.meeting(call, stored, "meeting cancellation", attendees.addresses(stored))
    stored.appointment["state"] |= _CANCELLED
    occurrence.store(call, stored, set())
    delete_item.discard(call, stored, folder.distinguished(call, "deleteditems"))


def _answer(call: Call, stored: Item, name: str, *, told: bool) -> None:
    answer, busy, own, cancelled = _ANSWERS[name]
    if stored.appointment["response"] == "Organizer":
        raise ItemError(own)
    if stored.appointment["state"] & _CANCELLED:
        raise ItemError(cancelled)
    if told and stored.appointment["organizer"]:
        outgoing.meeting(call, stored, "meeting response", [stored.appointment["organizer"][1]])
    stored.appointment |= {"response": answer, "busy": busy, "replied": call.now}
    occurrence.store(call, stored, set())
    if answer == "Decline":
        delete_item.discard(call, stored, folder.distinguished(call, "deleteditems"))
