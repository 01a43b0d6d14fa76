"""What a change of a calendar would have sent: invitations, updates, cancellations (MS-OXWSMTGS 2.2.5.1, 2.2.5.3)."""

from emulators.exchange import outgoing
from emulators.exchange.calendar import attendees, saved_copy
from emulators.exchange.call import Call
from emulators.exchange.item import Item

_NOBODY = "SendToNone"
_COPY = "AndSaveCopy"


def created(call: Call, new: Item) -> None:
    """Note the invitations of a new meeting (MS-OXWSMTGS_R4400, R4600, R4800).

    Where `Settings.unsent_meetings_sent_later` is on, one that was saved unsent, and does not say that it was sent
    (PidLidFInvited), is sent all the same.
    """
    if new.kind != "CalendarItem":
        return
    if call.request.get("SendMeetingInvitations", _NOBODY) != _NOBODY:
        invited = attendees.addresses(new)
        new.appointment["sent"] = new.appointment["sent"] or bool(invited)
        outgoing.meeting(call, new, "meeting request", invited)
    elif call.settings.unsent_meetings_sent_later and not new.appointment["sent"]:
        outgoing.meeting(call, new, "meeting request, later", attendees.addresses(new))


def keeps_copy(call: Call) -> bool:
    """Whether a copy of the invitations of new meetings is kept."""
    return call.request.get("SendMeetingInvitations", _NOBODY).endswith(_COPY)


def kept(call: Call, new: Item) -> None:
    """Keep a copy of the invitations of a stored meeting. Raises ItemError ErrorQuotaExceeded."""
    if keeps_copy(call):
        saved_copy.save(call, new, "REQUEST", attendees.addresses(new))


def updated(call: Call, item: Item, before: list[str], *, moved: bool) -> None:
    """Note the updates of a meeting: to all, or to whom was added or taken away (MS-OXWSMTGS_R6000 to R6501).

    An update that is sent of new times has the next sequence number (MS-OXOCAL 3.1.4.6.1). Only the organizer sends any
    (MS-OXOCAL 3.1.4.7.3): what attendees change of their items stays with them.
    """
    wanted = call.request.get("SendMeetingInvitationsOrCancellations", _NOBODY)
    if item.kind != "CalendarItem" or wanted == _NOBODY or item.appointment["response"] != "Organizer":
        return
    invited = attendees.addresses(item)
    gone = [one for one in before if one not in invited]
    told = [one for one in invited if one not in before] if "Changed" in wanted else invited
    outgoing.meeting(call, item, "meeting update" if item.appointment["sent"] else "meeting request", told)
    outgoing.meeting(call, item, "meeting cancellation", gone)
    if told and moved:
        item.appointment["sequence"] += 1
    item.appointment["sent"] = item.appointment["sent"] or bool(told)
    if wanted.endswith(_COPY):
        saved_copy.save(call, item, "REQUEST", told)
        saved_copy.save(call, item, "CANCEL", gone)


def deleted(call: Call, item: Item) -> None:
    """Note the cancellations of an own meeting that is deleted (MS-OXWSMTGS_R4500, R4700, R4900)."""
    wanted = call.request.get("SendMeetingCancellations", _NOBODY)
    if item.kind == "CalendarItem" and wanted != _NOBODY and item.appointment["response"] == "Organizer":
        outgoing.meeting(call, item, "meeting cancellation", attendees.addresses(item))
        if wanted.endswith(_COPY):
            saved_copy.save(call, item, "CANCEL", attendees.addresses(item))
