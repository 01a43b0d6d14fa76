"""A contact as it was read, made into one that can be written into another mailbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lxml import etree

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.circumstances import Circumstances
from engine.connectors.exchange.typed.contact.addresses import readdress
from engine.connectors.exchange.typed.contact.facts import HOLDERS, LISTS
from engine.connectors.exchange.typed.contact.fields import CONTACT, PHONES
from engine.connectors.exchange.typed.digests import ours, theirs
from engine.connectors.exchange.typed.flag import settle_flag
from engine.connectors.exchange.typed.identity import search_key_of
from engine.connectors.exchange.typed.properties import EXTENDED
from engine.connectors.exchange.typed.reduced import reduced
from engine.connectors.exchange.typed.reminders import silence_flag
from engine.connectors.exchange.typed.shown import Shown
from engine.connectors.exchange.typed.whole import Whole
from engine.messages.source_key import key_by_content
from engine.ports.typed import TypedItem

LONGEST_SUBJECT = 255       # MS-OXWSCORE_R74
NEW_PHONE = "its phone number {} is not carried: Exchange 2013 does not know the kind {}"
CUT = "its subject was cut to 255 characters"


def made(uid: int, whole: Whole, at: Circumstances) -> TypedItem:
    """The contact, ready to be written but for its tag. Takes `whole` apart. Raises FatalError, RetryableError."""
    item = whole.item
    key, digest = search_key_of(item) or key_by_content(xml.written(item)), theirs(whole)
    untold = [*whole.lacking, *readdress(item, at.directory), *_put_right(item)]
    silence_flag(item, at.now)
    settle_flag(item)
    standing = replace(whole, attachments=tuple(replace(one, fact=one.will_be) for one in whole.attachments))
    here = ours(standing, at.directory.becomes)
    element = xml.written(reduced(Shown(item), CONTACT))
    attachments = tuple(one.element for one in whole.attachments)
    return TypedItem(
        uid, element, key, here, digest, sum(map(len, (element, *attachments))), attachments,
        untold="; ".join(dict.fromkeys(untold)),
    )


def _put_right(item: etree._Element) -> Iterator[str]:
    """Puts right what a server would refuse, and takes away what it makes itself; words on what is lost by it."""
    yield from _drop_new_phones(item)
    _drop_empty(item)
    subject = xml.words(item, "Subject")
    if subject == xml.words(item, "DisplayName")[:LONGEST_SUBJECT]:     # recorded: a server makes it of the name
        xml.drop(item, "Subject")
    elif len(subject) > LONGEST_SUBJECT:
        xml.put(item, "Subject", subject[:LONGEST_SUBJECT])
        yield CUT


def _drop_new_phones(item: etree._Element) -> Iterator[str]:
    """Takes away what stands under keys that came with later servers; words on each number."""
    for entry in list(item.iterfind(f"{TYPES}PhoneNumbers/{TYPES}Entry")):
        if entry.get("Key") not in PHONES:
            entry.getparent().remove(entry)     # type: ignore[union-attr]  # it has one
            if (entry.text or "").strip():
                yield NEW_PHONE.format((entry.text or "").strip()[:100], entry.get("Key"))


def _drop_empty(item: etree._Element) -> None:
    """Takes away what says nothing: the schema wants an entry in each dictionary."""
    for name in (*HOLDERS, *LISTS):
        for entry in list(item.iterfind(f"{TYPES}{name}/*")):
            if not any(part.strip() for part in entry.itertext()):
                entry.getparent().remove(entry)     # type: ignore[union-attr]  # it has one
    for one in list(item):
        if one.tag != EXTENDED and not len(one) and not one.text:
            item.remove(one)
