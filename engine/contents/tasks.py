"""Tasks with their folders. An item is an element of Exchange's own vocabulary."""

from __future__ import annotations

from engine.items.kind import Digests, ItemKind
from engine.items.way import ItemWay
from engine.migration.content import NOUNS, Content
from engine.ports.typed import TypedItem


def _key(task: TypedItem) -> bytes:
    return task.key


def _digests(task: TypedItem) -> Digests:
    return task.ours, task.theirs


KIND = ItemKind(
    Content.TASKS, noun=NOUNS[Content.TASKS], folder_class="IPF.Task", key=_key, digests=_digests,
    elements=frozenset({"Task"}),
)
TASKS = ItemWay(KIND)
