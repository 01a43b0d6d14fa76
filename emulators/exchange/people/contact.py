"""Contacts: MS-OXWSCONT, and what recorded answers of Exchange Online and Exchange 2019 show."""

from collections.abc import Callable

from lxml import etree

from emulators.exchange import introduced, moments
from emulators.exchange.call import Call
from emulators.exchange.fragments import fragment, parsed, plain, written
from emulators.exchange.item import Item
from emulators.exchange.people import names
from emulators.exchange.soap import local, t, text

RETURNED = frozenset({"FileAs", "FileAsMapping", "DisplayName", "CompleteName"})
WITHHELD = frozenset({"ResponseObjects", "ReminderIsSet", "ReminderMinutesBeforeStart"})
# "Property sets and response shapes in EWS in Exchange", table 3.
DEFAULT = frozenset({
    "ItemId", "CompanyName", "CompleteName", "EmailAddresses", "FileAs", "HasAttachments", "ImAddresses",
    "JobTitle", "PhoneNumbers", "PhysicalAddresses"})
# What an IndexedFieldURI speaks of, and the element that holds it.
HOLDERS = {"ImAddress": "ImAddresses", "EmailAddress": "EmailAddresses", "PhoneNumber": "PhoneNumbers",
           "PhysicalAddress": "PhysicalAddresses"}
_TIMES = ("Birthday", "WeddingAnniversary")
_OWN_SUBJECT = "SubjectGiven"       # no name of the schema: it is kept, never shown


def apply(_call: Call, item: Item, element: etree._Element) -> bool:
    """Set a property that contacts treat in a way of their own; raises ItemError."""
    name = local(element)
    if name in HOLDERS.values():
        _replace(item, element)
    elif name in _TIMES:
        item.extra[name] = written(name, moments.utc_of(element.text or ""))
    elif name == "FileAs":
        # Assumption: a text of one's own ends an automatic form; FileAsMapping in the same request begins one.
        item.extra.pop("FileAsMapping", None)
        item.extra[name] = fragment(element)
    elif name == "Subject" and element.text:
        item.extra[_OWN_SUBJECT] = "1"
        return False
    else:
        return False
    return True


def _replace(item: Item, element: etree._Element) -> None:
    """Set a whole dictionary.

    Each key stands for properties of MAPI that have one value (MS-OXOCNTC 2.2.1.2 to 2.2.1.4). Assumption: an entry
    without a value is none, and of several with one key the last one counts.
    """
    last = {entry.get("Key"): entry for entry in element if len(entry) or entry.text}
    for entry in list(element):
        if last.get(entry.get("Key")) is not entry:
            element.remove(entry)
    name = local(element)
    item.extra[name] = fragment(element)
    if not len(element):
        del item.extra[name]


def finish(_call: Call, item: Item) -> None:
    """The subject of a contact is its display name (recorded), unless a client gave it another one."""
    if _OWN_SUBJECT not in item.extra or not item.subject:
        item.extra.pop(_OWN_SUBJECT, None)
        item.subject = names.display_name(item.extra)[:255]


def element(call: Call, item: Item, name: str, search: bool) -> str | None:  # noqa: FBT001 - one signature for all kinds
    """One property as an element."""
    if name == "PhoneNumbers" and not call.targets("Exchange2016"):
        return _phones(item)
    if name == "EmailAddresses":
        return _addresses(call, item, search=search)
    if name == "IsDraft":
        return "<t:IsDraft>true</t:IsDraft>"        # recorded
    shown = _SHOWN.get(name)
    return None if shown is None else shown(item.extra, 255 if search else -1)


def _shown_name(extra: names.Extra, limit: int) -> str:
    found = names.display_name(extra)
    return written("DisplayName", _cut(found, limit)) if found else ""


def _cut(value: str, limit: int) -> str:
    return value if limit < 0 else value[:limit]     # rule R11


_SHOWN: dict[str, Callable[[names.Extra, int], str]] = {
    "FileAs": lambda extra, limit: written("FileAs", _cut(names.file_as(extra), limit)),
    "FileAsMapping": lambda extra, _limit: written("FileAsMapping", names.mapping(extra)),
    "DisplayName": _shown_name,
    "CompleteName": lambda extra, _limit: names.complete_name(extra),
}


def _addresses(call: Call, item: Item, *, search: bool) -> str:
    """Entries with name, routing type and mailbox type; a search returns the address alone (recorded)."""
    if "EmailAddresses" not in item.extra:
        return ""
    detailed = not search and call.targets("Exchange2010")      # MS-OXWSCONT_R1275086 to R1275090
    inner = "".join(_address(entry, detailed=detailed) for entry in parsed(item.extra["EmailAddresses"]) if entry.text)
    return f"<t:EmailAddresses>{inner}</t:EmailAddresses>" if inner else ""


def _phones(item: Item) -> str | None:
    """The phones with keys that every version knows."""
    if "PhoneNumbers" not in item.extra:
        return None
    holder = parsed(item.extra["PhoneNumbers"])
    for entry in list(holder):
        if entry.get("Key") in introduced.KEYS:
            holder.remove(entry)
    return fragment(holder) if len(holder) else ""


def _address(entry: etree._Element, *, detailed: bool) -> str:
    address = entry.text or ""
    more = f' Name="{text(entry.get("Name") or address)}" RoutingType="{text(entry.get("RoutingType") or "SMTP")}"' \
           ' MailboxType="Contact"' if detailed else ""
    return f'<t:Entry Key="{entry.get("Key")}"{more}>{text(address)}</t:Entry>'


def chosen(kept: str, paths: frozenset[str]) -> str:
    """A dictionary element cut down to the entries, or the parts of addresses, that these paths name."""
    if not kept:
        return ""
    holder = parsed(kept)
    for entry in list(holder):
        for part in list(entry):
            if f"PhysicalAddress:{local(part)}:{entry.get('Key')}" not in paths:
                entry.remove(part)
        asked = any(f"{kind}:{entry.get('Key')}" in paths for kind, name in HOLDERS.items() if name == local(holder))
        if not asked and not len(entry):
            holder.remove(entry)
    return fragment(holder) if len(holder) else ""


def holder_of(path: str) -> str:
    """The element that holds the entry a path names: "PhoneNumber:HomePhone", "PhysicalAddress:City:Home"."""
    return HOLDERS.get(path.partition(":")[0], "")


def value(item: Item, name: str) -> str | int | float | bool | list[str] | None:
    """What filters and sort orders compare; "PhoneNumber:HomePhone" and the like for entries."""
    match name:
        case "FileAs":
            return names.file_as(item.extra)
        case "FileAsMapping":
            return names.mapping(item.extra)
        case "DisplayName":
            return names.display_name(item.extra) or None
        case "Companies" | "Children":
            kept = item.extra.get(name)
            return None if kept is None else [one.text or "" for one in parsed(kept)]
    if ":" in name:
        return entry_value(item, name)
    return plain(item.extra[name]) if name in item.extra else None


def entry_value(item: Item, path: str) -> str | None:
    """One entry of a dictionary: "PhoneNumber:HomePhone", "PhysicalAddress:City:Home"."""
    kind, *part, key = path.split(":")
    holder = HOLDERS.get(kind, "")
    if holder not in item.extra:
        return None
    for entry in parsed(item.extra[holder]):
        if entry.get("Key") == key:
            return entry.findtext(t(part[0])) if part else entry.text
    return None
