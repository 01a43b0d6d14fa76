"""The subject of an item, as long as a server takes it."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.connectors.exchange.typed import xml

LONGEST_SUBJECT = 255       # MS-OXWSCORE_R74
CUT = "its subject was cut to 255 characters"


def cut_subject(item: etree._Element) -> Iterator[str]:
    """Cuts a subject that is too long; words for the report where it does."""
    subject = xml.words(item, "Subject")
    if len(subject) > LONGEST_SUBJECT:
        xml.put(item, "Subject", subject[:LONGEST_SUBJECT])
        yield CUT
