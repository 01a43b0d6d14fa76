"""What a sticky note is, in lines that are equal whichever server shows it: as in ../facts.py.

Where its window stands and how large it is are no part of it: both change when its owner only looks at it.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.facts import body_fact, strings
from engine.connectors.exchange.typed.notes.fields import COLOUR
from engine.connectors.exchange.typed.properties import value_of

_DEFAULTS = (("Sensitivity", "Normal"), ("Importance", "Normal"))
YELLOW = "3"        # [MS-OXONOTE] 2.2.1.1; what a program shows where nothing is said is its own choice


def item_facts(item: etree._Element, _owner: str) -> Iterator[str]:
    """What a note is, a line each."""
    yield f"Subject {' '.join(xml.words(item, 'Subject').split())}"
    for name, usual in _DEFAULTS:
        yield f"{name} {xml.words(item, name).strip() or usual}"
    yield f"Body {body_fact(item.find(f'{TYPES}Body'))}"
    yield f"Categories {strings(item, 'Categories')}"
    yield f"Colour {value_of(item, COLOUR.number) or YELLOW}"


def source_facts(item: etree._Element) -> Iterator[str]:
    """What else the same server tells in the same way each time."""
    yield f"Markup {''.join(xml.words(item, 'Body').split())}"


def time_facts(_item: etree._Element) -> Iterator[str]:
    """Nothing: a note has no time."""
    return iter(())
