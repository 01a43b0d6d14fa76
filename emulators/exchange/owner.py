"""What the owner of a mailbox does with their mail while somebody else reads it: a request of a client of theirs."""

import sqlite3
from collections.abc import Callable, Mapping

from lxml import etree

from emulators.exchange import delete_item, delivery, folder, ids, move_item, update_item
from emulators.exchange.call import Call
from emulators.exchange.faults import Fault
from emulators.exchange.mailbox import Mailbox
from emulators.exchange.soap import MESSAGES, TYPES

_XMLNS = f'xmlns:m="{MESSAGES}" xmlns:t="{TYPES}"'
_OPERATIONS: Mapping[str, Callable[[Call], str]] = {
    "DeleteItem": delete_item.delete_item, "MoveItem": move_item.move_item, "UpdateItem": update_item.update_item}


def request(db: sqlite3.Connection, owner: Mailbox, fault: Fault) -> etree._Element:
    """The request that carries out an "owner" fault; raises LookupError when what it names is not there."""
    items = "".join(_items(db, owner, fault.name))
    if fault.act in ("delete", "purge"):
        how = "MoveToDeletedItems" if fault.act == "delete" else "HardDelete"
        return etree.fromstring(
            f'<m:DeleteItem {_XMLNS} DeleteType="{how}" SendMeetingCancellations="SendToNone"'
            f' AffectedTaskOccurrences="AllOccurrences" SuppressReadReceipts="true"><m:ItemIds>{items}</m:ItemIds>'
            "</m:DeleteItem>")
    if fault.act == "move":
        place = delivery.folder_at(db, owner, tuple(fault.path))
        target = f'<t:FolderId Id="{ids.folder_id(owner.guid, place.entry)}"/>'
        return etree.fromstring(f"<m:MoveItem {_XMLNS}><m:ToFolderId>{target}</m:ToFolderId><m:ItemIds>{items}"
                                "</m:ItemIds></m:MoveItem>")
    return _marking(_items(db, owner, fault.name), "true" if fault.act == "read" else "false")


def carry_out(call: Call) -> None:
    """Do what the request says; raises ValueError when it cannot be done."""
    answer = _OPERATIONS[str(etree.QName(call.request).localname)](call)
    if 'ResponseClass="Error"' in answer:
        raise ValueError(f"The owner could not: {answer}")


def _items(db: sqlite3.Connection, owner: Mailbox, subject: str) -> list[str]:
    """The ItemId elements of what has this subject, outside the dumpsters."""
    rows = db.execute("SELECT folder, entry FROM item WHERE mailbox=? AND subject=? AND gone=0", (owner.id, subject))
    found = [f'<t:ItemId Id="{ids.item_id(owner.guid, place, entry)}"/>' for place, entry in rows.fetchall()
             if not folder.in_dumpster(db, place)]
    if not found:
        raise LookupError(f"There is no item {subject}.")
    return found


def _marking(items: list[str], read: str) -> etree._Element:
    """The UpdateItem that sets IsRead."""
    changes = "".join(
        f'<t:ItemChange>{one}<t:Updates><t:SetItemField><t:FieldURI FieldURI="message:IsRead"/><t:Message><t:IsRead>'
        f"{read}</t:IsRead></t:Message></t:SetItemField></t:Updates></t:ItemChange>" for one in items)
    return etree.fromstring(
        f'<m:UpdateItem {_XMLNS} MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"'
        f' SuppressReadReceipts="true"><m:ItemChanges>{changes}</m:ItemChanges></m:UpdateItem>')
