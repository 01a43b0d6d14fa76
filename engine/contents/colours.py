"""The list of categories with their colours. It comes with mail, and before it: messages name them."""

from __future__ import annotations

from collections.abc import Sequence

from engine.items.run import Run
from engine.migration.content import Content
from engine.ports.colours import NO_SHORTCUT, category
from engine.ports.settings import Entry, Settings
from engine.settings.plan import LeftOut
from engine.settings.way import SettingWay

OWN = LeftOut(
    "the new mailbox has a category of this name with another colour or keyboard shortcut, which stays as it is"
)


def merged(there: Entry | None, wanted: Entry) -> Entry | LeftOut:
    """What is missing is added; one that the mailbox has stays."""
    if there is None:
        return wanted
    return there if there.shown == wanted.shown else OWN


def adapted(run: Run, settings: Settings, wanted: Sequence[Entry]) -> Sequence[Entry]:
    """The source's categories, without the keyboard shortcuts that others have there.

    Raises FatalError, HaltedError.
    """
    there = run.patiently(settings.read)
    taken = {category(entry.value).shortcut: entry.key for entry in reversed(there)}
    return [_adapted(entry, taken) for entry in wanted]


def _adapted(entry: Entry, taken: dict[str, str]) -> Entry:
    if entry.stays:
        return entry
    known = category(entry.value)
    if known.shortcut == NO_SHORTCUT or taken.setdefault(known.shortcut, entry.key) == entry.key:
        return entry
    return known.without_shortcut().entry


COLOURS = SettingWay(Content.COLOURS, merged, adapted)
