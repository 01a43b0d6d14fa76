"""Associated (FAI) items of folders: the user configurations that lie in them, and the messages that are rules.

A configuration named N is an associated item of the class IPM.Configuration.N ([MS-OXOCFG] 2.2.2). Folders do not
count it, searches find it by the Associated traversal only, synchronization by the scope NormalAndAssociatedItems.
Rules are hidden messages of the Inbox; see rules/hidden.py.
"""

import base64
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache

from lxml import etree

from emulators.exchange import folder, ids
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.folder import Folder
from emulators.exchange.item import READ, Item
from emulators.exchange.rules import hidden

_CLASS = "IPM.Configuration."
# [MS-OXOCFG] 2.2.2.1 and 2.2.2.3: which streams there are, and the one with XML.
_KINDS, _XML = "tag:0x7c06", "tag:0x7c08"
_HAS_XML, _HAS_DICTIONARY = 0x02, 0x04


@dataclass(slots=True)
class Configuration:
    """One user configuration: `dictionary` as XML, `xml` and `binary` as base64, each None when it has none.

    `gone` is the number of the change that deleted it, 0 while it is there.
    """

    mailbox: int
    folder: int
    entry: int
    name: str
    dictionary: str | None
    xml: str | None
    binary: str | None
    created: str
    modified: str
    born: int
    change: int
    gone: int = 0


_COLUMNS = ", ".join(one.name for one in fields(Configuration))


def _where(db: sqlite3.Connection, condition: str, *values: object) -> list[Configuration]:
    rows = db.execute(f"SELECT {_COLUMNS} FROM user_configuration WHERE {condition}", values)  # noqa: S608 - our own names
    return [Configuration(*row) for row in rows]


def named(call: Call, place: Folder, name: str) -> Configuration | None:
    """The configuration of a folder with this name, in any case of letters."""
    found = _where(call.db, "folder=? AND gone=0 AND lower(name)=?", place.id, name.lower())
    return found[0] if found else None


def of_folder(db: sqlite3.Connection, folder: int) -> list[Configuration]:
    """The configurations of a folder, the newest first."""
    return _where(db, "folder=? AND gone=0 ORDER BY born DESC", folder)


def by_entry(call: Call, entry: int) -> Configuration | None:
    """The configuration with this number in its ItemId."""
    found = _where(call.db, "mailbox=? AND entry=? AND gone=0", call.mailbox.id, entry)
    return found[0] if found else None


def find(call: Call, element: etree._Element) -> Item | None:
    """The associated item that an ItemId element names; None when it names none."""
    return finder(call)(element)


def finder(call: Call) -> Callable[[etree._Element], Item | None]:
    """What `find` finds for one element after the other, while none of the items changes."""
    there = cache(lambda: {one.entry: one for one in (*map(as_item, _of_mailbox(call)), *_rules(call))})

    def found(element: etree._Element) -> Item | None:
        try:
            entry = ids.parse_id(element.get("Id", ""))
        except ItemError:
            return None
        is_here = entry.kind == "item" and entry.mailbox == call.mailbox.guid
        return there().get(entry.number) if is_here else None

    return found


def _of_mailbox(call: Call) -> list[Configuration]:
    return _where(call.db, "mailbox=? AND gone=0", call.mailbox.id)


def items(call: Call, place: Folder) -> list[Item]:
    """The associated items of a folder, the newest first."""
    rules = _rules(call) if place.distinguished == "inbox" else []
    return [as_item(one) for one in of_folder(call.db, place.id)] + rules[::-1]


def _rules(call: Call) -> list[Item]:
    """The messages of the Inbox that are rules, if the server shows them."""
    if not call.settings.shows_rule_messages:
        return []
    return hidden.items(call.db, call.mailbox, folder.distinguished(call, "inbox").id, call.now)


def bury_item(call: Call, stored: Item) -> None:
    """Delete the configuration or the rule that an associated item is."""
    found = by_entry(call, stored.entry)
    if found is not None:
        bury(call, found)
    else:
        hidden.bury(call.db, call.mailbox, stored.entry)


def buried(call: Call, folder: int) -> list[Configuration]:
    """The configurations that were deleted from a folder."""
    return _where(call.db, "folder=? AND gone>0 ORDER BY gone", folder)


def write(call: Call, one: Configuration) -> None:
    """Store it, new or changed, with its next change number."""
    one.change, one.modified = call.mailbox.change(), call.now
    one.born, one.entry = one.born or one.change, one.entry or call.mailbox.entry()
    _store(call, one)


def bury(call: Call, one: Configuration) -> None:
    """Delete it; what stays is for SyncFolderItems."""
    one.gone = call.mailbox.change()
    _store(call, one)


def _store(call: Call, one: Configuration) -> None:
    values = tuple(getattr(one, each.name) for each in fields(Configuration))
    call.db.execute(f"INSERT OR REPLACE INTO user_configuration ({_COLUMNS})"  # noqa: S608 - our own names
                    f" VALUES ({', '.join('?' * len(values))})", values)


def as_item(one: Configuration) -> Item:
    """The configuration as the item that it is."""
    kinds = (_HAS_XML if one.xml is not None else 0) | (_HAS_DICTIONARY if one.dictionary is not None else 0)
    properties: dict[str, tuple[str, str | list[str]]] = {_KINDS: ("Integer", str(kinds))}
    if one.xml is not None:
        properties[_XML] = ("Binary", one.xml)
    size = sum(len(part) for part in (one.name, one.dictionary or "", one.xml or "", one.binary or ""))
    return Item(
        mailbox=one.mailbox, folder=one.folder, entry=one.entry, kind="Message", item_class=_CLASS + one.name,
        subject=_CLASS + one.name, sensitivity="Normal", importance="Normal", received=one.created, sent=one.created,
        created=one.created, modified=one.modified, flags=READ, flag={}, icon=None, verb=None, verb_time=None,
        categories=[], read_receipt=False, delivery_receipt=False, message_id=None, attachments=False, size=size,
        search_key=base64.b64encode(one.name.encode()).ljust(16)[:16], extra={}, appointment={}, mime=None,
        born=one.born, change=one.change, content=one.change, properties=properties, associated=True)
