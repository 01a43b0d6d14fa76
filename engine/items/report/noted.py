"""What a report says of items that were written: lines of earlier visits come back, whatever ended these.

What is foretold of an item is in the journal before the request leaves that writes it; what is sure of one that has
arrived is noted there when its tag is closed. So a process that dies takes nothing of it along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine.items.batches import Entry
from engine.items.kind import ItemKind
from engine.items.run import Run
from engine.items.source.listing import Listing
from engine.items.tags import Tag, parse_tag
from engine.ports.destination import Foretelling, ItemWriter
from engine.ports.items import Foretold, Item, Outcome, Tagged, Verdict
from engine.ports.source import SourceFolder

Note = tuple[SourceFolder, Entry | None, str]       # without an entry: the source has the item no more


def foretold(writer: ItemWriter, items: Sequence[Tagged[Any]]) -> dict[str, Foretold]:
    """What is foretold of those items, by their tags; nothing of one of which there is nothing to be said."""
    known = writer.foretold(items) if isinstance(writer, Foretelling) else [Foretold()] * len(items)
    found = zip(items, known, strict=True)
    told = ((new, replace(one, untold=(*_of_source(new.item), *one.untold))) for new, one in found)
    return {new.tag: one for new, one in told if one.untold or one.perhaps}


def with_untold(pending: Sequence[tuple[Entry, Item]], outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The outcomes, each of what may be there with what its source does not tell of it as well."""
    return [
        replace(outcome, untold=(*_of_source(item), *outcome.untold))
        if item.untold and outcome.verdict in (Verdict.DONE, Verdict.UNKNOWN) else outcome
        for (_, item), outcome in zip(pending, outcomes, strict=True)
    ]


def _of_source(item: Item) -> tuple[str, ...]:
    return (item.untold,) if item.untold else ()


def untold_of(tags: Sequence[str], outcomes: Sequence[Outcome]) -> dict[str, tuple[str, ...]]:
    """What is to be noted of those that have arrived, by their tags."""
    return {
        tag: outcome.untold for tag, outcome in zip(tags, outcomes, strict=True)
        if outcome.verdict is Verdict.DONE and outcome.untold
    }


def close_arrived(run: Run, kind: ItemKind, tags: Sequence[str], ids: Mapping[str, str]) -> None:
    """Closes open tags of an earlier process whose items have arrived, and notes what is to be said of these.

    `ids` are those of the items, by the tags. Raises FatalError.
    """
    known = {tag: one for tag, one in run.journal.foretold().items() if tag in tags} if tags else {}
    asked = {ids[tag]: one.perhaps for tag, one in known.items() if one.perhaps and tag in ids}
    writer = run.destination.writer(kind.content)
    proved = writer.proved(asked) if asked and isinstance(writer, Foretelling) else {}
    untold = {tag: (*one.untold, *proved.get(ids.get(tag, ""), ())) for tag, one in known.items()}
    run.journal.close(tags, untold={tag: words for tag, words in untold.items() if words})


def notes_of(
    noted: Mapping[str, Sequence[str]], listings: Sequence[Listing], is_given: Callable[[Tag], bool]
) -> Iterator[Note]:
    """What earlier visits have noted, of items as they are listed now.

    `is_given`, of a tag: this visit has written such an item itself, and says what there is to be said.
    """
    wanted: dict[bytes, list[tuple[Tag, Sequence[str]]]] = {}
    for written, words in noted.items():
        parsed = parse_tag(written)
        if parsed is not None and parsed.key and not is_given(parsed):
            wanted.setdefault(bytes.fromhex(parsed.key), []).append((parsed, words))
    places = _places(wanted, listings) if wanted else {}
    for key, found in wanted.items():
        for tag, words in found:
            source, entry = _entry(listings, places.get(key, []), tag)
            yield from ((source, entry, each) for each in words)


def _places(wanted: Mapping[bytes, object], listings: Sequence[Listing]) -> dict[bytes, list[tuple[int, int]]]:
    """Where items of those keys are: the number of a listing, and that of the item in it."""
    found: dict[bytes, list[tuple[int, int]]] = {}
    for index, listing in enumerate(listings):
        for number in range(len(listing)):
            if (key := listing.key(number)) in wanted:
                found.setdefault(key, []).append((index, number))
    return found


def _entry(
    listings: Sequence[Listing], places: Sequence[tuple[int, int]], tag: Tag
) -> tuple[SourceFolder, Entry | None]:
    """The item of that tag: one of its folder, where there is any; the twin of its number, where there are several."""
    at_home = [place for place in places if listings[place[0]].code == tag.folder] or places
    if not at_home:
        home = next((listing.folder for listing in listings if listing.code == tag.folder), None)
        return home or SourceFolder((), ""), None
    index, number = at_home[min(tag.twin, len(at_home) - 1)]
    listing = listings[index]
    return listing.folder, Entry(listing.uids[number], listing.sizes[number], listing.key(number), index, number)
