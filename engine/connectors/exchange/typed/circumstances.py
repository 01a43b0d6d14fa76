"""What the making of items needs to know beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.connectors.exchange.typed.addresses import Directory
from engine.connectors.exchange.typed.pointed import Pointed


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Who is who, what time it is, and which items others point to."""

    directory: Directory
    now: datetime
    pointed: Pointed
