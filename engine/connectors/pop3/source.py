"""A POP3 account as a source of mail."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from engine.connectors.network.attempts import WAITS
from engine.connectors.network.dialing import PATIENCE, SIGN_IN_TIME
from engine.connectors.network.password import Password
from engine.connectors.network.pinning import Network
from engine.connectors.pop3.maildrop import Maildrop
from engine.connectors.pop3.reader import Pop3Reader
from engine.connectors.pop3.session import Session
from engine.connectors.pop3.sign_in import signed_in
from engine.connectors.pop3.steady import SteadySession
from engine.credentials import Credential, credential_of, signed_in_by
from engine.errors import InputError
from engine.migration.account import Account
from engine.migration.content import Content
from engine.ports.settings import SettingReader
from engine.ports.source import Greeting
from engine.store.vault import Secret
from engine.systems import System


class Pop3Source:
    """Fills in `ports.source.Source`. Holds the credential, and never shows it.

    `stop` ends every wait at once. `waits` are the seconds between attempts to reach a server that was lost,
    `sign_in_time` those from the first packet to the server's word on the password, `answer_time` those that it may
    be silent in the middle of an answer.
    """

    contents = System.POP3.row.gives
    max_connections = 1     # a session locks the maildrop (RFC 1939 §4)

    def __init__(
        self,
        account: Account,
        credential: Credential | str,
        network: Network,
        *,
        stop: threading.Event | None = None,
        waits: Sequence[float] = WAITS,
        sign_in_time: float = SIGN_IN_TIME,
        answer_time: float = PATIENCE,
    ) -> None:
        self.account = account
        self._credential = credential_of(credential)
        self._network = network
        self._tls = network.tls()
        self._stop = stop or threading.Event()
        self._waits = tuple(waits)
        self._sign_in_time = sign_in_time
        self._answer_time = answer_time
        self._maildrop = Maildrop()

    def __repr__(self) -> str:
        return f"Pop3Source({self.account})"

    def settings(self, content: Content) -> SettingReader:
        """It has none."""
        raise InputError(f"A POP3 account has no such setting: {content}.")

    def reader(self, content: Content) -> Pop3Reader:
        """As `connect`; there is nothing but mail to read."""
        if content not in self.contents:
            raise InputError(f"There are no {content} at {self.account.host}.")
        return self.connect()

    def connect(self) -> Pop3Reader:
        """A reader, signed in.

        Raises FatalError, SignInError or RetryableError, within ten seconds when nobody is there.
        """
        steady = SteadySession(self._session, host=self.account.host, stop=self._stop, waits=self._waits)
        return Pop3Reader(steady, self._maildrop)

    def _session(self) -> Session:
        session = signed_in_by(self._credential, self._signed_in)
        session.wire.wait_at_most(self._answer_time)
        return session

    def _signed_in(self, secret: Secret) -> Session:
        return signed_in(self.account, Password(secret), self._network, self._tls, seconds=self._sign_in_time)

    def check(self) -> Greeting:
        """Signs in and counts, changing nothing. Raises what `connect` raises."""
        reader = self.connect()
        try:
            return Greeting(reader.capabilities(), reader.folders(), reader.count())
        finally:
            reader.close()


def opened(account: Account, credential: Credential | str, network: Network, *, stop: threading.Event) -> Pop3Source:
    """The source on that account, not yet connected."""
    return Pop3Source(account, credential, network, stop=stop)
