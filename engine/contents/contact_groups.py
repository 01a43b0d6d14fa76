"""Contact groups, which lie in folders for contacts. A member may be a contact, or another group, which goes first."""

from __future__ import annotations

from engine.items.kind import Digests, ItemKind
from engine.items.way import ItemWay
from engine.migration.content import NOUNS, Content
from engine.ports.typed import TypedItem

STAYING = "whoever was a member by a contact that is removed stays a member by name and address"


def _key(group: TypedItem) -> bytes:
    return group.key


def _digests(group: TypedItem) -> Digests:
    return group.ours, group.theirs


KIND = ItemKind(
    Content.CONTACT_GROUPS, noun=NOUNS[Content.CONTACT_GROUPS], folder_class="IPF.Contact", key=_key, digests=_digests,
    elements=frozenset({"DistributionList"}), folders_of=Content.CONTACTS,
    staying=STAYING, points_to=frozenset({Content.CONTACTS, Content.CONTACT_GROUPS}),
)
CONTACT_GROUPS = ItemWay(KIND)
