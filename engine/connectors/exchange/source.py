"""An Exchange mailbox as a source."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from engine.connectors.exchange.live import live
from engine.connectors.exchange.reading.asking import Asking
from engine.connectors.exchange.reading.calendars import CALENDARS
from engine.connectors.exchange.reading.contacts import CONTACTS
from engine.connectors.exchange.reading.groups import GROUPS
from engine.connectors.exchange.reading.notes import NOTES
from engine.connectors.exchange.reading.numbering import Numberings
from engine.connectors.exchange.reading.reader import ExchangeReader
from engine.connectors.exchange.reading.tasks import TASKS
from engine.connectors.exchange.reading.typed import Reading, TypedReader
from engine.connectors.exchange.session import SHORTEST_DEADLINE, Sessions
from engine.connectors.exchange.typed.addresses import Directory, resolving
from engine.connectors.exchange.typed.pointed import Pointed
from engine.connectors.network.attempts import WAITS
from engine.connectors.network.pinning import Network
from engine.credentials import Credential
from engine.errors import InputError, Side
from engine.migration.account import Account
from engine.migration.content import Content
from engine.ports.settings import SettingReader
from engine.ports.source import Greeting, ItemReader

READINGS: Mapping[Content, Reading] = MappingProxyType({
    Content.CONTACTS: CONTACTS,
    Content.CONTACT_GROUPS: GROUPS,
    Content.CALENDARS: CALENDARS,
    Content.TASKS: TASKS,
    Content.NOTES: NOTES,
})


def _colours(asking: Asking, directory: Directory, closed: Callable[[], None]) -> SettingReader:
    """Loaded when it is asked for: mail alone needs none of what it brings."""
    from engine.connectors.exchange.colours import ColoursReader  # noqa: PLC0415 - see above

    return ColoursReader(asking, directory, closed)


def _inbox_rules(asking: Asking, directory: Directory, closed: Callable[[], None]) -> SettingReader:
    """As `_colours`."""
    from engine.connectors.exchange.rules.reading import InboxRules  # noqa: PLC0415 - see above

    return InboxRules(asking, directory, closed)


def _out_of_office(asking: Asking, directory: Directory, closed: Callable[[], None]) -> SettingReader:
    """As `_colours`."""
    from engine.connectors.exchange.out_of_office import OutOfOfficeReader  # noqa: PLC0415 - see above

    return OutOfOfficeReader(asking, directory, closed)


SettingReaders = Mapping[Content, Callable[[Asking, Directory, Callable[[], None]], SettingReader]]
SETTINGS: SettingReaders = MappingProxyType({
    Content.COLOURS: _colours,
    Content.INBOX_RULES: _inbox_rules,
    Content.OUT_OF_OFFICE: _out_of_office,
})


class ExchangeSource:
    """Fills in `ports.source.Source`, for Exchange 2010 SP1 or later. Holds the credential, and never shows it.

    `stop` ends every wait at once. `waits` are the seconds between attempts to get an answer that was lost,
    `shortest_deadline` those that the shortest answer may take.
    """

    contents = frozenset({Content.MAIL, *READINGS, *SETTINGS})
    max_connections = 4     # 2010 answers 10 requests of a user at once (EWSMaxConcurrency), whoever sends them

    def __init__(
        self,
        account: Account,
        credential: Credential | str,
        network: Network,
        *,
        stop: threading.Event | None = None,
        waits: Sequence[float] = WAITS,
        shortest_deadline: float = SHORTEST_DEADLINE,
    ) -> None:
        self.account = account
        self._sessions = Sessions(account, credential, network, side=Side.SOURCE, shortest_deadline=shortest_deadline)
        self._asking = Asking(self._sessions, stop=stop or threading.Event(), waits=waits)
        self._numberings = {content: Numberings() for content in self.contents}     # contents may share a folder
        self._directory = Directory(resolving(self._asking), owner=account.owner, primary=self._primary)
        self._pointed = Pointed(self._asking)
        self._readers = 0       # that are open
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"ExchangeSource({self.account.url})"

    def settings(self, content: Content) -> SettingReader:
        """A reader of that setting, once the server has let us in. Raises FatalError, SignInError, RetryableError."""
        if content not in SETTINGS:
            raise InputError(f"No such setting can be read from an Exchange mailbox yet: {content}.")
        self._begin()
        return SETTINGS[content](self._asking, self._directory, self._closed)

    def moves_to(self, address: str) -> None:
        """Says which address the owner has from now on: it stands for theirs wherever an item names them."""
        self._directory = Directory(
            resolving(self._asking), owner=self.account.owner, becomes=address, primary=self._primary
        )

    def _primary(self) -> str:
        """The owner's address, where the server proves it. Imported when asked: a migration of mail needs none."""
        from engine.connectors.exchange.proven_address import proven_address  # noqa: PLC0415 - see above

        return proven_address(self._asking)

    def reader(self, content: Content) -> ItemReader:
        """A reader of that content, once the server has let us in. Raises FatalError, SignInError, RetryableError."""
        if content not in self.contents or content in SETTINGS:
            raise InputError(f"This cannot be read from an Exchange mailbox yet: {content}.")
        reading = READINGS.get(content)
        if reading is None:
            return self.connect()
        self._begin()
        return TypedReader(
            reading, self._asking, self._numberings[content], self._directory, self._pointed, self._closed
        )

    def connect(self) -> ExchangeReader:
        """A reader of mail."""
        self._begin()
        return ExchangeReader(self._asking, self._numberings[Content.MAIL], self._closed)

    def _begin(self) -> None:
        """One more reader. The first one signs in; all share the connections, which end when the last one closes."""
        self._asking.sign_in()
        with self._lock:
            self._readers += 1

    def _closed(self) -> None:
        with self._lock:
            self._readers -= 1
            if self._readers == 0:
                self._sessions.close()

    def mailbox(self) -> str:
        """The mailbox's own key: equal for two logins that open the same mailbox. Raises what `connect` raises."""
        reader = self.connect()
        reader.close()
        return self._asking.sign_in()

    def check(self) -> Greeting:
        """Signs in and looks around, changing nothing. Raises what `connect` raises."""
        reader = self.connect()
        try:
            found, messages, events = reader.look()
            does = live(self._sessions)
        finally:
            reader.close()
        return Greeting(frozenset(), found, messages, self._asking.sign_in(), events, does)


def opened(
    account: Account, credential: Credential | str, network: Network, *, stop: threading.Event
) -> ExchangeSource:
    """The source on that account, not yet connected."""
    return ExchangeSource(account, credential, network, stop=stop)
