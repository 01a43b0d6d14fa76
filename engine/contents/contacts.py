"""Contacts: people and companies with their folders. An item is an element of Exchange's own vocabulary.

Contact groups lie in the same folders, and are a content of their own.
"""

from __future__ import annotations

from engine.items.kind import Digests, ItemKind
from engine.items.way import ItemWay
from engine.migration.content import NOUNS, Content
from engine.ports.typed import TypedItem


def _key(contact: TypedItem) -> bytes:
    return contact.key


def _digests(contact: TypedItem) -> Digests:
    return contact.ours, contact.theirs


KIND = ItemKind(
    Content.CONTACTS, noun=NOUNS[Content.CONTACTS], folder_class="IPF.Contact", key=_key, digests=_digests,
    elements=frozenset({"Contact"}),
)
CONTACTS = ItemWay(KIND)
