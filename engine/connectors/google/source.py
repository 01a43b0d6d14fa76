"""A Google account as a source."""

from __future__ import annotations

import threading

from engine.connectors.imap.source import ImapSource
from engine.connectors.network.pinning import Network
from engine.credentials import Credential
from engine.migration.account import Account
from engine.systems import System


class GoogleSource(ImapSource):
    """Fills in `ports.source.Source`."""

    contents = System.GOOGLE.row.gives


def opened(account: Account, credential: Credential | str, network: Network, *, stop: threading.Event) -> GoogleSource:
    """The source on that account, not yet connected."""
    return GoogleSource(account, credential, network, stop=stop)
