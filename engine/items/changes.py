"""What its owner has done to an item since it was made: nothing, or something that must not be lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from engine.errors import RefusedError
from engine.items.kind import ItemKind
from engine.items.run import Run
from engine.items.tags import parse_tag
from engine.ports.destination import ItemWriter
from engine.ports.items import TaggedItem

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

    An item that was not finished is nobody's work but ours.
    """
    whole = [item for item in items if (tag := parse_tag(item.tag)) is not None and not tag.unfinished]
    if kind.digests is None:
        return {item.id for item in whole if kind.changed(item)}
    return _differing(run, kind, whole)


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
    now = _digests(run, writer, list(wanted))
    differing = {item_id for item_id, digest in now.items() if digest != wanted[item_id]}
    untold = [item_id for item_id in wanted if item_id not in now]
    return differing | (set(run.patiently(partial(run.destination.names, untold))) if untold else set())


def _digests(run: Run, writer: ItemWriter, ids: Sequence[str], portion: int = DIGESTS_AT_ONCE) -> dict[str, str]:
    """What the destination tells of them, in portions. What is refused is asked for one by one, and then left out."""
    found: dict[str, str] = {}
    for start in range(0, len(ids), portion):
        some = ids[start : start + portion]
        try:
            found |= run.patiently(partial(writer.digests, some))
        except RefusedError:
            if len(some) > 1:
                found |= _digests(run, writer, some, 1)
    return found
