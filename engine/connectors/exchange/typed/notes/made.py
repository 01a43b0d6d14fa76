"""A sticky note as it was read, made into one that can be written into another mailbox."""

from __future__ import annotations

from lxml import etree

from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.by_itself import digest_here, item_of
from engine.connectors.exchange.typed.circumstances import Circumstances
from engine.connectors.exchange.typed.digests import theirs
from engine.connectors.exchange.typed.identity import search_key_of
from engine.connectors.exchange.typed.notes.facts import YELLOW
from engine.connectors.exchange.typed.notes.fields import COLOUR, FLAGS, NOTE
from engine.connectors.exchange.typed.properties import put_property, value_of
from engine.connectors.exchange.typed.subject import cut_subject
from engine.connectors.exchange.typed.whole import Whole
from engine.messages.source_key import key_by_content
from engine.ports.typed import TypedItem

_READ_OR_UNSENT = 1 | 8     # mfRead, mfUnsent: what a client may say of a new item [MS-OXCMSG] 2.2.1.6


def made(uid: int, whole: Whole, at: Circumstances) -> TypedItem:
    """The item, ready to be written but for its tag. Takes `whole` apart. Raises FatalError, RetryableError."""
    item = whole.item
    key, there = search_key_of(item) or key_by_content(xml.written(item)), theirs(whole)
    untold = [*whole.lacking, *cut_subject(item)]
    _say_what_it_is(item)
    digests = digest_here(whole, at.directory.becomes), there
    return item_of(uid, whole, NOTE, key=key, digests=digests, untold=untold)


def _say_what_it_is(item: etree._Element) -> None:
    """Gives a note its colour, by which a list of tags tells it from mail, and the flags that a client may set."""
    put_property(item, COLOUR, value_of(item, COLOUR.number) or YELLOW)
    flags = value_of(item, FLAGS.number)
    put_property(item, FLAGS, str(int(flags) & _READ_OR_UNSENT) if flags.isdecimal() else "1")
