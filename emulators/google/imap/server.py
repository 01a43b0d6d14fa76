"""Gmail's IMAP on the loopback: TLS from the first byte, a thread a connection, and what a test says to it."""

from __future__ import annotations

import dataclasses
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from threading import Lock, Thread, current_thread
from typing import Any, Self

from emulators.google.imap.accounts import Person, UserSettings
from emulators.google.imap.behind import Backend, BackendStore, Connection
from emulators.google.imap.budget import Budget, Ending, Spent
from emulators.google.imap.commands import obey
from emulators.google.imap.faults import Cut, Trouble
from emulators.google.imap.mailbox import Mailbox
from emulators.google.imap.session import Account, Session
from emulators.google.imap.settings import Settings
from emulators.google.imap.syntax import text
from emulators.google.imap.tokens import Introspect
from emulators.google.imap.wire import EndedError, HungUpError, Wire, shut


class _Owned:
    """A person's account in this server."""

    def __init__(self, person: Person, backend: Backend, clock: Callable[[], float]) -> None:
        self.person = person
        self.address = person.address
        self.settings = person.settings
        self.backend = backend
        self.store = BackendStore(backend)
        self.mailbox = Mailbox(self.store)
        self.budget = Budget(clock)
        self.trouble = Trouble(clock)
        self.client_ids: list[Mapping[str, str]] = []

    def raw(self, stored: int) -> bytes:
        reading = Connection(self.backend)
        try:
            return text(dict(reading.fetch([stored], [b"BODY.PEEK[]"]))[stored][b"BODY[]"])
        finally:
            reading.close()

    def has_app_password(self, typed: str) -> bool:
        return self.person.has_app_password(typed)

    def has_password(self, typed: str) -> bool:
        return bool(typed) and typed == self.person.password


class GmailImap:
    """The server. Safe to use from any thread; addresses are known in any case.

    `introspect` is the URL of an introspection endpoint (RFC 7662), or a function from a token to its answer. `clock`
    gives seconds, for the day's budget and lockouts.
    """

    def __init__(
        self, accounts: Iterable[tuple[Person, Backend]], introspect: Introspect, *, chain: Path, key: Path,
        port: int = 0, clock: Callable[[], float] = time.time, settings: Settings | None = None,
    ) -> None:
        """Bind to 127.0.0.1; port 0 takes any free one. `chain` and `key` are the certificate's files."""
        self.introspect = introspect
        self.settings = settings or Settings()
        self._accounts = {person.address.lower(): _Owned(person, backend, clock) for person, backend in accounts}
        self._sessions: set[Session] = set()
        self._connections: dict[Thread, ssl.SSLSocket] = {}
        self._lock = Lock()
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(chain, key)
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self._thread = Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        """Begin to serve."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and end all sessions."""
        self.stop()

    def stop(self) -> None:
        """Stop serving, end all sessions and wait for them."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        with self._lock:
            sessions, connections = set(self._sessions), dict(self._connections)
        for session in sessions:
            session.wire.stop()
        for thread, connection in connections.items():
            shut(connection)
            thread.join()
        for account in self._accounts.values():
            account.store.close()

    # --- What a test says ---

    def mailbox(self, address: str) -> Mailbox:
        """What is in an account; its owner's acts are methods of it."""
        return self._owned(address).mailbox

    def raw(self, address: str, stored: int) -> bytes:
        """The bytes of a message, by its number with the server behind."""
        return self._owned(address).raw(stored)

    def configure(self, address: str, **changes: Any) -> None:
        """Change some of a person's settings (fields of UserSettings), as from the next command on."""
        account = self._owned(address)
        account.settings = dataclasses.replace(account.settings, **changes)

    def user_settings(self, address: str) -> UserSettings:
        """What a person has set."""
        return self._owned(address).settings

    def behave(self, **changes: Any) -> None:
        """Change some of the emulator's settings (fields of Settings)."""
        self.settings = dataclasses.replace(self.settings, **changes)

    def limit(self, address: str, count: int | None, ending: Ending = Ending.BYE) -> None:
        """Let an account download that many bytes a day, and end as told when they are used; None: without end."""
        budget = self._owned(address).budget
        budget.limit, budget.ending = count, ending

    def spend(self, address: str, count: int) -> None:
        """Another client downloads that many bytes."""
        self._owned(address).budget.spend(count)

    def spent(self, address: str) -> Spent:
        """What an account has used: bytes, commands by their names, sign-ins, and refused ones."""
        return self._owned(address).budget.spent()

    def client_ids(self, address: str) -> list[Mapping[str, str]]:
        """What the account's clients have sent by ID, in their order."""
        return list(self._owned(address).client_ids)

    def lock_out(self, address: str, seconds: float) -> None:
        """End an account's sessions, and let nobody sign in for that long."""
        self._owned(address).trouble.lock_out(seconds)
        self.end_sessions(address)

    def cut(self, address: str, how: Cut, *, after: int = 0) -> None:
        """Cut the session that would send the message after the next `after` ones by FETCH; once."""
        self._owned(address).trouble.cut(how, after)

    def unavailable(self, address: str, *, times: int = 1, verb: str = "") -> None:
        """Answer an account's next commands (those named `verb`, such as "UID FETCH") with NO [UNAVAILABLE]."""
        self._owned(address).trouble.unavailable(times, verb)

    def allow_connections(self, address: str, count: int) -> None:
        """Let an account have that many connections at once, instead of 15."""
        self._owned(address).trouble.connections = count

    def connections(self, address: str) -> int:
        """How many connections are signed in to an account now."""
        with self._lock:
            return self._count(self._owned(address))

    def end_sessions(self, address: str) -> None:
        """Close an account's connections without a word."""
        with self._lock:
            theirs = [one for one in self._sessions if one.account is self._owned(address)]
        for session in theirs:
            session.wire.stop()

    # --- What sessions ask ---

    def account(self, address: str) -> Account | None:
        """The account of an address."""
        return self._accounts.get(address.lower())

    def admit(self, session: Session, account: Account) -> bool:
        """Count a session in. False: the account has as many connections as it may."""
        with self._lock:
            if self._count(account) >= account.trouble.connections:
                return False
            session.account = account
            return True

    def _count(self, account: Account) -> int:
        return sum(one.account is account for one in self._sessions)

    def _owned(self, address: str) -> _Owned:
        return self._accounts[address.lower()]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            secure = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
            thread = Thread(target=self._serve, args=[secure], daemon=True)
            with self._lock:
                self._connections[thread] = secure
            thread.start()

    def _serve(self, connection: ssl.SSLSocket) -> None:
        try:
            connection.do_handshake()
            self._talk(connection)
        except (HungUpError, OSError):
            return
        finally:
            with self._lock:
                del self._connections[current_thread()]
            connection.close()

    def _talk(self, connection: ssl.SSLSocket) -> None:
        """Greet, and answer until the session ends."""
        session = Session(Wire(connection, lambda: self.settings.crawl_pause), self)
        with self._lock:
            self._sessions.add(session)
        try:
            session.say(b"OK Gimap ready for requests from 127.0.0.1")
            while True:
                obey(session, session.wire.command())
        except EndedError as error:
            if str(error):
                session.say(b"BYE " + str(error).encode())
        finally:
            with self._lock:
                self._sessions.discard(session)
            session.close()
