"""Answers to meetings, and cancellations: the response objects of CreateItem (MS-OXWSMTGS 3.1.4.2)."""

from lxml import etree

from emulators.exchange import delete_item, folder, item, outgoing
from emulators.exchange.calendar import (
    arriving,
    attendees,
    meeting_facts,
    meeting_message,
    occurrence,
    proposing,
    saved_copy,
)
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
# Page of ResponseCode: what is "invalid for a calendar item or meeting request in a delegated scenario".
_DELEGATED = {"AcceptItem": "ErrorCalendarIsDelegatedForAccept",
              "TentativelyAcceptItem": "ErrorCalendarIsDelegatedForTentative",
              "DeclineItem": "ErrorCalendarIsDelegatedForDecline", "RemoveItem": "ErrorCalendarIsDelegatedForRemove"}
# Page of ResponseCode: what "an attempt is made to use" for an item that is none of those it is for.
_INVALID = {"AcceptItem": "ErrorInvalidItemForOperationAcceptItem",
            "TentativelyAcceptItem": "ErrorInvalidItemForOperationTentative",
            "DeclineItem": "ErrorInvalidItemForOperationDeclineItem",
            "CancelCalendarItem": "ErrorInvalidItemForOperationCancelItem",
            "RemoveItem": "ErrorInvalidItemForOperationRemoveItem"}
RESPONSES = frozenset(_INVALID)
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
        raise ItemError("ErrorMissingInformationReferenceItemId")       # page of ResponseCode
    stored = occurrence.find(call, etree.Element(t("ItemId"), Id=reference.get("Id", "")))
    if stored.kind in meeting_facts.KINDS and meeting_facts.is_delegated(call, stored):
        raise ItemError((_INVALID | _DELEGATED)[local(element)])
    if local(element) == "RemoveItem":
        _remove(call, stored)
    elif stored.kind == "MeetingRequest" and local(element) in _ANSWERS:
        _answer(call, _asked_about(call, stored), element, disposition)
        _discard(call, stored)      # Assumption: as Outlook does, a request that is answered is deleted
    elif stored.kind != "CalendarItem" or (local(element) in _ANSWERS and _is_deleted_occurrence(call, stored)):
        raise ItemError(_INVALID[local(element)])
    elif local(element) == "CancelCalendarItem":
        _cancel(call, stored, element, disposition)
    else:
        _answer(call, stored, element, disposition)


def _is_deleted_occurrence(call: Call, stored: Item) -> bool:
    """Whether it is "a calendar item occurrence that is in the Deleted Items folder" (page of ResponseCode)."""
    return "original" in stored.appointment and stored.folder == folder.distinguished(call, "deleteditems").id


def _discard(call: Call, stored: Item) -> None:
    delete_item.discard(call, stored, folder.distinguished(call, "deleteditems"))


def _asked_about(call: Call, request: Item) -> Item:
    """The appointment of a meeting request; one that the calendar does not know of yet learns of it now.

    Raises ItemError ErrorCalendarMeetingRequestIsOutOfDate (page of ResponseCode).
    """
    if meeting_facts.is_out_of_date(call, request):
        raise ItemError("ErrorCalendarMeetingRequestIsOutOfDate")
    stored = meeting_facts.met(call, request)
    if stored is None:
        calendar = meeting_message.calendar_of(item.received_bytes(call.db, request) or b"")
        outcome = None if calendar is None else arriving.process(call, calendar)
        if outcome is not None and outcome.verdict == "out of date":
            raise ItemError("ErrorCalendarMeetingRequestIsOutOfDate")
        stored = None if outcome is None else outcome.met
    if stored is None:
        raise ItemError("ErrorItemNotFound")
    return stored


def _remove(call: Call, cancellation: Item) -> None:
    """Take the cancelled appointment out of the calendar, and the cancellation with it (page of RemoveItem)."""
    if cancellation.kind == "CalendarItem" and cancellation.appointment["response"] == "Organizer":
        raise ItemError("ErrorCalendarIsOrganizerForRemove")        # page of ResponseCode
    if cancellation.kind != "MeetingCancellation":
        raise ItemError(_INVALID["RemoveItem"])
    stored = meeting_facts.met(call, cancellation)
    if stored is not None:
        _discard(call, stored)
    _discard(call, cancellation)


def _cancel(call: Call, stored: Item, element: etree._Element, disposition: str) -> None:
    """A cancelled meeting lies in Deleted Items with state 5 (MS-OXWSMTGS_R740, R1052); an occurrence is taken out."""
    if stored.appointment["response"] != "Organizer" or not stored.appointment["state"] & 1:
        raise ItemError("ErrorCalendarIsNotOrganizer")
    item.read_properties(call.db, [stored])
    if disposition != "SaveOnly":
        outgoing.meeting(call, stored, "meeting cancellation", attendees.addresses(stored))
    if disposition == "SendAndSaveCopy":
        saved_copy.save(call, stored, "CANCEL", attendees.addresses(stored), said=element.find(t("NewBodyContent")))
    if "original" in stored.appointment:
        occurrence.delete(call, stored)
        return
    stored.appointment["state"] |= _CANCELLED
    occurrence.store(call, stored, set())
    delete_item.discard(call, stored, folder.distinguished(call, "deleteditems"))


def _answer(call: Call, stored: Item, element: etree._Element, disposition: str) -> None:
    answer, busy, own, cancelled = _ANSWERS[local(element)]
    if stored.appointment["response"] == "Organizer":
        raise ItemError(own)
    if stored.appointment["state"] & _CANCELLED:
        raise ItemError(cancelled)
    item.read_properties(call.db, [stored])
    proposal = proposing.proposal(call, stored, element)
    told = [stored.appointment["organizer"][1]] if stored.appointment["organizer"] else []
    if told and disposition != "SaveOnly":
        outgoing.meeting(call, stored, "meeting response", told)
    if disposition == "SendAndSaveCopy":
        saved_copy.save(call, proposal or stored, "COUNTER" if proposal else "REPLY", told, answer=answer,
                        said=element.find(t("Body")))
    # Whoever accepts has the time as the organizer means it (PidLidIntendedBusyStatus).
    busy = stored.appointment.get("intended", busy) if answer == "Accept" else busy
    stored.appointment |= {"response": answer, "busy": busy, "replied": call.now}
    occurrence.store(call, stored, {"MyResponseType", "LegacyFreeBusyStatus", "AppointmentReplyTime"})
    if answer == "Decline" and "original" in stored.appointment:
        occurrence.delete(call, stored)
    elif answer == "Decline":
        _discard(call, stored)
