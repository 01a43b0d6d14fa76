"""What the making of items needs to know beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from lxml import etree

from engine.connectors.exchange.typed.addresses import Directory
from engine.connectors.exchange.typed.pointed import Pointed


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
    pointed: Pointed
    inside: dict[str, list[etree._Element]] = field(default_factory=dict)
