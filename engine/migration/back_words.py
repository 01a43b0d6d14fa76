"""What a rollback would do with each content, in words that every door says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from engine.migration.back import ContentBack, Preview
from engine.migration.content import NOUNS, Content
from engine.migration.request import Choice
from engine.words import number, plural

# A setting that is one thing, and not a list of them, is not counted.
WHOLE = frozenset({Content.OUT_OF_OFFICE})
UNKNOWN = "{}; nobody knows any more what was there before"
CLOSED = "{}, because the mailbox does not let this login see or change what is there"
ASKED: Mapping[Choice, str] = MappingProxyType({
    Choice.OUTLOOK_RULES: "{}, because Outlook keeps rules of its own in the mailbox now",
})


def says_more(preview: Preview) -> bool:
    """True: a line for each content says more than the number of items."""
    return len(preview.contents) > 1 or any(content.setting for content in preview.contents)


def puts_back_only(preview: Preview) -> bool:
    """True: all that a rollback would take back is parts of settings, which are put back and not removed."""
    return 0 < preview.items == preview.settings


def nothing_put_back(preview: Preview) -> str:
    """That settings stay as they are, where a rollback finds nothing else to do, without a full stop; "" elsewhere."""
    if not preview.lost or preview.items or preview.kept:
        return ""
    return "Nothing is put back unless you agree to what is asked" if preview.asks else "Nothing can be put back"


def line(back: ContentBack) -> str:
    """What becomes of a content, without a full stop: `Mail: 120 messages, 2 kept`."""
    return f"{back.content.capitalize()}: {', '.join(_parts(back))}"


def _parts(back: ContentBack) -> Iterator[str]:
    if back.lost:
        otherwise = CLOSED if back.closed else UNKNOWN
        why = next((ASKED[choice] for choice in sorted(back.asks) if choice in ASKED), otherwise)
        yield why.format("stays as it is" if back.content in WHOLE else "stay as they are")
    elif back.content in WHOLE:
        yield _whole(back)
    else:
        yield from _counted(back)


def _whole(back: ContentBack) -> str:
    if back.items:
        return "as it was before"
    return "changed since the migration, so it stays" if back.kept else "nothing to put back"


def _counted(back: ContentBack) -> Iterator[str]:
    name = NOUNS[back.content]
    if back.items or not (back.kept or back.apart):
        yield number(back.items, name) if back.items else f"no {plural(name)}"
    if back.setting and back.items:
        yield "put back"
    if back.kept:
        were = "was" if back.kept == 1 else "were"
        yield f"{back.kept:,} kept that {were} changed since"
    if back.apart:
        yield f"{back.apart:,} kept that may be {'a copy' if back.apart == 1 else 'copies'}"
