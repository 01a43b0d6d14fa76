"""Who somebody has to do with."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from engine.connectors.google.contacts.card import Card
from engine.connectors.google.contacts.person import own
from engine.connectors.google.reading.values import line
from engine.connectors.google.rest.asking import Json

FIELDS: Mapping[str, str] = MappingProxyType({
    "spouse": "SpouseName", "domesticPartner": "SpouseName", "partner": "SpouseName", "manager": "Manager",
    "assistant": "AssistantName",
})
REFERRED = "0x3a47"     # PidTagReferredByName


def put_relations(card: Card, person: Json) -> None:
    """Spouse or partner, manager, assistant, children, who has referred them; everybody else goes into the notes."""
    children = []
    for one in own(person, "relations"):
        name, kind = line(one, "person"), line(one, "type")
        if kind == "child" and name:
            children.append(name)
        elif not _put(card, kind, name):
            card.keep("Relation", name, kind)
    card.strings("Children", children)


def _put(card: Card, kind: str, name: str) -> bool:
    """False: there is no field for that kind, or none that is free."""
    if kind == "referredBy":
        return card.show(REFERRED, "Relation", name, kind)
    if kind not in FIELDS or not card.put(FIELDS[kind], name):
        return False
    card.note("Relation", name if kind in ("partner", "domesticPartner") else "", kind)
    return True
