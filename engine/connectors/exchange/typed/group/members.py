"""The members of a contact group, by what they are in every mailbox: addresses of mail, and items by their source keys.

[MS-OXWSDLIST] 2.2.4.2: a member is a mailbox; one that is a contact or a group of the mailbox has an ItemId besides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from lxml import etree

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.circumstances import Circumstances
from engine.connectors.exchange.typed.group.facts import NESTED
from engine.ports.typed import Link, Member

UNKNOWN = "no address of mail is known of its member “{}”, whose address only the old organization knows"
WITHOUT_ADDRESS = "its member “{}” has no address, and is left out"
GONE = "its member “{}” is a group that is no longer there, and is left out"


def look_ahead(groups: Sequence[etree._Element], at: Circumstances) -> None:
    """Asks which items the members of those groups are, and who is in the groups within them, however deep."""
    mailboxes = [one for group in groups for one in group.iterfind(f"{TYPES}Members/{TYPES}Member/{TYPES}Mailbox")]
    while mailboxes:
        at.pointed.learn(map(id_of, mailboxes))
        inner = {id_of(one) for one in mailboxes if xml.words(one, "MailboxType") == NESTED} - {"", *at.inside}
        at.inside.update({one: [] for one in inner} | at.pointed.members(inner))
        mailboxes = [one for each in inner for one in at.inside[each]]


def note_keys(item: etree._Element, at: Circumstances) -> None:
    """Gives each member that is an item of the mailbox that one's source key as its Key, and no other member one."""
    for member in item.iterfind(f"{TYPES}Members/{TYPES}Member"):
        ids = [id_of(one) for one in member.iterfind(f"{TYPES}Mailbox")]
        link = at.pointed.of(ids[0]) if any(ids) else None
        member.set("Key", "" if link is None else link.key.hex())


def members_of(item: etree._Element, at: Circumstances, untold: list[str]) -> tuple[Member, ...]:
    """The members, in their order. `untold` is told who is left out. Raises FatalError, RetryableError."""
    known = item.find(f"{TYPES}ItemId")
    own = "" if known is None else known.get("Id") or ""
    found = []
    for mailbox in item.iterfind(f"{TYPES}Members/{TYPES}Member/{TYPES}Mailbox"):
        if xml.words(mailbox, "MailboxType") == NESTED:
            found.append(_group(mailbox, at, own, untold))
        else:
            found.append(_somebody(mailbox, at, untold))
    return tuple(one for one in found if one is not None)


def _group(mailbox: etree._Element, at: Circumstances, outer: str, untold: list[str]) -> Member | None:
    inner = id_of(mailbox)
    link = at.pointed.of(inner) if inner else None
    if link is None:
        untold.append(GONE.format(_called(mailbox)))
        return None
    people = {(one.address.lower(), one.link): one for one in _people(inner, at, {outer})}
    return Member(xml.words(mailbox, "Name"), link=link, instead=tuple(people.values()))


def _people(group: str, at: Circumstances, seen: set[str]) -> Iterator[Member]:
    """Everybody in that group and in the groups within it, but for the groups that were `seen`."""
    todo = [group]
    while todo:
        at_hand = todo.pop()
        if at_hand in seen:
            continue
        seen.add(at_hand)
        for mailbox in at.inside.get(at_hand, ()):
            if xml.words(mailbox, "MailboxType") == NESTED:
                todo.append(id_of(mailbox))
            elif (member := _somebody(mailbox, at, [])) is not None:
                yield member


def _somebody(mailbox: etree._Element, at: Circumstances, untold: list[str]) -> Member | None:
    """Somebody with an address; one that only the old organization knows stays as it is. None: there is none."""
    before, routing = xml.words(mailbox, "EmailAddress").strip(), xml.words(mailbox, "RoutingType")
    if not before:
        untold.append(WITHOUT_ADDRESS.format(_called(mailbox)))
        return None
    link: Link | None = at.pointed.of(id_of(mailbox)) if id_of(mailbox) else None
    if routing.upper() not in ("", "SMTP", "EX"):       # a fax, say
        return Member(xml.words(mailbox, "Name") or before, before, routing, _by(link, before))
    address = at.directory.smtp(before, routing) or at.pointed.noted(id_of(mailbox), before)
    if not address:
        untold.append(UNKNOWN.format(_called(mailbox)))
        return Member(xml.words(mailbox, "Name") or before, before, routing or "EX", _by(link, before))
    if link is None:        # somebody's contact may hold the owner's old address, as what they wrote down
        address = at.directory.now(address)
    is_first = link is None or at.pointed.is_first(id_of(mailbox), before)
    return Member(xml.words(mailbox, "Name") or address, address, link=_by(link, address), is_first=is_first)


def _by(link: Link | None, address: str) -> Link | None:
    """What points to a contact that has that address."""
    return None if link is None else replace(link, address=address)


def _called(mailbox: etree._Element) -> str:
    return (xml.words(mailbox, "Name") or xml.words(mailbox, "EmailAddress"))[:100]


def id_of(mailbox: etree._Element) -> str:
    """The id of the contact or group that a member is; "" where it is none."""
    known = mailbox.find(f"{TYPES}ItemId")
    return "" if known is None else known.get("Id") or ""
