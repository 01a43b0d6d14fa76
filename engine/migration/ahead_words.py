"""What Check first found, in words that every door shows: plain text, a line each."""

from __future__ import annotations

from collections.abc import Iterator

from engine.items.foreseen import Foreseen, Mapped
from engine.items.report.lines import old_mail
from engine.migration.content import NOUNS, Content
from engine.migration.looking_ahead import Ahead
from engine.words import duration, number, plural, size

NOTHING_WRITTEN = "Nothing was written or changed. What is at the destination already is not copied again."
MOST_LEFT = 5       # folders that stay, by name
ROUGH = "a rough estimate by what mail servers usually let through"
LONGEST_PATH = 120      # characters


def sums(content: Content, found: Foreseen) -> Iterator[str]:
    """How much of a content there is, and what of it would not arrive, or not stay: a sentence each."""
    noun = NOUNS[content]
    if not found.items and not found.left_out:
        yield f"no {plural(noun)} found."
    elif content is Content.COLOURS:
        yield f"{number(found.items, noun)}."
    else:
        folders = sum(1 for folder in found.folders if folder.items)
        yield f"{number(found.items, noun)}, {size(found.size)}, in {number(folders, 'folder')}."
    if found.too_large:
        yield f"{number(found.too_large, noun)} too large for the destination; each will be named in the report."
    if found.left_out:
        yield f"{number(found.left_out, 'item')} will be left out; the report will say why."
    for rule, count in found.old.items():
        yield f"{number(count, noun)} affected by a rule of the destination. {old_mail(rule)[1].capitalize()}."


def left(found: Foreseen) -> Iterator[str]:
    """The folders that stay, the first of them by name."""
    for each in found.left[:MOST_LEFT]:
        count = "" if each.items is None else f" ({number(each.items, 'item')})"
        yield f"The folder {shown(each.path)}{count} stays: {each.reason}."
    if len(found.left) > MOST_LEFT:
        yield f"{number(len(found.left) - MOST_LEFT, 'more folder')} will stay, too; the report will name each."


def unread(found: Foreseen) -> Iterator[str]:
    """The folders that the source does not list, with its words."""
    for path, why in found.unread.items():
        yield f"The folder {shown(path)} cannot be listed: {why}"


def new_folders(found: Foreseen) -> list[Mapped]:
    """The folders that would be made, and those that go to one of another name."""
    return [each for each in found.folders if each.new or not _is_the_same(each)]


def _is_the_same(folder: Mapped) -> bool:
    return [name.casefold() for name in folder.source] == [name.casefold() for name in folder.destination]


def mapping(folder: Mapped) -> str:
    """Where a folder goes: `Sent → Sent Items`."""
    if not folder.destination:
        return f"{_cut(shown(folder.source))} → nowhere: too many folders have its name"
    return f"{_cut(shown(folder.source))} → {_cut(shown(folder.destination))}{' (new)' if folder.new else ''}"


def _cut(path: str) -> str:
    """A path of which the beginning and the end are said."""
    half = LONGEST_PATH // 2
    return path if len(path) <= LONGEST_PATH else f"{path[:half]}…{path[-half:]}"


def shown(path: tuple[str, ...]) -> str:
    """A folder's path, for people."""
    return "/".join(path)


def space(ahead: Ahead, quota: int | None) -> str:
    """The size of all that moves against what the destination may hold, in bytes; None: nobody has said."""
    need = f"All together {size(ahead.size)}."
    if quota is None:
        return f"{need} How much the destination may hold is unknown: Exchange does not tell it."
    if ahead.size > quota:
        return f"{need} That is more than the {size(quota)} that the destination may hold: not everything will fit."
    return f"{need} The destination may hold {size(quota)}, what is in it already included."


def time_needed(ahead: Ahead) -> str:
    """How long it may take."""
    quick, slow = ahead.seconds
    if ahead.source is not None and ahead.days and quick == slow:
        row = ahead.source.row
        gives = f"{row.called} gives no more than {size(row.a_day)} of mail in a day"
        return f"It should take about {duration(slow)}: {gives}."
    if slow < 60:
        return "It should take less than a minute."
    if quick < 60:
        return f"It may take up to {duration(slow)}: {ROUGH}."
    return f"It may take from {duration(quick)} to {duration(slow)}: {ROUGH}."
