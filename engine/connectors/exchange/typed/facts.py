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
from datetime import UTC
from functools import lru_cache
from types import MappingProxyType

from lxml import etree

from engine.connectors.exchange.read import instant
from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.fields import BUSY, PEOPLE, SEQUENCE, STATE
from engine.connectors.exchange.typed.shown import Shown
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
LATELY, SHORT = 64, 4096        # texts that are remembered, and characters of the longest
ANSWERS = ("Tentative", "Accept", "Decline")
_RESPONSE = f"{TYPES}ResponseType"
_BUSY_ELSEWHERE = "4"       # PidLidBusyStatus [MS-OXOCAL] 2.2.1.2, which an Exchange 2010 has no word for


def item_facts(shown: Shown, owner: str) -> list[str]:
    """What an appointment is, but for when, a line each; `owner` is the address of the mailbox's owner.

    The owner is not counted among the people: a server may or may not show them there.
    """
    if not shown.told:
        shown.told = tuple(_plain_facts(shown))
    mine = {owner.lower()}
    return [
        *shown.told, f"Busy {busy(shown)} {shown.words('IsAllDayEvent') == 'true'}",
        *[f"{name} {len({address for _, address in shown.people(name)} - mine)}" for name in PEOPLE],
    ]


def _plain_facts(shown: Shown) -> list[str]:
    """What nothing changes on the way, but for a subject that is too long."""
    words = shown.words
    return [
        *[f"{name} {' '.join(words(name).split())}" for name in _TEXTS],
        *[f"{name} {words(name).strip() or usual}" for name, usual in _DEFAULTS],
        f"Body {body_fact(shown.field('Body'))}", f"Categories {_strings(shown.field('Categories'))}",
    ]


def here_facts(shown: Shown, owner: str, known_as: Mapping[str, str] = NOBODY) -> list[str]:
    """What else stands in the mailbox as it was written: the zone, and whom it is with; `owner` is left out.

    Of an address in `known_as` the digest holds the other one. Names and kinds of addresses are the directory's.
    """
    words, mine = shown.words, {owner.lower()}
    return [
        f"Zone {zone_fact(shown.field('StartTimeZone'))}",
        f"Answer {_answer(words('MyResponseType'))}",
        f"Reminds {words('ReminderIsSet') == 'true'}",
        f"AllowNewTimeProposal {words('AllowNewTimeProposal') or 'true'}",
        *[
            f"{name} {sorted({known_as.get(address, address) for _, address in shown.people(name)} - mine)}"
            for name in PEOPLE
        ],
    ]


def source_facts(shown: Shown) -> list[str]:
    """What else the same server tells in the same way each time."""
    words = shown.words
    return [
        f"Markup {_without_blanks(words('Body'))}",
        f"Zone {zone_fact(shown.field('StartTimeZone'))}",
        f"AllowNewTimeProposal {words('AllowNewTimeProposal') or 'true'}",
        f"Answer {words('MyResponseType')}",
        f"Sent {[shown.value(number) for number in (STATE, SEQUENCE)]}",
        *[f"{name} {sorted((address, _response(one)) for one, address in shown.people(name))}" for name in PEOPLE],
    ]


def _response(attendee: etree._Element) -> str:
    for one in attendee:        # of two or three elements: faster than a search
        if one.tag == _RESPONSE:
            return one.text or ""
    return ""


def time_facts(shown: Shown) -> tuple[str, ...]:
    """When it begins and ends, and how it recurs."""
    if not shown.timed:
        shown.timed = (
            f"Times {_time(shown.words('Start'))} {_time(shown.words('End'))}",
            f"Recurrence {sorted(_recurrence(shown.field('Recurrence')))}",
        )
    return shown.timed


def busy(shown: Shown) -> str:
    """LegacyFreeBusyStatus, as the property behind it says where the server has no word for it."""
    elsewhere = shown.value(BUSY) == _BUSY_ELSEWHERE
    return "WorkingElsewhere" if elsewhere else shown.words("LegacyFreeBusyStatus")


def answer(item: etree._Element) -> str:
    """What the owner has answered; "" where that is nothing, and of what nobody else has sent them."""
    return _answer(xml.words(item, "MyResponseType"))


def _answer(said: str) -> str:
    return said if said in ANSWERS else ""


def strings(item: etree._Element, name: str) -> list[str]:
    """The texts of a list, in an order that does not change."""
    return _strings(xml.field(item, name))


def _strings(found: etree._Element | None) -> list[str]:
    return [] if found is None else sorted((one.text or "").strip() for one in found.iterchildren(f"{TYPES}String"))


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
        return _without_blanks(body.text)
    shown = html.unescape(_TAG.sub("", _BESIDE_THE_WORDS.sub("", body.text)))
    return "".join(shown.split())


@lru_cache(maxsize=LATELY)
def _again(words: str) -> str:
    return "".join(words.split())


def _without_blanks(words: str) -> str:
    """The same without blanks. Texts are told of more than once, and those of a series of its occurrences as well."""
    return _again(words) if len(words) <= SHORT else "".join(words.split())


def recurrence_facts(item: etree._Element) -> Iterator[str]:
    """Pattern and end; what a server fills in where a client said nothing is left out."""
    return _recurrence(xml.field(item, "Recurrence"))


def _recurrence(found: etree._Element | None) -> Iterator[str]:
    for part in () if found is None else found.iterchildren("*"):
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


@lru_cache(maxsize=LATELY)
def _time(said: str) -> str:
    """A time in UTC, to the second, by what a server says; "" where that is none."""
    found = instant(said)
    return "" if found is None else found.astimezone(UTC).isoformat(timespec="seconds")
