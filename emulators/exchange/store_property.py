"""MAPI properties that the store computes from where an item lies, which version it is, and what it says and answers.

PidTagEntryId and PidTagParentEntryId (their form is that of ConvertId), PidTagChangeKey ([MS-OXCFXICS] 2.2.1.2.7),
PidTagConversationIndex and PidTagConversationTopic ([MS-OXOMSG] 2.2.1.3 and 2.2.1.5), PidTagBody ([MS-OXCMSG]
2.2.1.58.1).
"""

import base64
from collections.abc import Callable

from emulators.exchange import body, conversation, folder, ids, item
from emulators.exchange.call import Call
from emulators.exchange.extended import PropertyPath
from emulators.exchange.item import Item
from emulators.exchange.mime import Content


def _entry(call: Call, stored: Item) -> bytes | None:
    """The entry id. An occurrence is no message of the store and has none."""
    return None if "original" in stored.appointment else ids.entry_id(item.item_id(call, stored))


def _parent(call: Call, stored: Item) -> bytes:
    place = folder.by_id(call.db, stored.folder)
    return ids.entry_id(ids.folder_id(call.mailbox.guid, place.entry))


def _index(call: Call, stored: Item) -> bytes:
    return conversation.index(stored, _content(call, stored))


def _content(call: Call, stored: Item) -> Content:
    return Content(item.received_bytes(call.db, stored) or b"")


_BINARY: dict[int, Callable[[Call, Item], bytes | None]] = {
    0x0071: _index,
    0x0E09: _parent,
    0x0FFF: _entry,
    0x65E2: lambda call, stored: ids.change_xid(call.mailbox.guid, stored.change),
}


_TEXTS: dict[int, Callable[[Item, Content], str]] = {0x0070: conversation.topic, 0x1000: body.as_text}


def value(call: Call, stored: Item, path: PropertyPath) -> str | None:
    """The value of one of these properties; None for any other, and for an item that is attached to another."""
    if not (stored.row or stored.associated):
        return None
    if path.kind == "String" and path.tag in _TEXTS:
        return _TEXTS[path.tag](stored, _content(call, stored)) or None
    read = _BINARY.get(path.tag or 0) if path.kind == "Binary" else None
    found = read(call, stored) if read else None
    return None if found is None else base64.b64encode(found).decode()
