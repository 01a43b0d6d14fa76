"""A label of Google's, made into Exchange's element of a contact group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lxml import etree

from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.group.fields import GROUP
from engine.connectors.exchange.typed.group.made import made as made_of_element
from engine.connectors.exchange.typed.whole import Whole
from engine.connectors.google.contacts import made as contacts
from engine.connectors.google.contacts.listed import FOLDER
from engine.connectors.google.groups.listed import folders, listed
from engine.connectors.google.reading.items import At, Found, Reading
from engine.connectors.google.reading.pointed import circumstances
from engine.connectors.google.reading.values import line
from engine.connectors.google.rest.asking import Json
from engine.messages.envelope import plain
from engine.migration.content import Content
from engine.ports.items import Envelope
from engine.ports.source import Role
from engine.ports.typed import Link, TypedItem

LONGEST_NAME = 255      # characters
MISSING_ONE = "one of its members is not among the contacts that Google lists, and is left out"
MISSING = "{} of its members are not among the contacts that Google lists, and are left out"
CUT = "its name was cut to 255 characters"


def reading() -> Reading:
    """How labels are read as contact groups."""
    return Reading("contact groups", folders, listed, made, envelope, Role.CONTACTS, apart=True)


def made(number: int, found: Found, at: At) -> TypedItem:
    """The group, ready to be written but for its tag and members, each of whom is a contact with an address."""
    _, beside = found.parts
    item = _made(number, found, beside["members"], at)
    return replace(item, theirs=_made(number, found, [{**one, **_alike(one)} for one in beside["members"]], at).theirs)


def _alike(member: Json) -> Json:
    """What a member is told by, in whatever order Google lists its addresses."""
    return {"address": member["same"], "first": True}


def _made(number: int, found: Found, members: list[Json], at: At) -> TypedItem:
    label, beside = found.parts
    keys = {str(one["id"]): contacts.key(str(one["id"]), at) for one in members if one["address"]}
    links = {member: Link(Content.CONTACTS, key, FOLDER.ref) for member, key in keys.items()}
    whole = Whole(_element(label, members), lacking=tuple(_untold(label, beside)))
    further = frozenset(str(one["id"]) for one in members if not one["first"])
    return made_of_element(number, whole, circumstances(at, links, further))


def envelope(label: Json) -> Envelope:
    """The name of the label."""
    return Envelope(plain(line(label, "name")), "", "")


def _element(label: Json, members: list[Json]) -> etree._Element:
    item, name = xml.new(GROUP.element), line(label, "name")[:LONGEST_NAME]
    xml.add(item, "DisplayName", name)
    xml.add(item, "FileAs", name)
    holder = xml.add(item, "Members")
    for one in members:
        mailbox = xml.add(xml.add(holder, "Member"), "Mailbox")
        xml.add(mailbox, "Name", str(one["name"]))
        xml.add(mailbox, "EmailAddress", str(one["address"]))
        xml.add(mailbox, "RoutingType", "SMTP")
        xml.add(mailbox, "MailboxType", "Contact")
        xml.add(mailbox, "ItemId", Id=str(one["id"]))
    return item


def _untold(label: Json, beside: Json) -> Iterator[str]:
    if beside["missing"] == 1:
        yield MISSING_ONE
    elif beside["missing"] > 1:
        yield MISSING.format(beside["missing"])
    if len(line(label, "name")) > LONGEST_NAME:
        yield CUT
