"""What the making of items needs to know beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from lxml import etree

from engine.connectors.exchange.typed.addresses import Directory
from engine.ports.typed import Link


class PointedTo(Protocol):
    """The items that others point to, by their ids in the source. Its methods raise FatalError, RetryableError."""

    def learn(self, ids: Iterable[str]) -> None:
        """Asks for what is not known yet of those items."""
        ...

    def of(self, item_id: str) -> Link | None:
        """What points to the item of that id; None: nothing can."""
        ...

    def is_first(self, item_id: str, address: str) -> bool:
        """True: it is the first address of that contact, which is known."""
        ...

    def noted(self, item_id: str, address: str) -> str:
        """The address of mail that is noted beside that one of a contact, which is known; "": none."""
        ...

    def members(self, ids: Collection[str]) -> dict[str, list[etree._Element]]:
        """The members of those groups, as Mailbox elements, by the groups' ids."""
        ...


class Present(Protocol):
    """Who is who, and what time it is."""

    @property
    def directory(self) -> Directory: ...

    @property
    def now(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Who is who, what time it is, and which items others point to.

    `inside` are the members of groups, as Mailbox elements, by the ids of the groups.
    """

    directory: Directory
    now: datetime
    pointed: PointedTo
    inside: dict[str, list[etree._Element]] = field(default_factory=dict)
