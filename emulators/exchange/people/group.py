"""Contact groups: MS-OXWSDLIST, and the pages of the elements DistributionList, Members and Member."""

from lxml import etree

from emulators.exchange.call import Call
from emulators.exchange.fragments import plain, written
from emulators.exchange.item import Item
from emulators.exchange.people import members, names
from emulators.exchange.soap import local

RETURNED = frozenset({"DisplayName", "FileAs", "Members"})
WITHHELD = frozenset({"ResponseObjects", "ReminderIsSet", "ReminderMinutesBeforeStart"})
DEFAULT = frozenset({"ItemId", "Subject", "HasAttachments", "DisplayName"})     # Assumption: in no table


def apply(call: Call, item: Item, element: etree._Element) -> bool:
    """Set the members; raises ItemError."""
    if local(element) != "Members":
        return False
    members.keep(item.extra, members.read(call, element))
    return True


def append(call: Call, item: Item, element: etree._Element) -> bool:
    """Add members to those that are there; raises ItemError."""
    if local(element) != "Members":
        return False
    members.keep(item.extra, [*members.kept(item.extra), *members.read(call, element)])
    return True


def finish(_call: Call, item: Item) -> None:
    """The subject of a group is its name (MS-OXOCNTC 2.2.2.2.5)."""
    name = plain(item.extra.get("DisplayName"))
    if name:
        item.subject = name[:255]


def element(call: Call, item: Item, name: str, search: bool) -> str | None:  # noqa: FBT001 - one signature for all kinds
    """One property as an element; a search returns no members (rule R11)."""
    if name == "Members":
        return "" if search else members.element(call, item.extra)
    if name == "IsDraft":
        return "<t:IsDraft>true</t:IsDraft>"        # Assumption: as recorded for contacts
    if name in ("DisplayName", "FileAs"):
        found = str(value(item, name) or "")
        return written(name, found[:255] if search else found) if found else ""
    return None


def value(item: Item, name: str) -> str | int | float | bool | list[str] | None:
    """What filters and sort orders compare. Assumption: a group is filed under its name unless a client says more."""
    found = plain(item.extra.get(name))
    if name == "FileAs":
        return found or names.display_name(item.extra) or None
    return found or None
