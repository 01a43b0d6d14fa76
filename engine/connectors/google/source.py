"""A Google account as a source."""

from __future__ import annotations

import threading
from dataclasses import replace

from engine.connectors.google import refusals
from engine.connectors.google.credentials import BEARER
from engine.connectors.google.sign_in import manner_of
from engine.connectors.imap.connection import Client
from engine.connectors.imap.sign_in import signed_in
from engine.connectors.imap.source import ImapSource
from engine.connectors.network.password import Password
from engine.connectors.network.pinning import Network
from engine.credentials import Credential
from engine.errors import Cause, OmmError, SignInError
from engine.migration.account import Account
from engine.store.vault import Secret
from engine.systems import System


class GoogleSource(ImapSource):
    """Fills in `ports.source.Source`. `server` is where Gmail's IMAP is; None: where the account says."""

    contents = System.GOOGLE.row.gives
    server: tuple[str, int] | None = None

    def _let_in(self) -> Client:
        """As an IMAP account's. A token that is refused although it is new is no wrong password: consent is needed."""
        refused: OmmError | None = None
        try:
            return super()._let_in()
        except SignInError as error:
            if error.cause is not Cause.SIGN_IN or not self._credential.secret().startswith(BEARER):
                raise
            refused = refusals.refused_token(self.account, error)
        raise refused

    def _signed_in(self, secret: Secret) -> Client:
        host, port = self.server or (self.account.host, self.account.port)
        there = replace(self.account, host=host, port=port)
        return signed_in(
            there, Password(secret), self._network, self._tls, seconds=self._sign_in_time, manner=manner_of(secret)
        )


def opened(
    account: Account, credential: Credential | str, network: Network, *, stop: threading.Event,
    server: tuple[str, int] | None = None,
) -> GoogleSource:
    """The source on that account, not yet connected. `server` is as for GoogleSource."""
    made = GoogleSource(account, credential, network, stop=stop)
    made.server = server
    return made
