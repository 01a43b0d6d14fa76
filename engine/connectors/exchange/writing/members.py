"""The members of a contact group as CreateItem takes them, in as many groups as they need.

All members of a group together stay below 15,000 bytes, both as the ids of what they are and as one-off ids of names
and addresses ([MS-OXOCNTC] 2.2.2.2.1, 2.2.2.2.2). How long an id is: [MS-OXCDATA] 2.2.4.2, 2.2.5.1, and [MS-OXOCNTC]
2.2.2.2.4.1.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from engine.connectors.exchange.soap import attribute, text
from engine.connectors.exchange.typed.pointed import Pointed
from engine.ports.typed import Member, TypedItem

LARGEST = 14_500            # bytes; a contact may have a longer name here than the source told of the member
ITEM_ID = 21 + 70           # bytes, of what a member is
ONE_OFF = 24                # bytes before name, type and address
NAMED = 5                   # of those who are there by their addresses alone, in a report
BY_ADDRESS = (
    "there by their addresses alone, for no contacts at the destination have these addresses: {} of its members ({})"
)
UNFOLDED = "its group “{}” is not there as a group of its own; all who are in it are members themselves"
REFUSED = "the destination did not take it with contacts and groups as members; all who are in it are there by address"
OTHER = "the destination gave its member “{}” another address of the same contact than at the source, {}"
SPLIT = "it has more members than a group can hold, and became {} groups: “{}” to “{}”"


@dataclass(frozen=True, slots=True)
class Entry:
    """A member in a request: its element, and how many bytes it takes as what it is, and as a one-off id."""

    element: str
    size: int
    one_off: int


@dataclass(frozen=True, slots=True)
class Shaped:
    """The members of a group at the destination, in one part or more. `told` are words for the report.

    `is_as_read`: what the mailbox will say of it has the digest that was made of the source's.
    """

    parts: tuple[tuple[Entry, ...], ...]
    told: tuple[str, ...]
    is_as_read: bool


def shaped(item: TypedItem, *, as_items: bool = True) -> Shaped:
    """The members, each as what it is where that is at the destination; by address alone, where not `as_items`."""
    told = [] if as_items else [REFUSED]
    item = item if as_items else replace(item, linked={})
    found: dict[str, Entry] = {}
    by_address: list[str] = []
    is_as_read = True
    for member in item.members:
        ids = _ids(item, member)
        if not member.address:
            is_as_read = is_as_read and len(ids) == 1
            found |= {one.element: one for one in map(_group, [member] * len(ids), ids)}
            if not ids and as_items:
                told.append(UNFOLDED.format(member.name[:100]))
        for one in (member,) if member.address else member.instead if not ids else ():
            entry = _somebody(one, _ids(item, one))
            is_as_read = is_as_read and (one.is_first if _ids(item, one) else one.link is None)
            found.setdefault(entry.element, entry)
            if one.link is not None and not _ids(item, one):
                by_address.append(one.name)
    parts = tuple(_parts(list(found.values())))
    told += _words(by_address) if as_items else ()
    return Shaped(parts, tuple(told), is_as_read and len(parts) == 1)


def contacts_of(item: TypedItem) -> list[str]:
    """The ids of all contacts at the destination that may be members."""
    return [item_id for link, ids in item.linked.items() if link.address for item_id in ids]


def chosen(item: TypedItem, here: Pointed) -> TypedItem:
    """The same with each member as the contact that has the address, of those that may be meant; all are known `here`.

    Copies of a contact have the same key, and one that was copied before may have got another address at the source.
    """
    linked = {
        link: tuple(one for one in ids if here.has(one, link.address))[:1] if link.address else ids
        for link, ids in item.linked.items()
    }
    return replace(item, linked={link: ids for link, ids in linked.items() if ids})


def others(item: TypedItem) -> dict[str, str]:
    """The members who are contacts by another address than the first: their addresses, and their names."""
    everybody = [one for member in item.members for one in (member, *member.instead)]
    return {one.address.lower(): one.name for one in everybody if not one.is_first and _ids(item, one)}


def _ids(item: TypedItem, member: Member) -> tuple[str, ...]:
    return () if member.link is None else item.linked.get(member.link, ())


def _words(by_address: Sequence[str]) -> Iterator[str]:
    if by_address:
        names = ", ".join(name[:100] for name in by_address[:NAMED])
        yield BY_ADDRESS.format(len(by_address), names + (", …" if len(by_address) > NAMED else ""))


def _group(member: Member, item_id: str) -> Entry:
    inside = f"<t:MailboxType>PrivateDL</t:MailboxType><t:ItemId Id={attribute(item_id)}/>"
    return Entry(_element(inside), ITEM_ID, _one_off(member.name, "MAPIPDL", ""))


def _somebody(member: Member, ids: Sequence[str]) -> Entry:
    one_off = _one_off(member.name, member.routing, member.address)
    address = f"<t:EmailAddress>{text(member.address)}</t:EmailAddress>"
    if ids:
        kind = f"<t:MailboxType>Contact</t:MailboxType><t:ItemId Id={attribute(ids[0])}/>"
        return Entry(_element(address + kind), ITEM_ID, one_off)
    name = f"<t:Name>{text(member.name)}</t:Name>"
    kind = f"<t:RoutingType>{text(member.routing)}</t:RoutingType><t:MailboxType>OneOff</t:MailboxType>"
    return Entry(_element(name + address + kind), one_off, one_off)


def _element(inside: str) -> str:
    return f"<t:Member><t:Mailbox>{inside}</t:Mailbox></t:Member>"


def _one_off(*parts: str) -> int:
    return ONE_OFF + sum(len(part.encode("utf-16-le", "surrogatepass")) + 2 for part in parts)


def _parts(entries: Sequence[Entry]) -> Iterator[tuple[Entry, ...]]:
    """The members in groups that are not too large; one group without members where there is nobody."""
    start = size = one_off = 0
    for at, entry in enumerate(entries):
        if at > start and (size + entry.size > LARGEST or one_off + entry.one_off > LARGEST):
            yield tuple(entries[start:at])
            start, size, one_off = at, 0, 0
        size += entry.size
        one_off += entry.one_off
    yield tuple(entries[start:])
