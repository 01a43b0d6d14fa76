"""An IMAP account as a source of mail."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from engine.connectors.imap import failures
from engine.connectors.imap.connection import Client
from engine.connectors.imap.known import Known
from engine.connectors.imap.reader import ImapReader
from engine.connectors.imap.session import DeclinedError, LostError, Session
from engine.connectors.imap.sessions import Sessions
from engine.connectors.imap.sign_in import signed_in
from engine.connectors.imap.steady import SteadySession
from engine.connectors.network.attempts import WAITS
from engine.connectors.network.dialing import PATIENCE, SIGN_IN_TIME
from engine.connectors.network.password import Password
from engine.connectors.network.pinning import Network
from engine.credentials import Credential, credential_of, signed_in_by
from engine.errors import Cause, InputError, OmmError, RetryableError
from engine.migration.account import Account
from engine.migration.content import Content
from engine.ports.settings import SettingReader
from engine.ports.source import Greeting, ItemReader
from engine.store.vault import Secret
from engine.systems import System

COUNTED = 100       # folders; one question each, so a mailbox with more is not counted in a quick look


class ImapSource:
    """Fills in `ports.source.Source`. Holds the credential, and never shows it.

    `stop` ends every wait at once. `waits` are the seconds between attempts to reach a server that was lost,
    `sign_in_time` those from the first packet to the server's word on the password, `answer_time` those that it may
    be silent in the middle of an answer.
    """

    contents = System.IMAP.row.gives
    max_connections = 4
    spent = ""          # as for SteadySession

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
        self._known = Known()
        self._sessions = Sessions(self._session, self._stop)

    def __repr__(self) -> str:
        return f"ImapSource({self.account})"

    def settings(self, content: Content) -> SettingReader:
        """It has none."""
        raise InputError(f"An IMAP account has no such setting: {content}.")

    def reader(self, content: Content) -> ItemReader:
        """As `connect`; there is nothing but mail to read."""
        if content not in self.contents:
            raise InputError(f"There are no {content} at {self.account.host}.")
        return self.connect()

    def connect(self) -> ImapReader:
        """A reader with a connection of its own.

        Raises FatalError, SignInError or RetryableError, within ten seconds when nobody is there.
        """
        return ImapReader(self._steady())

    def _steady(self) -> SteadySession:
        """A connection that is made again when it is lost."""
        return SteadySession(
            self._sessions, host=self.account.host, known=self._known, stop=self._stop, waits=self._waits,
            spent=self.spent,
        )

    def _session(self) -> Session:
        client = self._let_in()
        client.wait_at_most(self._answer_time)
        refusal: OmmError | None = None
        try:
            return Session(client)
        except DeclinedError as declined:
            refusal = failures.let_in_for_nothing(declined.words, self.account)
        except LostError:
            client.drop()
        if refusal is not None:
            client.drop()
            raise refusal
        raise RetryableError(f"{self.account.host} ended the connection after the sign-in.", cause=Cause.UNREACHABLE)

    def _let_in(self) -> Client:
        return signed_in_by(self._credential, self._signed_in)

    def _signed_in(self, secret: Secret) -> Client:
        return signed_in(self.account, Password(secret), self._network, self._tls, seconds=self._sign_in_time)

    def check(self) -> Greeting:
        """Signs in and looks around, changing nothing. Raises what `connect` raises."""
        reader = self.connect()
        try:
            found = reader.folders()
            selectable = [folder for folder in found.folders if folder.selectable]
            messages = reader.count(selectable) if len(selectable) <= COUNTED else None
            return Greeting(reader.capabilities(), found, messages)
        finally:
            reader.close()


def opened(account: Account, credential: Credential | str, network: Network, *, stop: threading.Event) -> ImapSource:
    """The source on that account, not yet connected."""
    return ImapSource(account, credential, network, stop=stop)
