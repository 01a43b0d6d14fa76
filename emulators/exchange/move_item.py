"""MoveItem and CopyItem.

Both give a new id (rule R10); the search key is kept by both ([MS-OXCPRPT] lists PidTagSearchKey among what
a copy keeps). Assumption: the creation time of a copy is its own. PidTagCreationTime is set by the store for
each message it creates (its MAPI reference page), and a copy is created; no real trace of a copy was found.
"""

import copy

from lxml import etree

from emulators.exchange import associated, attached, delete_item, folder, item
from emulators.exchange.calendar import occurrence
from emulators.exchange.call import Call
from emulators.exchange.create_item import check_place
from emulators.exchange.errors import ItemError
from emulators.exchange.folder import Folder
from emulators.exchange.item import Item
from emulators.exchange.soap import children, failure, is_true, response, success


def move_item(call: Call) -> str:
    """Answer a MoveItem request."""
    return _transfer(call, "MoveItem")


def copy_item(call: Call) -> str:
    """Answer a CopyItem request."""
    return _transfer(call, "CopyItem")


def _transfer(call: Call, operation: str) -> str:
    wants_ids = call.request.findtext("{*}ReturnNewItemIds")
    answers = []
    for position, element in enumerate(children(call.request, "ItemIds")):
        try:
            target = folder.find(call, call.request[0][0], missing="ErrorToFolderNotFound")
            stored = _movable(call, element)
            if target.role != "deleteditems":      # Assumption: elsewhere a place is as it is at creation
                check_place(stored.kind, target)
            call.injected(position, item.received_bytes(call.db, stored) if call.item_faults else None)
            moved = _move(call, stored, target) if operation == "MoveItem" else _copy(call, stored, target)
            told = wants_ids is None or is_true(wants_ids)      # MS-OXWSCORE_R47
            answers.append(success(operation, item.items_element(call, moved) if told else "<m:Items/>"))
        except ItemError as error:
            answers.append(failure(operation, error.code, error.text, values=error.values, inner="<m:Items/>"))
    return response(operation, answers)


def _movable(call: Call, element: etree._Element) -> Item:
    """The item that an id names; raises ItemError for an occurrence or an associated item (page of ResponseCode)."""
    if associated.find(call, element) is not None:
        raise ItemError("ErrorInvalidOperation")
    stored = occurrence.find(call, element)
    occurrence.refuse(stored)
    return stored


def _move(call: Call, stored: Item, target: Folder) -> Item:
    if target.id != stored.folder:
        delete_item.discard(call, stored, target) if _to_dumpster(call, target) \
            else _restore(call, stored, target)
    return stored


def _to_dumpster(call: Call, target: Folder) -> bool:
    return folder.in_dumpster(call.db, target.id)


def _restore(call: Call, stored: Item, target: Folder) -> None:
    if folder.in_dumpster(call.db, stored.folder):
        _check_quota(call, stored)
        call.mailbox.used += occurrence.whole_size(call, stored)
    item.relocate(call, stored, target.id)


def _check_quota(call: Call, stored: Item) -> None:
    quota = call.settings.quota_bytes
    if quota is not None and call.mailbox.used + occurrence.whole_size(call, stored) > quota:
        raise ItemError("ErrorQuotaExceeded")


def _copy(call: Call, stored: Item, target: Folder) -> Item:
    _check_quota(call, stored)
    item.read_properties(call.db, [stored])
    made = copy.copy(stored)
    made.folder, made.entry = target.id, call.mailbox.entry()
    made.created = made.modified = call.now
    made.extra = dict(stored.extra)
    item.sign(call, made)
    made.born = made.change = made.content = call.mailbox.change()
    call.mailbox.used += occurrence.whole_size(call, stored)
    item.insert(call.db, [made])
    attached.copy(call.db, stored.row, made.row)
    occurrence.copy_exceptions(call, stored, made)
    return made
