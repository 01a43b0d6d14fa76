"""Sticky notes with their folders. They come with the tasks, and are counted by themselves."""

from __future__ import annotations

from engine.items.kind import Digests, ItemKind
from engine.items.way import ItemWay
from engine.migration.content import NOUNS, Content
from engine.ports.typed import TypedItem


def _key(note: TypedItem) -> bytes:
    return note.key


def _digests(note: TypedItem) -> Digests:
    return note.ours, note.theirs


KIND = ItemKind(
    Content.NOTES, noun=NOUNS[Content.NOTES], folder_class="IPF.StickyNote", key=_key, digests=_digests,
    elements=frozenset({"StickyNote"}),
)
NOTES = ItemWay(KIND)
