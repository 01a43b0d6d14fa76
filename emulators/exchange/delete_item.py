"""DeleteItem.

MoveToDeletedItems moves; SoftDelete moves to Recoverable Items/Deletions, HardDelete to Recoverable
Items/Purges ("Deleting items by using EWS in Exchange"). What lies in the dumpster no longer counts against
the mailbox quota. An archive has its own Deleted Items and Recoverable Items.
"""

from emulators.exchange import associated, folder, item, outgoing
from emulators.exchange.calendar import occurrence, sending
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.item import Item
from emulators.exchange.soap import children, failure, is_true, response, success
from emulators.exchange.tasks import series

_DESTINATIONS = {"MoveToDeletedItems": "deleteditems", "SoftDelete": "recoverableitemsdeletions",
                 "HardDelete": "recoverableitemspurges"}


def delete_item(call: Call) -> str:
    """Answer a DeleteItem request; its messages carry no Items, as recorded."""
    answers = []
    for position, element in enumerate(children(call.request, "ItemIds")):
        try:
            hidden = associated.find(call, element)
            if hidden is not None:
                call.injected(position)
                _delete_hidden(call, hidden)
                answers.append(success("DeleteItem"))
                continue
            stored = occurrence.find(call, element)
            _check(call, stored)
            call.injected(position, item.received_bytes(call.db, stored) if call.item_faults else None)
            _delete(call, stored)
            answers.append(success("DeleteItem"))
        except ItemError as error:
            answers.append(failure("DeleteItem", error.code, error.text, values=error.values))
    return response("DeleteItem", answers)


def _delete_hidden(call: Call, hidden: Item) -> None:
    """An associated item is deleted hard or not at all (page of ResponseCode). Raises ItemError."""
    if call.request.get("DeleteType") != "HardDelete":
        raise ItemError("ErrorInvalidOperation")
    associated.bury_item(call, hidden)


def _check(call: Call, stored: Item) -> None:
    """Rule R4, for calendar items and tasks."""
    if stored.kind == "CalendarItem" and call.request.get("SendMeetingCancellations") is None:
        raise ItemError("ErrorSendMeetingCancellationsRequired")
    if stored.kind == "Task" and call.request.get("AffectedTaskOccurrences") is None:
        raise ItemError("ErrorAffectedTaskOccurrencesRequired")


def _delete(call: Call, stored: Item) -> None:
    if stored.kind == "Task" and call.request.get("AffectedTaskOccurrences") == "SpecifiedOccurrenceOnly":
        series.skip(call, stored)
        return
    if not stored.is_read and not is_true(call.request.get("SuppressReadReceipts")):
        outgoing.receipt(call, stored, "not-read receipt")
    sending.deleted(call, stored)
    if "original" in stored.appointment:
        occurrence.delete(call, stored)
        return
    destination = folder.beside(call, stored.folder, _DESTINATIONS[call.request.get("DeleteType", "HardDelete")])
    discard(call, stored, destination)


def discard(call: Call, stored: Item, destination: folder.Folder) -> None:
    """Move an item to its last places, and give its space back when that is the dumpster."""
    already = folder.in_dumpster(call.db, stored.folder)
    if destination.role == "recoverableitemspurges" and already:
        item.bury(call, stored)     # purged from the dumpster: gone for good
        call.db.execute("UPDATE item SET gone=1 WHERE row=?", (stored.row,))
        return
    item.relocate(call, stored, destination.id)
    if destination.role != "deleteditems" and not already:
        call.mailbox.used -= occurrence.whole_size(call, stored)
