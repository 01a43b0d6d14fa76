"""The emulator as tests hold it: start it, fill it, break it, look into it."""

import dataclasses
import sqlite3
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from emulators.exchange import default_folders, dump, mailbox, mailbox_setting, spoiled
from emulators.exchange.auth import Accounts
from emulators.exchange.call import utc
from emulators.exchange.faults import Fault
from emulators.exchange.people import directory
from emulators.exchange.records import Outgoing, RequestRecord, SignIn, StoredMessage
from emulators.exchange.rules import hidden
from emulators.exchange.rules.operations import BLOB
from emulators.exchange.schema import find_schema, load_schema
from emulators.exchange.server import EwsServer
from emulators.exchange.service import Service
from emulators.exchange.settings import Settings
from emulators.exchange.store import Store
from emulators.listening import Listening

_DEFAULTS = Settings()


class ExchangeEmulator:
    """A local stand-in for the Exchange Web Services of one server.

    Stricter than the real thing where nobody knows, never more lenient; nothing is special-cased for one
    client. Use it as a context manager, or `start` and `stop` it.
    """

    def __init__(self, database: Path, *, settings: Settings = _DEFAULTS, schema: Path | None = None,
                 port: int = 0, tls: tuple[Path, Path] | None = None) -> None:
        """Open the store and bind the port (0: any free one).

        Raises SchemaMissingError when there is no EWS schema to check against.
        """
        loaded = load_schema(find_schema(schema))
        self._store = Store(database)
        self._service = Service(self._store, loaded, settings)
        self._accounts = Accounts(self._store)
        self._server = EwsServer(self._service, self._accounts, port, tls)
        place = f"localhost:{self._server.server_address[1]}" if tls else \
            f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"{'https' if tls else 'http'}://{place}/EWS/Exchange.asmx"
        self._listening: Listening | None = None

    def start(self) -> None:
        """Begin to answer."""
        self._listening = Listening(self._server, "exchange")

    def stop(self) -> None:
        """Cut every connection and close the store; harmless the second time."""
        self._service.board.close()
        if self._listening is not None:
            self._listening.stop()
            self._listening = None
            self._server.cut_all()
        self._server.server_close()
        self._store.close()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        """Stop."""
        self.stop()

    # -- who lives here ---------------------------------------------------------------------------

    def add_mailbox(self, address: str, *, password: str, user: str | None = None, aliases: Sequence[str] = (),
                    by_address: bool = True) -> None:
        r"""Make sure the mailbox is there, and set its password.

        `user` is what its owner signs in with besides the address: DOMAIN\user, or another address; without
        `by_address` instead of it, as where the user principal name is no address. Mail for one of the `aliases`, its
        other addresses, arrives as well; nobody signs in with one.
        """
        with self._store.transaction() as db:
            if mailbox.load(db, address) is None:
                mailbox.create(db, address, user or address, password, utc(time.time()))
            else:
                mailbox.set_password(db, address, password)
            mailbox.set_proxies(db, address, aliases)
        self._service.addresses.add(address.lower())
        names = [user or address, *([address] if by_address else [])]
        self._accounts.add(address.lower(), names, password)

    def add_account(self, user: str, *, password: str) -> None:
        """Let somebody sign in who has no mailbox, as service accounts are."""
        self._accounts.add_without_mailbox(user, password)

    def add_archive(self, address: str) -> None:
        """Give a mailbox an archive; LookupError when nobody has the address."""
        with self._service.owned(address) as (db, owner):
            default_folders.plant_archive(db, owner, utc(time.time()))

    def add_system_folders(self, address: str) -> None:
        """Give a mailbox the folders that servers and clients add in time; LookupError when nobody has the address."""
        with self._service.owned(address) as (db, owner):
            default_folders.plant_in_time(db, owner, utc(time.time()))

    def name_folders(self, address: str, names: Mapping[str, str]) -> None:
        """Give default folders of a mailbox, by their distinguished ids, their names in another language.

        LookupError when nobody has the address, or the mailbox has no such folder.
        """
        with self._service.owned(address) as (db, owner):
            default_folders.name(db, owner, names)

    def add_group(self, address: str, *, name: str, members: Sequence[str]) -> None:
        """Add a public group to the directory; `members` are SMTP addresses."""
        with self._store.transaction() as db:
            directory.add_group(db, address, name, members)

    def ex_addresses(self, *addresses: str) -> list[str]:
        """The EX addresses (legacyExchangeDN) that the directory has for these SMTP addresses."""
        return [directory.ex_of(address) for address in addresses]

    def change_password(self, address: str, password: str) -> None:
        """From now on only this password fits."""
        with self._store.transaction() as db:
            mailbox.set_password(db, address, password)
        self._accounts.change_password(address, password)

    def deliver(self, address: str, message: bytes) -> None:
        """Let a message arrive in a mailbox, where its rules run.

        LookupError when nobody has the address, ItemError when the mailbox is full.
        """
        self._service.deliver(address, message)

    def leave_outlook_rules(self, address: str) -> None:
        """Let Outlook have written its own copy of the rules into a mailbox: OutlookRuleBlobExists becomes true."""
        with self._service.owned(address) as (db, owner):
            mailbox_setting.write(db, owner, BLOB, "1")

    def leave_assistant_rules(self, address: str, *names: str, extended: bool = False) -> None:
        """Let the Out of Office Assistant have rules of these names, which no operation on rules tells.

        They act on nothing here. `extended`: of the class of extended rules. LookupError when nobody has the address.
        """
        kind = hidden.EXTENDED if extended else hidden.STANDARD
        with self._service.owned(address) as (db, owner):
            hidden.leave(db, owner, [hidden.RuleMessage(name, kind) for name in names])

    def leave_junk_rule(self, address: str) -> None:
        """Let there be the rule for junk mail, an extended one; LookupError when nobody has the address."""
        with self._service.owned(address) as (db, owner):
            hidden.leave(db, owner, [hidden.RuleMessage(
                hidden.JUNK, hidden.EXTENDED, "JunkEmailRule", hidden.ENABLED)])

    def spoil(self, address: str, item_id: str, *, code: str = "ErrorMimeContentConversionFailed") -> None:
        """Let the content of an item be one that the server cannot render; `item_id` as `messages` has it.

        `code` is what GetItem then answers to whoever asks for its MIME: ErrorMimeContentConversionFailed,
        ErrorContentConversionFailed, or ErrorItemCorrupt, which refuses its body too; ErrorCannotOpenFileAttachment is
        what GetAttachment answers for its files. Raises LookupError for no such item, ValueError for another code.
        """
        with self._store.transaction() as db:
            spoiled.spoil(db, address, item_id, code)

    # -- how it behaves ---------------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._service.settings

    @settings.setter
    def settings(self, settings: Settings) -> None:
        self._service.settings = settings

    def configure(self, **changes: Any) -> None:
        """Change some settings while it runs; raises TypeError for one that does not exist."""
        self._service.settings = dataclasses.replace(self._service.settings, **changes)

    def expire_sync_states(self) -> None:
        """Let every SyncState given so far be one that the server no longer takes."""
        self.configure(sync_states=self.settings.sync_states + 1)

    def add_fault(self, fault: Fault) -> int:
        """Inject a fault; returns its number."""
        return self._service.board.add(fault)

    def clear_faults(self) -> None:
        """Take all faults away and let go of whatever is held."""
        self._service.board.clear()

    def wait_held(self, name: str, timeout: float) -> bool:
        """Whether a request is held under `name` within `timeout` seconds."""
        return self._service.board.wait_held(name, timeout)

    def release(self, name: str) -> None:
        """Let the requests held under `name` go on."""
        self._service.board.release(name)

    def receive_meeting(self, address: str, icalendar: bytes) -> str:
        """Let a meeting request, answer or cancellation arrive from outside; returns what became of it.

        "created", "updated", "out of date", "answered", "cancelled" or "ignored". Raises LookupError for no mailbox.
        """
        return self._service.receive(address, icalendar)

    # -- what happened ----------------------------------------------------------------------------

    @property
    def requests(self) -> list[RequestRecord]:
        """The authenticated requests so far, each noted when it was over."""
        return list(self._service.requests)

    @property
    def sign_ins(self) -> list[SignIn]:
        """The attempts to sign in so far."""
        return list(self._accounts.sign_ins)

    @property
    def schema_faults(self) -> list[str]:
        """Answers of ours that broke the schema, and our own crashes: must stay empty."""
        return list(self._service.schema_faults)

    def dump(self, address: str | None = None) -> str:
        """Canonical text of everything stored, in one mailbox or in all, but ids, change numbers and the dumpster."""
        with self._store.lock:
            return dump.dump(self._store.db, address)

    def copied(self) -> sqlite3.Connection:
        """All that is stored, as it is now, for `put_back`."""
        return self._store.copied()

    def put_back(self, copy: sqlite3.Connection) -> None:
        """Let all that is stored be as it was when it was copied; who may sign in stays as it is."""
        self._store.put_back(copy)

    def outgoing(self) -> list[Outgoing]:
        """What a real server would have sent to somebody."""
        with self._store.lock:
            return dump.outgoing(self._store.db)

    def messages(self, address: str) -> list[StoredMessage]:
        """The items of a mailbox outside the dumpster, with their MIME as received."""
        with self._store.lock:
            return dump.messages(self._store.db, address)
