"""What Check first found, below the form's button. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.views import blocks
from bot.views.blocks import Piece, bold, cleaned, words
from engine.items.foreseen import Foreseen
from engine.migration import ahead_words as say
from engine.migration.content import Content
from engine.migration.looking_ahead import Ahead

Live = Sequence[tuple[Content, str]]
MOST_FOLDERS = 10       # of a content, that are named: a form is read standing
LINE = 300              # characters
NOT_SEEN = "OMM could not look at your mailboxes: above, in red, stands why. Nothing was written."
LOOKING = (
    "Looking at both mailboxes… Nothing is written. Large mailboxes take some minutes: "
    "if you close this form, OMM writes to you."
)


def looking() -> Piece:
    """While it is being looked."""
    return blocks.alert("looking", "info", LOOKING)


def not_seen() -> Piece:
    """Where something is wrong."""
    return blocks.alert("not_seen", "error", NOT_SEEN)


def wrong(why: str) -> Piece:
    """What the form lacks before anybody can look."""
    return blocks.alert("not_seen", "error", why)


def seen(ahead: Ahead, quota: int | None, live: Live = ()) -> list[Piece]:
    """What was seen, a block a content, and what it comes to. `live` is what the source does by itself."""
    found = [_content(content, each) for content, each in ahead.contents.items()]
    found += [_block(content, [_line(content, cleaned(text, LINE))]) for content, text in live]
    ends = [say.space(ahead, quota), say.time_needed(ahead), say.NOTHING_WRITTEN]
    return [*found, blocks.rich("seen", *([words(line)] for line in ends))]


def in_short(ahead: Ahead, quota: int | None, live: Live = ()) -> Iterator[str]:
    """The same in sentences, without folders."""
    for content, each in ahead.contents.items():
        yield f"{content.capitalize()}: {' '.join(say.sums(content, each))}"
    for content, text in live:
        yield f"{content.capitalize()}: {text}"
    yield say.space(ahead, quota)
    yield say.time_needed(ahead)


def _content(content: Content, found: Foreseen) -> Piece:
    first, *others = [*say.sums(content, found), *say.left(found), *say.unread(found)]
    lines = [_line(content, cleaned(first, LINE))]
    lines += [[words(cleaned(line, LINE))] for line in others]
    folders = say.new_folders(found)
    lines += [[words(cleaned(f"• {say.mapping(each)}", LINE))] for each in folders[:MOST_FOLDERS]]
    if len(folders) > MOST_FOLDERS:
        lines.append([words(f"• and {len(folders) - MOST_FOLDERS:,} more folders")])
    return _block(content, lines)


def _line(content: Content, text: str) -> list[Piece]:
    return [bold(f"{content.capitalize()}: "), words(text)]


def _block(content: Content, lines: Sequence[list[Piece]]) -> Piece:
    return blocks.rich(f"seen_{content.value.replace(' ', '_')}", *lines)
