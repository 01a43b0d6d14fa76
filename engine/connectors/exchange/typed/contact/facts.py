"""What a contact is, in lines that are equal whichever server shows it, and at whatever time.

As with appointments (typed/facts.py), *ours* holds nothing that a server computes or rewrites: not the subject where it
is the name; not what a contact is filed under where the server makes that of the name; neither the names of
e-mail addresses nor formatted addresses. A day is the day nearest to its instant, for programs keep one as midnight
somewhere or as noon.

*Theirs* holds all that is read of it but the reminder, which is dismissed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from lxml import etree

from engine.connectors.exchange.read import moment
from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.contact.fields import CONTACT, REMINDER, SEEN
from engine.connectors.exchange.typed.facts import body_fact
from engine.connectors.exchange.typed.flag import flag_fact
from engine.connectors.exchange.typed.properties import EXTENDED, number_of, value_of

DAYS = ("Birthday", "WeddingAnniversary")
LISTS = ("Categories", "Children", "Companies")
HOLDERS = ("EmailAddresses", "ImAddresses", "PhoneNumbers", "PhysicalAddresses")
_DEFAULTS = (("Sensitivity", "Normal"), ("Importance", "Normal"), ("PostalAddressIndex", "None"))
_COMPUTED = ("FileAs", "FileAsMapping", "PostalAddressIndex")
_LONGEST_SUBJECT = 255
_TEXTS = tuple(name for name in CONTACT.own if name not in (*DAYS, *LISTS, *HOLDERS, *_COMPUTED))
_HALF_A_DAY = timedelta(hours=12)
_TOLD = CONTACT.carried - {each.number for each in REMINDER}


def item_facts(item: etree._Element, _owner: str) -> Iterator[str]:
    """What a contact is, a line each."""
    for name in _TEXTS:
        yield f"{name} {_collapsed(xml.words(item, name))}"
    for name, usual in _DEFAULTS:
        yield f"{name} {xml.words(item, name).strip() or usual}"
    yield f"FileAs {_filed(item)}"
    yield f"Subject {_subject(item)}"
    yield flag_fact(item)
    yield f"Body {body_fact(item.find(f'{TYPES}Body'))}"
    for name in LISTS:
        yield f"{name} {sorted(filter(None, (_collapsed(one.text) for one in item.iterfind(f'{TYPES}{name}/*'))))}"
    for name in HOLDERS:
        yield f"{name} {sorted(_entries(item, name))}"
    for name in DAYS:
        found = moment(item, name)
        yield f"{name} {'' if found is None else (found + _HALF_A_DAY).date()}"
    for each in SEEN:
        yield f"{each.number} {_collapsed(value_of(item, each.number))}"


def source_facts(item: etree._Element) -> Iterator[str]:
    """What else the same server tells in the same way each time."""
    for one in item:
        if one.tag in CONTACT.order and not (one.tag == EXTENDED and number_of(one) not in _TOLD):
            yield _written(one)


def time_facts(_item: etree._Element) -> Iterator[str]:
    """A contact is at no time."""
    return iter(())


def _subject(item: etree._Element) -> str:
    """The subject, where it is none that a server makes of the name."""
    subject = _collapsed(xml.words(item, "Subject"))
    made = {_collapsed(xml.words(item, name)[:_LONGEST_SUBJECT]) for name in ("DisplayName", "FileAs")}
    return "" if subject in made else subject


def _filed(item: etree._Element) -> str:
    """What it is filed under: in which way, where the server makes it of the name."""
    mapping = xml.words(item, "FileAsMapping").strip() or "None"
    return _collapsed(xml.words(item, "FileAs")) if mapping == "None" else f"by {mapping}"


def _entries(item: etree._Element, name: str) -> Iterator[tuple[str, ...]]:
    """Key and value of each entry that has one; of an address its parts."""
    for entry in item.iterfind(f"{TYPES}{name}/{TYPES}Entry"):
        parts = tuple(f"{etree.QName(one).localname} {_collapsed(one.text)}" for one in entry if _collapsed(one.text))
        value = parts or ((_collapsed(entry.text),) if _collapsed(entry.text) else ())
        if value:
            yield (entry.get("Key") or "", *value)


def _written(one: etree._Element) -> str:
    return _collapsed(etree.tostring(one, method="c14n", with_tail=False).decode())


def _collapsed(value: str | None) -> str:
    return " ".join((value or "").split())
