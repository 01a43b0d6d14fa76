"""Google as one installation reaches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import requests

from engine.clock import utc_now
from engine.connectors.google.access.clients import Client, ServiceAccount
from engine.connectors.google.rest import web
from engine.connectors.network.pinning import Network


@dataclass(frozen=True, slots=True)
class Google:
    """The clients and the service account that an installation has, and where Google's interfaces are.

    `api_url` has no slash at its end. `hide` hears of every token, for masks.
    """

    network: Network
    api_url: str
    clients: tuple[Client, ...] = ()
    service_account: ServiceAccount | None = None
    clock: Callable[[], datetime] = utc_now
    hide: Callable[[str], None] = lambda _secret: None

    def session(self) -> requests.Session:
        """For requests to Google's web addresses."""
        return web.session(self.network)
