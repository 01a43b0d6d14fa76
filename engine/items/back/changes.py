"""What its owner has done to an item since it was made: nothing, or something that must not be lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from typing import TypeVar

from engine.errors import RefusedError
from engine.items.kind import ItemKind
from engine.items.run import Run
from engine.items.tags import parse_tag
from engine.ports.destination import HalfWriting
from engine.ports.items import TaggedItem

Answer = TypeVar("Answer")
COPY_TOLERANCE = timedelta(seconds=5)
DIGESTS_AT_ONCE = 50        # whole items, with all that a digest is of


def unmodified(item: TaggedItem) -> bool:
    """True: nothing about it was changed since it was made, not even by the server."""
    return item.created is not None and item.modified is not None and item.modified - item.created <= COPY_TOLERANCE


def original_first(item: TaggedItem) -> tuple[datetime, datetime]:
    """Sorts the original before its copies: created first; where a server keeps that time on a copy, changed first."""
    never = datetime(9999, 1, 1, tzinfo=UTC)
    return (item.created or never, item.modified or never)


def changed(run: Run, kind: ItemKind, items: Iterable[TaggedItem]) -> set[str]:
    """The ids of those items that their owner has changed: by their times, or where their tags hold digests, by these.

    Of an unfinished item its writer says whether it is as we have left it.
    """
    known = [(item, tag) for item in items if (tag := parse_tag(item.tag)) is not None]
    whole = [item for item, tag in known if not tag.unfinished]
    begun = _touched(run, kind, [item.id for item, tag in known if tag.unfinished])
    if kind.digests is None:
        return begun | {item.id for item in whole if kind.changed(item)}
    return begun | _differing(run, kind, whole)


def _touched(run: Run, kind: ItemKind, ids: Sequence[str]) -> set[str]:
    """Those unfinished items that are there and of which nothing proves that they are as we have left them."""
    writer = run.destination.writer(kind.content) if ids else None
    told = _portions(run, writer.untouched, ids) if isinstance(writer, HalfWriting) else ()
    proven: set[str] = set(chain.from_iterable(told))
    left = [item_id for item_id in ids if item_id not in proven]
    return set(run.patiently(partial(run.destination.names, left))) if left else set()


def untouched(run: Run, kind: ItemKind, items: Iterable[TaggedItem]) -> set[str]:
    """The ids of those items that nobody has touched since they were made."""
    known = list(items)
    if kind.digests is None:
        return {item.id for item in known if unmodified(item)}
    return {item.id for item in known} - _differing(run, kind, known)


def _differing(run: Run, kind: ItemKind, items: list[TaggedItem]) -> set[str]:
    """Those whose digest is not the one in their tag, or is not told although they are there: it may be any.

    One that is gone by now differs in nothing that could be kept.
    """
    writer = run.destination.writer(kind.content)
    wanted = {item.id: tag.ours for item in items if (tag := parse_tag(item.tag)) is not None}
    now = dict(chain.from_iterable(found.items() for found in _portions(run, writer.digests, list(wanted))))
    differing = {item_id for item_id, digest in now.items() if digest != wanted[item_id]}
    untold = [item_id for item_id in wanted if item_id not in now]
    return differing | (set(run.patiently(partial(run.destination.names, untold))) if untold else set())


def _portions(
    run: Run, ask: Callable[[Sequence[str]], Answer], ids: Sequence[str], portion: int = DIGESTS_AT_ONCE
) -> Iterator[Answer]:
    """What the destination tells of them, in portions. What is refused is asked for one by one, and then left out."""
    for start in range(0, len(ids), portion):
        some = ids[start : start + portion]
        try:
            yield run.patiently(partial(ask, some))
        except RefusedError:
            if len(some) > 1:
                yield from _portions(run, ask, some, 1)
