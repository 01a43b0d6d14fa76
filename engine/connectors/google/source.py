"""A Google account as a source."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial

from engine.clock import utc_now
from engine.connectors.exchange.typed.addresses import Directory
from engine.connectors.google.access import refusals
from engine.connectors.google.access.credentials import BEARER, Scoped, opened_with
from engine.connectors.google.access.sign_in import manner_of
from engine.connectors.google.contents import READINGS, SETTINGS
from engine.connectors.google.filters.places import Places, labels
from engine.connectors.google.live import live
from engine.connectors.google.mail.large import by_interface
from engine.connectors.google.mail.reader import GmailReader
from engine.connectors.google.mail.scan import Spend
from engine.connectors.google.mail.sight import Sight, Total
from engine.connectors.google.mail.total import total
from engine.connectors.google.reading.items import GoogleItems
from engine.connectors.google.reading.shelved import Shelves
from engine.connectors.google.rest.asking import Asking
from engine.connectors.google.rest.interfaces import GOOGLE
from engine.connectors.google.rest.web import session
from engine.connectors.imap.connection import Client
from engine.connectors.imap.listing import WINDOW
from engine.connectors.imap.sign_in import signed_in
from engine.connectors.imap.source import ImapSource
from engine.connectors.network.attempts import WAITS, stopped
from engine.connectors.network.password import Password
from engine.connectors.network.pinning import Network
from engine.credentials import Credential, credential_of
from engine.errors import Cause, InputError, OmmError, SignInError
from engine.migration.account import Account
from engine.migration.content import Content
from engine.ports.settings import SettingReader
from engine.ports.source import Greeting, ItemReader, SourceFolder
from engine.store.vault import Secret
from engine.systems import System


class GoogleSource(ImapSource):
    """Fills in `ports.source.Source` and `ports.source.Labelling`.

    `server` is where Gmail's IMAP is (host, port); None: where the account says.
    Gmail serves 15 connections at once, of all of the owner's programs (https://support.google.com/mail/answer/7126229).
    """

    contents = System.GOOGLE.row.gives
    max_connections = 3
    # Signs that the day's share is used up, by imapsync's FAQ.Gmail.txt: these words, and less than 1 KiB a second.
    spent = r"(?i)session expired|too slowly to be read"
    server: tuple[str, int] | None = None
    asks_interfaces = False     # True: a first look asks Google's interfaces, too
    _looks_at = System.GOOGLE.row.gives

    def __init__(
        self, account: Account, credential: Credential | str, network: Network, *, stop: threading.Event | None = None,
        waits: Sequence[float] = WAITS, window: int = WINDOW, **times: float,
    ) -> None:
        """As `ImapSource`; `window` is how many messages a scan asks for at once."""
        super().__init__(account, credential, network, stop=stop, waits=waits, **times)
        self._sight = Sight()
        self._sight.window = window
        self._sight.spend = self._before
        self._spend: Spend | None = None
        self.api_url = GOOGLE
        self._asker: Asking | None = None
        self._asks = threading.Lock()
        self._shelves = {content: Shelves() for content in READINGS}
        self._directory = Directory(_nobody, owner=account.owner)

    def __repr__(self) -> str:
        return f"GoogleSource({self.account})"

    def looks_at(self, contents: Collection[Content]) -> None:
        """Has a first look be at those contents alone. Called before it."""
        self._looks_at = frozenset(contents)

    def copies(self) -> None:
        """Has each message be in the folder of each of its labels. Called before anything is read."""
        self._sight.copies = True

    def asking(self, *, total: Total | None = None, spend: Spend | None = None) -> None:
        """Sets whom the readers ask; called before there is one.

        `total` is Gmail's own count of messages. `spend` is called with how many bytes are about to be fetched, and may
        raise an error instead of letting them be.
        """
        self._sight.total = total or self._sight.total
        self._spend = spend

    def large_by_interface(self) -> None:
        """Has large messages be read by Gmail's interface. Called before anything is read."""
        self._sight.large = by_interface(self._asking())

    def reader(self, content: Content) -> ItemReader:
        """A reader of that content. Raises what `connect` raises; InputError: this account has none."""
        if content is Content.MAIL:
            return self.connect()
        if content not in READINGS:
            raise InputError(f"This cannot be read from a Google account yet: {content}.")
        return GoogleItems(READINGS[content](), self._asking(), self._shelves[content], self._directory)

    def settings(self, content: Content) -> SettingReader:
        """A reader of that setting. InputError: this account has none."""
        if content not in SETTINGS:
            raise InputError(f"No such setting can be read from a Google account yet: {content}.")
        return SETTINGS[content](self._asking(), self._directory)

    def rule_folders(self) -> Sequence[SourceFolder]:
        """The folders that labels are, by what the Gmail API tells. Raises FatalError, RetryableError."""
        found = Places(labels(self._asking()).values()).mailbox
        return found.copied if self._sight.copies else found.shown

    def moves_to(self, address: str) -> None:
        """Says which address the owner has from now on: it stands for theirs wherever an item names them."""
        self._directory = Directory(_nobody, owner=self.account.owner, becomes=address)

    def interfaces(self) -> Asking:
        """What asks Google's interfaces as the owner of the account."""
        return self._asking()

    def _asking(self) -> Asking:
        """One for all readers: they share what may be asked in a minute."""
        with self._asks:
            if self._asker is None:
                self._asker = Asking(
                    self.api_url, lambda: session(self._network, takes_later=True), self._credential, stop=self._stop,
                )
            return self._asker

    def _before(self, size: int) -> None:
        """Called before bytes are fetched: nothing is, once a stop was asked for."""
        if self._stop.is_set():
            raise stopped()
        if self._spend is not None:
            self._spend(size)

    def connect(self) -> GmailReader:
        """A reader with a connection of its own. Raises as `ImapSource.connect`."""
        return GmailReader(self._steady(), self._sight)

    def check(self) -> Greeting:
        """Signs in and looks around, changing nothing; not into what was not granted or is not looked at.

        Raises as `connect`.
        """
        opens, opened_by = opened_with(self._credential)
        seen = Greeting(frozenset(), None, None, opens=opens, opened_by=opened_by)
        looks_at = opens & self._looks_at
        if self.asks_interfaces and not looks_at.isdisjoint(SETTINGS):
            seen = replace(seen, live=live(self._asking(), utc_now()))
        if Content.MAIL not in looks_at:
            if not isinstance(self._credential, Scoped):        # it had its tokens just now, for what it opens
                self._credential.secret()
            return seen
        reader = self.connect()
        try:
            return replace(
                seen, folders=reader.folders(), messages=self._sight.count(), capabilities=reader.capabilities()
            )
        finally:
            reader.close()

    @property
    def sight(self) -> Sight:
        """What Gmail shows of the account, as far as anybody has looked."""
        return self._sight

    def _let_in(self) -> Client:
        """As an IMAP account's. A token that is refused although it is new is no wrong password: consent is needed."""
        refused: OmmError | None = None
        try:
            return super()._let_in()
        except SignInError as error:
            if error.cause is not Cause.SIGN_IN or not self._credential.secret().startswith(BEARER):
                raise
            refused = refusals.refused_token(self.account, error, delegated=isinstance(self._credential, Scoped))
        raise refused

    def _signed_in(self, secret: Secret) -> Client:
        host, port = self.server or (self.account.host, self.account.port)
        there = replace(self.account, host=host, port=port)
        return signed_in(
            there, Password(secret), self._network, self._tls, seconds=self._sign_in_time, manner=manner_of(secret)
        )


def _nobody(_address: str) -> Sequence[str]:
    """Google tells no further addresses of whoever has one."""
    return ()


def opened(
    account: Account, credential: Credential | str, network: Network, *, stop: threading.Event,
    server: tuple[str, int] | None = None, api_url: str = "", large_by_interface: bool = False,
) -> GoogleSource:
    """The source on that account, not yet connected. `server` is as for GoogleSource.

    `api_url` is where Gmail's own count of messages is asked for; "" where it is not. `large_by_interface`: large
    messages are read there, too.
    """
    made = GoogleSource(account, credential, network, stop=stop)
    made.server = server
    if api_url:
        made.api_url, made.asks_interfaces = api_url, True
        once = Asking(
            api_url, lambda: session(network, takes_later=True), credential_of(credential), stop=stop, waits=()
        )
        made.asking(total=partial(total, once))
    if large_by_interface:
        made.large_by_interface()
    return made
