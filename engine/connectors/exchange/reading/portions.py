"""Many items of a folder, in as few requests as bring them: read whole, or named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from lxml import etree

from engine.connectors.exchange.errors import CodeError
from engine.connectors.exchange.reading.asking import Asking
from engine.connectors.exchange.reading.listing import about_items
from engine.connectors.exchange.reading.numbering import Numbering
from engine.connectors.exchange.soap import MESSAGES
from engine.ports.items import Envelope

MOST_AT_ONCE = 50                   # items in one request
MOST_BYTES = 2 * 1024 * 1024        # of items in one request, by their listed sizes
NAMED_AT_ONCE = 100


def parts(numbering: Numbering, numbers: Sequence[int]) -> Iterator[list[int]]:
    """The items that are there, as many at once as one request brings."""
    part: list[int] = []
    size = 0
    for number in numbers:
        if numbering.id(number) is None:
            continue
        if part and (len(part) == MOST_AT_ONCE or size + numbering.size(number) > MOST_BYTES):
            yield part
            part, size = [], 0
        part.append(number)
        size += numbering.size(number)
    if part:
        yield part


def named(
    asking: Asking, numbering: Numbering, numbers: Sequence[int], shape: str, name: Callable[[etree._Element], Envelope]
) -> dict[int, Envelope]:
    """What to call those items, by `name` of the element that comes in that shape; one that is gone is left out."""
    there = [number for number in sorted(set(numbers)) if numbering.id(number) is not None]
    found: dict[int, Envelope] = {}
    for start in range(0, len(there), NAMED_AT_ONCE):
        part = there[start : start + NAMED_AT_ONCE]
        answer = asking.all(about_items([numbering.known_id(number) for number in part], shape))
        for number, one in zip(part, answer, strict=True):
            if not isinstance(one, CodeError) and (item := one.find(f"{MESSAGES}Items/*")) is not None:
                found[number] = name(item)
    return found
