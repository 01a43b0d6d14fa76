"""What an appointment is, in lines that are equal whichever server shows it, and at whatever time.

A digest of *ours* is compared with what the mailbox says much later, so it holds nothing that a server computes or
rewrites: times are in UTC, a body is its words and where its links lead, without markup and blanks (a server wraps HTML
anew each time), lists have an order, what is empty counts like what is not there. People are told by their addresses; a
directory may show another one of theirs than was written (aliases.py). Nor does it hold what changes without the owner:
what others have answered, names (a linked contact), ids, the organizer. A reminder that is dismissed, and an answer of
the owner's that a server does not keep, are known by what may have been written (perhaps.py).

One of *theirs* is compared between two visits to the same mailbox, and holds the markup of the body, all answers, and
what an organizer has sent since: a cancellation, the number of an update.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from lxml import etree

from engine.connectors.exchange.read import moment
from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.fields import BUSY, PEOPLE, SEQUENCE, STATE
from engine.connectors.exchange.typed.properties import value_of
from engine.connectors.exchange.typed.zones import zone_fact

_BESIDE_THE_WORDS = re.compile(r"<!--.*?-->|<(head|style|script)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
# Links that no server takes away or writes otherwise: those of a scheme that a browser or a mail program opens.
_LINK = re.compile(r"""<a\s[^>]*?href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""", re.IGNORECASE)
_LEADS = ("http:", "https:", "mailto:", "tel:")
NOBODY: Mapping[str, str] = MappingProxyType({})
_DEFAULTS = (("Sensitivity", "Normal"), ("Importance", "Normal"), ("ReminderMinutesBeforeStart", ""),
             ("IsResponseRequested", "true"))
_TEXTS = ("Subject", "Location", "MeetingWorkspaceUrl", "NetShowUrl")
ANSWERS = ("Tentative", "Accept", "Decline")
_BUSY_ELSEWHERE = "4"       # PidLidBusyStatus [MS-OXOCAL] 2.2.1.2, which an Exchange 2010 has no word for


def item_facts(item: etree._Element, owner: str) -> Iterator[str]:
    """What an appointment is, but for when, a line each; `owner` is the address of the mailbox's owner.

    The owner is not counted among the people: a server may or may not show them there.
    """
    for name in _TEXTS:
        yield f"{name} {' '.join(xml.words(item, name).split())}"
    for name, usual in _DEFAULTS:
        yield f"{name} {xml.words(item, name).strip() or usual}"
    yield f"Body {body_fact(xml.field(item, 'Body'))}"
    yield f"Categories {strings(item, 'Categories')}"
    yield f"Busy {busy(item)} {xml.words(item, 'IsAllDayEvent') == 'true'}"
    mine = {owner.lower()}
    for name in PEOPLE:
        yield f"{name} {len({_address(one) for one in _people(item, name)} - mine)}"


def here_facts(item: etree._Element, owner: str, known_as: Mapping[str, str] = NOBODY) -> Iterator[str]:
    """What else stands in the mailbox as it was written: the zone, and whom it is with; `owner` is left out.

    Of an address in `known_as` the digest holds the other one. Names and kinds of addresses are the directory's.
    """
    yield f"Zone {zone_fact(item)}"
    yield f"Answer {answer(item)}"
    yield f"Reminds {xml.words(item, 'ReminderIsSet') == 'true'}"
    yield f"AllowNewTimeProposal {xml.words(item, 'AllowNewTimeProposal') or 'true'}"
    for name in PEOPLE:
        found = (_address(one) for one in _people(item, name))
        yield f"{name} {sorted({known_as.get(one, one) for one in found} - {owner.lower()})}"


def source_facts(item: etree._Element) -> Iterator[str]:
    """What else the same server tells in the same way each time."""
    yield f"Markup {''.join(xml.words(item, 'Body').split())}"
    yield f"Zone {zone_fact(item)}"
    yield f"AllowNewTimeProposal {xml.words(item, 'AllowNewTimeProposal') or 'true'}"
    yield f"Answer {xml.words(item, 'MyResponseType')}"
    yield f"Sent {[value_of(item, number) for number in (STATE, SEQUENCE)]}"
    for name in PEOPLE:
        yield f"{name} {sorted((_address(one), xml.words(one, 'ResponseType')) for one in _people(item, name))}"


def time_facts(item: etree._Element) -> Iterator[str]:
    """When it begins and ends, and how it recurs."""
    yield f"Times {_time(item, 'Start')} {_time(item, 'End')}"
    yield f"Recurrence {sorted(recurrence_facts(item))}"


def busy(item: etree._Element) -> str:
    """LegacyFreeBusyStatus, as the property behind it says where the server has no word for it."""
    return "WorkingElsewhere" if value_of(item, BUSY) == _BUSY_ELSEWHERE else xml.words(item, "LegacyFreeBusyStatus")


def answer(item: etree._Element) -> str:
    """What the owner has answered; "" where that is nothing, and of what nobody else has sent them."""
    found = xml.words(item, "MyResponseType")
    return found if found in ANSWERS else ""


def strings(item: etree._Element, name: str) -> list[str]:
    """The texts of a list, in an order that does not change."""
    return sorted((one.text or "").strip() for one in xml.inner(item, name, "String"))


def body_fact(body: etree._Element | None) -> str:
    """The words of a body, and where its links lead."""
    words = markless(body)
    if body is None or not body.text or body.get("BodyType") != "HTML":
        return words
    found = ("".join(html.unescape("".join(one)).split()).lower() for one in _LINK.findall(body.text))
    links = sorted({one for one in found if one.startswith(_LEADS)})
    return " ".join((words, *links))


def markless(body: etree._Element | None) -> str:
    """The words of a body, without markup and blanks."""
    if body is None or not body.text:
        return ""
    if body.get("BodyType") != "HTML":
        return "".join(body.text.split())
    shown = html.unescape(_TAG.sub("", _BESIDE_THE_WORDS.sub("", body.text)))
    return "".join(shown.split())


def _people(item: etree._Element, name: str) -> Iterator[etree._Element]:
    return xml.inner(item, name, "Attendee")


def _address(attendee: etree._Element) -> str:
    for one in attendee.iter(f"{TYPES}EmailAddress"):       # there is one, in its Mailbox
        return (one.text or "").strip().lower()
    return ""


def recurrence_facts(item: etree._Element) -> Iterator[str]:
    """Pattern and end; what a server fills in where a client said nothing is left out."""
    for part in xml.inner(item, "Recurrence"):
        name = etree.QName(part).localname
        yield name
        for one in part:
            field, value = etree.QName(one).localname, (one.text or "").strip()
            if field.endswith("Date"):
                yield f"{name} {field} {value[:10]}"
            elif field == "DaysOfWeek":
                yield f"{name} {field} {sorted(value.split())}"
            elif field != "FirstDayOfWeek":
                yield f"{name} {field} {int(value) if value.isdecimal() else value}"


def _time(item: etree._Element, name: str) -> str:
    found = moment(item, name)
    return "" if found is None else _utc(found)


def _utc(found: datetime) -> str:
    return found.astimezone(UTC).isoformat(timespec="seconds")
