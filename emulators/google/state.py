"""Everything that one emulator holds."""

import threading
from collections.abc import Sequence

from emulators.google.calls import Call
from emulators.google.clients import Client, NotPossibleError, ServiceAccount
from emulators.google.errors import PageError
from emulators.google.faults import FaultBoard
from emulators.google.mailboxes import EmptyMailboxes, Mailboxes
from emulators.google.people import People
from emulators.google.settings import Clock, Settings
from emulators.google.tokens import Ledger


class State:
    """One Google with one Cloud project."""

    def __init__(self, settings: Settings, clock: Clock, mailboxes: Mailboxes | None) -> None:
        """Nobody is there yet."""
        self.lock = threading.RLock()
        self.settings, self.clock = settings, clock
        self.mailboxes: Mailboxes = mailboxes or EmptyMailboxes()
        self.base_url = ""
        self.people = People()
        self.clients: dict[str, Client] = {}
        self.service_accounts: dict[str, ServiceAccount] = {}      # by e-mail
        self.ledger = Ledger(self.people, clock, lambda: self.settings)
        self.board = FaultBoard()
        self.calls: list[Call] = []
        self.broken: list[str] = []     # faults of the emulator itself

    def client(self, client_id: str) -> Client:
        """A client by its id; raises PageError when there is none, or it is disabled."""
        found = self.clients.get(client_id)
        if found is None:
            raise PageError(401, "invalid_client", "The OAuth client was not found.")
        if found.disabled:
            raise PageError(401, "disabled_client", "The OAuth client was disabled.")
        return found

    def of_kind(self, kind: str) -> Client:
        """The newest client of a kind; raises NotPossibleError without one."""
        found: Sequence[Client] = [one for one in self.clients.values() if one.kind == kind]
        if not found:
            raise NotPossibleError(f"there is no {kind} client: add_client makes one")
        return found[-1]
