"""One client's session: who is signed in, what is selected, and what has changed there since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from emulators.google.imap.wire import EXPIRED, EndedError, Wire


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

    `highest` is the last UID that was told, whether its message is still there or not; `version` is that of the mailbox
    when changes were told last, and `settings` what its owner had set then.
    """

    folder: Label
    read_only: bool
    uidvalidity: int
    rows: list[tuple[int, Message]]
    highest: int
    version: int
    settings: UserSettings | None = None

    def numbered(self) -> dict[int, int]:
        """Sequence numbers by UID."""
        return {uid: number for number, (uid, _) in enumerate(self.rows, 1)}


@dataclass(slots=True, eq=False)
class Session:
    """What is known of a client. `grant` is None after an app password.

    `counts_changes`: it has sent what makes a server tell MODSEQ unasked (RFC 7162 §3.1).
    """

    wire: Wire
    house: House
    account: Account | None = None
    grant: Grant | None = None
    selected: Selected | None = None
    client_id: Mapping[str, str] = field(default_factory=dict)
    counts_changes: bool = False
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
        """Tell what has left the selected folder, what has other flags or labels, and what is new.

        A message that comes into view below the last UID told, as a limit on folders can do, is not told: in IMAP a
        folder grows at its end alone (RFC 3501 §2.3.1.1). Where the folder has other numbers now, the session ends.
        """
        if not self.account or not self.selected:
            return
        before, version = self.selected.version, self.account.mailbox.version
        if before == version and self.selected.settings == self.settings:
            return
        self.selected.version, self.selected.settings = version, self.settings
        numbers = self.account.mailbox.folders.get(self.selected.folder)
        if numbers and numbers.uidvalidity != self.selected.uidvalidity:
            raise EndedError(EXPIRED)
        now = self.view(self.selected.folder)
        self._tell_gone(now)
        self._tell_marked(before)
        self._tell_new(now)

    def _tell_gone(self, now: Sequence[tuple[int, Message]]) -> None:
        rows = self.open_folder.rows
        there = {uid for uid, _ in now}
        for number in range(len(rows), 0, -1):
            if rows[number - 1][0] not in there:
                del rows[number - 1]
                self.say(b"%d EXPUNGE" % number)

    def _tell_marked(self, since: int) -> None:
        """The flags of what has changed, unasked (RFC 3501 §7.4.2)."""
        for number, (uid, one) in enumerate(self.open_folder.rows, 1):
            if one.modseq > since:
                counted = b"MODSEQ (%d) " % one.modseq if self.counts_changes else b""
                flags = " ".join(one.imap_flags).encode()
                self.say(b"%d FETCH (UID %d %bFLAGS (%b))" % (number, uid, counted, flags))

    def _tell_new(self, now: Sequence[tuple[int, Message]]) -> None:
        new = [row for row in now if row[0] > self.open_folder.highest]
        if new:
            self.open_folder.rows += new
            self.open_folder.highest = new[-1][0]
            self.say(b"%d EXISTS" % len(self.open_folder.rows))

    def close(self) -> None:
        """Close both connections."""
        self.wire.close()
        if self._behind:
            self._behind.close()
