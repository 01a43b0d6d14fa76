"""Google's items that others point to: contacts, as the members of labels."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from lxml import etree

from engine.connectors.exchange.typed.circumstances import Circumstances
from engine.connectors.google.reading.items import At
from engine.ports.typed import Link


@dataclass(frozen=True, slots=True)
class Known:
    """What is known without a question; fills in `typed.circumstances.PointedTo`.

    `links` point to contacts with an address, by their ids. Of those in `further` it is not the first one.
    """

    links: Mapping[str, Link] = field(default_factory=lambda: MappingProxyType({}))
    further: frozenset[str] = frozenset()

    def learn(self, ids: Iterable[str]) -> None:
        """Nothing is asked."""

    def of(self, item_id: str) -> Link | None:
        """What points to the contact of that id; None: it has no address."""
        return self.links.get(item_id)

    def is_first(self, item_id: str, _address: str) -> bool:
        """True: the contact is a member by its first address."""
        return item_id not in self.further

    def noted(self, _item_id: str, _address: str) -> str:
        """Nothing: all addresses are of mail."""
        return ""

    def members(self, _ids: Collection[str]) -> dict[str, list[etree._Element]]:
        """Nothing: no label is in another one."""
        return {}


def circumstances(
    at: At, links: Mapping[str, Link] = MappingProxyType({}), further: frozenset[str] = frozenset()
) -> Circumstances:
    """What the making of Exchange's elements needs to know; as in Known."""
    return Circumstances(at.directory, at.now, Known(links, further))
