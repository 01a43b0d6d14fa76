"""What the making of items needs to know beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.connectors.exchange.typed.addresses import Directory


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Who is who, and what time it is."""

    directory: Directory
    now: datetime
