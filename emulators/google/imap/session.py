"""One client's session: who is signed in, what is selected, and what has changed there since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from emulators.google.imap import listing
from emulators.google.imap.accounts import UserSettings
from emulators.google.imap.behind import Backend, Connection
from emulators.google.imap.budget import Budget
from emulators.google.imap.faults import Trouble
from emulators.google.imap.labels import Label
from emulators.google.imap.mailbox import Mailbox, Message
from emulators.google.imap.settings import Settings
from emulators.google.imap.tokens import Grant, Introspect
from emulators.google.imap.wire import Wire


class AnsweredError(Exception):
    """A command's answer other than OK: NO or BAD with its words."""


class Account(Protocol):
    """What a session needs of an account; `settings` and `budget` may change while it lasts."""

    address: str
    settings: UserSettings
    mailbox: Mailbox
    backend: Backend
    budget: Budget
    trouble: Trouble
    client_ids: list[Mapping[str, str]]

    def has_app_password(self, typed: str) -> bool:
        """True: an app password was typed."""
        ...

    def has_password(self, typed: str) -> bool:
        """True: the password of Google's pages was typed."""
        ...


class House(Protocol):
    """What a session needs of the server."""

    settings: Settings
    introspect: Introspect

    def account(self, address: str) -> Account | None:
        """The account of an address."""
        ...

    def admit(self, session: Session, account: Account) -> bool:
        """Count a session in. False: the account has as many connections as it may."""
        ...


@dataclass(slots=True)
class Selected:
    """The folder a session has open, as far as its client has been told: UIDs and messages, by sequence number.

    `highest` is the last UID that was told, whether its message is still there or not; `told` is the state of the
    mailbox and of its owner's settings that was told last.
    """

    folder: Label
    read_only: bool
    rows: list[tuple[int, Message]]
    highest: int
    told: object = None

    def numbered(self) -> dict[int, int]:
        """Sequence numbers by UID."""
        return {uid: number for number, (uid, _) in enumerate(self.rows, 1)}


@dataclass(slots=True, eq=False)
class Session:
    """What is known of a client. `grant` is None after an app password."""

    wire: Wire
    house: House
    account: Account | None = None
    grant: Grant | None = None
    selected: Selected | None = None
    client_id: Mapping[str, str] = field(default_factory=dict)
    _behind: Connection | None = None

    @property
    def owner(self) -> Account:
        """Whose mailbox it is; for commands that need somebody signed in."""
        assert self.account is not None
        return self.account

    @property
    def open_folder(self) -> Selected:
        """What is selected; for commands that need it."""
        assert self.selected is not None
        return self.selected

    @property
    def settings(self) -> UserSettings:
        """The owner's settings as this session meets them: a service account's scope overrides two of them."""
        own = self.owner.settings
        if self.grant and self.grant.admin:
            return UserSettings(own.imap, frozenset(), None, own.chats, own.language)
        return own

    @property
    def folders(self) -> dict[str, Label | None]:
        """The folders by their paths; None: one that cannot be selected."""
        return listing.folders(self.owner.mailbox.labels, self.settings)

    @property
    def behind(self) -> Connection:
        """The session's own connection to the server behind."""
        self._behind = self._behind or Connection(self.owner.backend)
        return self._behind

    def view(self, folder: Label) -> list[tuple[int, Message]]:
        """What a folder shows to this session."""
        return self.owner.mailbox.view(folder, self.settings.folder_limit)

    def say(self, line: bytes) -> None:
        """Send an untagged response."""
        self.wire.send(b"* " + line + b"\r\n")

    def tell_changes(self) -> None:
        """Tell what has left the selected folder and what is new in it.

        A message that comes into view below the last UID told, as a limit on folders can do, is not told: in IMAP a
        folder grows at its end alone (RFC 3501 §2.3.1.1).
        """
        state = (self.owner.mailbox.version, self.settings) if self.account else None
        if not self.selected or self.selected.told == state:
            return
        self.selected.told = state
        now = self.view(self.selected.folder) if self.selected.folder in self.owner.mailbox.folders else []
        there = {uid for uid, _ in now}
        rows = self.selected.rows
        for number in range(len(rows), 0, -1):
            if rows[number - 1][0] not in there:
                del rows[number - 1]
                self.say(b"%d EXPUNGE" % number)
        new = [row for row in now if row[0] > self.selected.highest]
        if new:
            rows += new
            self.selected.highest = new[-1][0]
            self.say(b"%d EXISTS" % len(rows))

    def close(self) -> None:
        """Close both connections."""
        self.wire.close()
        if self._behind:
            self._behind.close()
