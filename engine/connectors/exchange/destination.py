"""An Exchange mailbox as the engine's Destination."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from engine.connectors.exchange import read, write
from engine.connectors.exchange.errors import TooLargeError, is_no_folder
from engine.connectors.exchange.reading.asking import Asking
from engine.connectors.exchange.retention import retention
from engine.connectors.exchange.session import SHORTEST_DEADLINE, Sessions
from engine.connectors.exchange.stash import stash, stashed, unstash
from engine.connectors.network.pinning import Network
from engine.credentials import Credential
from engine.errors import Cause, FatalError, InputError, RefusedError, RetryableError, Side
from engine.migration.account import Account
from engine.migration.content import Content
from engine.ports.destination import MAIL_CLASS, Before, DestinationFolder, ItemWriter, Limits
from engine.ports.facts import Facts, Retention
from engine.ports.items import DONE, Outcome, SourceMessage, Tagged, TagPage
from engine.ports.settings import Live, Settings
from engine.ports.source import Role

NAMES_A_REQUEST = 100
ENCODING_MARGIN = 65_536
EVENTS_CLASS = "IPF.Appointment"
SMALLEST_LIMIT = 1024 * 1024    # bytes; no server that takes mail takes less in a request


def _calendars(sessions: Sessions) -> ItemWriter:
    """Loaded when it is asked for: mail alone needs none of what it brings."""
    from engine.connectors.exchange.writing.calendars import CalendarWriter  # noqa: PLC0415 - see above

    return CalendarWriter(sessions)


def _contacts(sessions: Sessions) -> ItemWriter:
    """As `_calendars`."""
    from engine.connectors.exchange.writing.contacts import contact_writer  # noqa: PLC0415 - see above

    return contact_writer(sessions)


def _groups(sessions: Sessions) -> ItemWriter:
    """As `_calendars`."""
    from engine.connectors.exchange.writing.groups import GroupWriter  # noqa: PLC0415 - see above

    return GroupWriter(sessions)


def _whole(element: str) -> Callable[[Sessions], ItemWriter]:
    """As for calendars; such items are written in one request."""
    def writer(sessions: Sessions) -> ItemWriter:
        from engine.connectors.exchange.writing.whole import WholeWriter  # noqa: PLC0415 - as above

        return WholeWriter(sessions, element)

    return writer


Writers = Mapping[Content, Callable[[Sessions], ItemWriter]]
WRITERS: Writers = MappingProxyType({
    Content.CONTACTS: _contacts,
    Content.CONTACT_GROUPS: _groups,
    Content.CALENDARS: _calendars,
    Content.TASKS: _whole("Task"),
    Content.NOTES: _whole("Message"),
})


def _colours(sessions: Sessions) -> Settings:
    """As `_calendars`."""
    from engine.connectors.exchange.colours import ColourSettings  # noqa: PLC0415 - see above

    return ColourSettings(sessions)


def _inbox_rules(sessions: Sessions) -> Settings:
    """As `_calendars`."""
    from engine.connectors.exchange.rules.writing import InboxRules  # noqa: PLC0415 - see above

    return InboxRules(sessions)


def _out_of_office(sessions: Sessions) -> Settings:
    """As `_calendars`."""
    from engine.connectors.exchange.out_of_office import OutOfOfficeSettings  # noqa: PLC0415 - see above

    return OutOfOfficeSettings(sessions)


SettingsByContent = Mapping[Content, Callable[[Sessions], Settings]]
SETTINGS: SettingsByContent = MappingProxyType({
    Content.COLOURS: _colours,
    Content.INBOX_RULES: _inbox_rules,
    Content.OUT_OF_OFFICE: _out_of_office,
})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeFacts(Facts):
    """What a check learned about the destination, for a person to see. `scheme` is how it signed in."""

    messages: int
    scheme: str


class MailWriter:
    """Writes mail: MIME, as the source gave it, in one request a batch."""

    def __init__(self, destination: ExchangeDestination) -> None:
        self._destination = destination

    @property
    def largest(self) -> int:
        """Bytes of MIME. What was too large teaches it."""
        return self._destination.limits.largest_message

    def create(self, folder_id: str, items: Sequence[Tagged[SourceMessage]]) -> list[Outcome]:
        """CreateItem, once."""
        return self._destination.create(folder_id, items)

    def finish(self, item_id: str, item: Tagged[SourceMessage], before: Before) -> Outcome:
        """Nothing is left to be sent: a message is written whole."""
        return DONE

    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        """None: whether a message was changed is told by its times."""
        return {}


class ExchangeDestination:
    """A mailbox on Exchange 2013 or later."""

    def __init__(
        self,
        account: Account,
        credential: Credential | str,
        network: Network,
        *,
        side: Side = Side.DESTINATION,
        limits: Limits = Limits(),  # noqa: B008 - it is frozen
        shortest_deadline: float = SHORTEST_DEADLINE,
        writers: Writers = WRITERS,
        settings: SettingsByContent = SETTINGS,
    ) -> None:
        """`writers` write the items of contents other than mail; `settings` are contents that are no items.

        `side` is the one that errors name.
        """
        self._side = side
        self.limits = limits
        self._account = account
        self._writers = writers
        self._settings = settings
        self._sessions = Sessions(account, credential, network, side=side, shortest_deadline=shortest_deadline)
        self._known: read.Standard | None = None
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"ExchangeDestination({self._account.url})"

    def probe(self, *, worked: bool = False, tries: int = 1) -> None:
        """One quick request. Raises the true cause when the mailbox cannot be used.

        `worked`: the address has led to the mailbox before, so that an odd answer does not make it a wrong one. `tries`
        is how many refusals the account may have; SignInError says how many there were.
        """
        if worked:
            self._sessions.trust()
        try:
            self._known = self._sessions.let_in(lambda: read.standard_folders(self._sessions), tries=tries)
        except RetryableError as error:
            raise FatalError(str(error), cause=error.cause, side=self._side) from None
        except RefusedError as error:
            raise FatalError(f"The {self._side} server did not open the mailbox: {error}.", cause=Cause.OTHER,
                             side=self._side) from None

    def check(self, *, tries: int = 2, live: bool = False) -> ExchangeFacts:
        """Signs in for the first time, and looks around. `tries` is as for `probe`.

        `live`: what the mailbox does by itself to mail that arrives is asked for, too.
        """
        self._offered()
        self.probe(tries=tries)
        found = self.folders()
        return ExchangeFacts(
            folders=len(found), messages=sum(f.items or 0 for f in found if f.holds_mail),
            events=sum(f.items or 0 for f in found if f.holds(EVENTS_CLASS)), mailbox=self.mailbox(),
            scheme=self._sessions.scheme or "", retention=self.retention(), live=self._live() if live else None,
        )

    def _live(self) -> Live | None:
        """Loaded when it is asked for: mail alone needs none of what it brings."""
        from engine.connectors.exchange.live import live  # noqa: PLC0415 - see above

        return live(self._sessions)

    def _offered(self) -> Set[str]:
        try:
            return self._sessions.offer()
        except RetryableError as error:
            raise FatalError(str(error), cause=error.cause, side=self._side) from None

    def mailbox(self) -> str:
        """The mailbox's key, made of its root folder's own id."""
        return self._standard().mailbox

    def retention(self) -> tuple[Retention, ...]:
        """GetUserRetentionPolicyTags."""
        return retention(self._sessions)

    def now(self) -> datetime:
        """The server's own time, UTC: what it dates items by."""
        return self._sessions.now()

    @property
    def top(self) -> str:
        """The id of the folder that new folders are made in."""
        return self._standard().top

    def folders(self) -> tuple[DestinationFolder, ...]:
        """Every folder that its owner sees, Deleted Items included."""
        return tuple(read.folders(self._sessions, self._standard()))

    def create_folder(
        self, parent_id: str, name: str, tag: str, *, folder_class: str = MAIL_CLASS
    ) -> DestinationFolder:
        """CreateFolder, with its tag."""
        folder_id = write.create_folder(self._sessions, parent_id, name, tag, folder_class=folder_class)
        return DestinationFolder(folder_id, parent_id, name, tag=tag, kind=folder_class, items=0, children=0)

    def create_folders(
        self, parent_id: str, new: Sequence[tuple[str, str]], *, folder_class: str = MAIL_CLASS
    ) -> list[Outcome]:
        """CreateFolder, once, for several."""
        return write.create_folders(self._sessions, parent_id, new, folder_class=folder_class)

    def writer(self, content: Content) -> ItemWriter:
        """What writes the items of that content."""
        if content is Content.MAIL:
            return MailWriter(self)
        if content not in self._writers:
            raise InputError(f"An Exchange mailbox cannot take this yet: {content}.")
        return self._writers[content](self._sessions)

    def settings(self, content: Content) -> Settings:
        """The setting that is that content."""
        if content not in self._settings:
            raise InputError(f"An Exchange mailbox cannot take this yet: {content}.")
        return self._settings[content](self._sessions)

    def owners_address(self) -> str:
        """The mailbox's primary address, "" where it is not known for sure. Raises FatalError, RetryableError."""
        from engine.connectors.exchange.proven_address import proven_address  # noqa: PLC0415 - as `_calendars`

        return proven_address(Asking(self._sessions, stop=threading.Event()))

    def stash(self, name: str, data: bytes) -> None:
        """A user configuration, created or updated."""
        stash(self._sessions, name, data)

    def stashed(self, name: str) -> bytes | None:
        """GetUserConfiguration."""
        return stashed(self._sessions, name)

    def unstash(self, name: str) -> None:
        """DeleteUserConfiguration."""
        unstash(self._sessions, name)

    def create(self, folder_id: str, messages: Sequence[Tagged[SourceMessage]]) -> list[Outcome]:
        """CreateItem, once. A request that was too large teaches the limit."""
        outcomes = write.create(self._sessions, folder_id, messages)
        if isinstance(outcomes[0].error, TooLargeError):
            self._learn(sum(m.item.size for m in messages))
        return outcomes

    def _learn(self, size: int) -> None:
        """Remembers what was too large; a small request was not: the same answer may mean that a disk is full."""
        if size < SMALLEST_LIMIT:
            return
        with self._lock:
            refused = size * 4 // 3 + ENCODING_MARGIN
            self.limits = replace(self.limits, request=min(self.limits.request, refused - 1))

    def deadline(self, size: int) -> float:
        """Seconds that a write of `size` raw bytes may be under way."""
        return self._sessions.deadline(size * 4 // 3 + ENCODING_MARGIN)

    def tags(self, folder_id: str, state: str, *, detail: bool = False) -> TagPage:
        """One page of SyncFolderItems."""
        return read.tags(self._sessions, folder_id, state, detail=detail)

    def delete(self, ids: Sequence[str]) -> list[Outcome]:
        """DeleteItem, once."""
        return write.delete(self._sessions, ids)

    def folder(self, folder_id: str) -> DestinationFolder:
        """GetFolder."""
        return read.one_folder(self._sessions, folder_id)

    def set_aside(self, folder_id: str) -> None:
        """DeleteFolder with MoveToDeletedItems, which numbers a name that is taken there."""
        deleted = self._deleted_items()
        if deleted is not None and self.folder(folder_id).parent_id != deleted:
            write.delete_folder(self._sessions, folder_id, "MoveToDeletedItems")

    def _deleted_items(self) -> str | None:
        return next((i for i, role in self._standard().roles.items() if role is Role.DELETED), None)

    def put_back(self, folder_id: str, parent_id: str, name: str) -> None:
        """MoveFolder, and UpdateFolder where Deleted Items had another folder of that name."""
        if self.folder(folder_id).parent_id != parent_id:
            write.move_folder(self._sessions, folder_id, parent_id)
        if self.folder(folder_id).name != name:
            write.rename_folder(self._sessions, folder_id, name)

    def delete_folder(self, folder_id: str) -> bool:
        """Looks once more, and removes the folder if it is empty."""
        try:
            now = self.folder(folder_id)
            if now.items != 0 or now.children != 0:     # nor if it does not say
                return False
            write.delete_folder(self._sessions, folder_id, "HardDelete")
        except RefusedError as error:
            return is_no_folder(error.__cause__)
        return True

    def created(self, item_id: str) -> datetime | None:
        """DateTimeCreated."""
        return read.created(self._sessions, item_id)

    def names(self, ids: Sequence[str]) -> dict[str, str]:
        """Subjects."""
        found: dict[str, str] = {}
        for start in range(0, len(ids), NAMES_A_REQUEST):
            found.update(read.names(self._sessions, ids[start : start + NAMES_A_REQUEST]))
        return found

    def close(self) -> None:
        """Ends the connections."""
        self._sessions.close()

    def _standard(self) -> read.Standard:
        if self._known is None:
            self._known = read.standard_folders(self._sessions)
        return self._known


def opened(account: Account, credential: Credential | str, network: Network) -> ExchangeDestination:
    """The mailbox of that account, not yet connected."""
    return ExchangeDestination(account, credential, network)
