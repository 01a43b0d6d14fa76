"""The emulator as tests hold it: start it, act in it as its people, break it, look into it."""

import dataclasses
import secrets
import time
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from emulators.google import clients
from emulators.google.calendar.occurrences import Occurrence
from emulators.google.calls import FORM, Call
from emulators.google.clients import Client, Kind, NotPossibleError, ServiceAccount
from emulators.google.control import Commands
from emulators.google.faults import Fault
from emulators.google.filters.filters import Delivered
from emulators.google.identity import introspected
from emulators.google.mailboxes import Mailboxes
from emulators.google.people import Person
from emulators.google.settings import Clock, Settings
from emulators.google.state import State
from emulators.google.web import Served, server

_DEFAULTS = Settings()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """What came of a press: a page, or the `location` to which the browser goes."""

    status: int
    location: str
    page: str


class GoogleEmulator:
    """A local stand-in for Google with one Cloud project in it.

    Stricter than the real thing where nobody knows, never more lenient. `url` is where everything is that Google has at
    accounts.google.com, oauth2.googleapis.com, gmail.googleapis.com and www.googleapis.com. With `tls` (certificate
    chain and key, of 127.0.0.1) it is https. `mailboxes` says what the Gmail API tells of the mail. Use it as a context
    manager; at the end it raises AssertionError if an answer was not of the shape of Google's discovery documents.
    """

    def __init__(self, *, settings: Settings = _DEFAULTS, clock: Clock = time.time, mailboxes: Mailboxes | None = None,
                 port: int = 0, tls: tuple[Path, Path] | None = None) -> None:
        """Bind the port (0: any free one)."""
        self._state = State(settings, clock, mailboxes)
        self._served = Served(self._state, Commands(self))
        self._server = server(self._served, port, tls)
        scheme = "http" if tls is None else "https"
        self.url = self._state.base_url = f"{scheme}://127.0.0.1:{self._server.listener.server_port}/"
        self.control_url = f"{self.url}control/"

    def start(self) -> None:
        """Begin to answer."""
        self._server.start()

    def stop(self) -> None:
        """Stop answering."""
        self._state.board.close()
        self._server.stop()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        """Stop."""
        self.stop()
        if error is None and self.broken:
            raise AssertionError(f"the emulator's own answers are wrong: {self.broken}")

    # -- who and what there is ------------------------------------------------------------------------

    def add_person(self, address: str, name: str = "", *, aliases: Iterable[str] = (), domain: str | None = None,
                   test_user: bool = False) -> Person:
        """One more account; its Workspace domain is that of the address, unless this is Gmail's or another is said."""
        with self._state.lock:
            return self._state.people.add(address, name, aliases=aliases, domain=domain, test_user=test_user)

    def change_person(self, address: str, **changes: Any) -> None:
        """Change name, test_user, admin_blocks, session_seconds or gmail of somebody; raises NotPossibleError."""
        with self._state.lock:
            _change(self._state.people.get(address), ("name", "test_user", "admin_blocks", "session_seconds", "gmail"),
                    changes)

    def add_client(self, kind: Kind = "web", *, redirect_uris: Iterable[str] = (),
                   javascript_origins: Iterable[str] = ()) -> Client:
        """One more OAuth client; raises NotPossibleError for an address that the console does not take."""
        with self._state.lock:
            made = clients.made(kind, tuple(redirect_uris), tuple(javascript_origins))
            self._state.clients[made.id] = made
            return made

    def change_client(self, kind: Kind, **changes: Any) -> None:
        """Change redirect_uris or disabled of the newest client of a kind; raises NotPossibleError."""
        with self._state.lock:
            if "redirect_uris" in changes:
                changes["redirect_uris"] = tuple(clients.checked_redirect(one) for one in changes["redirect_uris"])
            _change(self._state.of_kind(kind), ("redirect_uris", "disabled"), changes)

    def client_secrets(self, kind: Kind = "web") -> dict[str, Any]:
        """The client_secret.json of the newest client of a kind, as the console gives it out."""
        with self._state.lock:
            return clients.client_file(self._state.of_kind(kind), self.url)

    def add_service_account(self, name: str = "mover") -> ServiceAccount:
        """One more service account; no domain has granted it anything yet."""
        with self._state.lock:
            made = clients.made_service_account(name)
            self._state.service_accounts[made.email] = made
            return made

    def service_account_file(self, name: str = "mover") -> dict[str, Any]:
        """Its JSON key file."""
        with self._state.lock:
            return clients.service_account_file(self._service_account(name), self.url)

    def delegate(self, domain: str, scopes: Iterable[str], name: str = "mover") -> None:
        """The domain's administrator grants these scopes, and no others, to the account's client id, for everybody."""
        with self._state.lock:
            self._service_account(name).delegated[domain] = frozenset(scopes)

    def _service_account(self, name: str) -> ServiceAccount:
        found = self._state.service_accounts.get(f"{name}@{clients.PROJECT}.iam.gserviceaccount.com")
        if found is None:
            raise NotPossibleError(f"there is no service account {name}: add_service_account makes one")
        return found

    def serve(self, mailboxes: Mailboxes) -> None:
        """Let the Gmail API tell of this mail from now on."""
        with self._state.lock:
            self._state.mailboxes = mailboxes

    # -- what people do -------------------------------------------------------------------------------

    def press(self, query: str, user: str, do: str, scopes: Collection[str] | None = None) -> Pressed:
        """Choose an account (`choose`), or press `continue`, `cancel` or `another`, as on the page at that query.

        `scopes` are the ticked boxes; None ticks all.
        """
        with self._state.lock:
            reply = self._served.pages.pressed(query, user, do, scopes)
        return Pressed(status=reply.status, location=reply.headers.get("Location", ""), page=reply.body)

    def consent(self, address: str, scopes: Sequence[str], *, kind: Kind = "web",
                offline: bool = True) -> dict[str, Any]:
        """Somebody allows the app all of it, and the app exchanges the code: the answer with the tokens.

        Raises NotPossibleError with Google's page when they may not.
        """
        client = self._state.of_kind(kind)
        back = client.redirect_uris[0] if client.redirect_uris else "http://127.0.0.1:1/"
        query = urlencode({"client_id": client.id, "redirect_uri": back, "response_type": "code",
                           "scope": " ".join(scopes), "state": secrets.token_hex(8), "prompt": "consent",
                           "access_type": "offline" if offline else "online"})
        pressed = self.press(query, address, "continue")
        code = parse_qs(urlsplit(pressed.location).query).get("code")
        if code is None:
            raise NotPossibleError(pressed.page or pressed.location)
        given = {"grant_type": "authorization_code", "code": code[0], "redirect_uri": back, "client_id": client.id,
                 "client_secret": client.secret}
        with self._state.lock:
            return self._served.tokens.answer({name: [value] for name, value in given.items()}, FORM, "")

    def revoke(self, address: str) -> None:
        """Somebody removes the app's access on the page of their account."""
        with self._state.lock:
            self._state.ledger.end_all(self._state.people.get(address).address)

    def change_password(self, address: str) -> None:
        """Somebody changes their password: tokens with a scope of Gmail die."""
        with self._state.lock:
            self._state.ledger.password_changed(self._state.people.get(address).address)

    def expire(self, address: str, *, refresh: bool = False) -> None:
        """Let the access tokens of somebody be too old, and with `refresh` those that renew them."""
        with self._state.lock:
            whose, ledger = self._state.people.get(address).address, self._state.ledger
            for access in ledger.access.values():
                access.expires = 0.0 if access.address == whose else access.expires
            for held in [one.token for one in ledger.refresh.values() if refresh and one.address == whose]:
                ledger.drop(held)

    def call(self, method_id: str, address: str, /, *, body: dict[str, Any] | None = None,
             **parameters: Any) -> dict[str, Any]:
        """Somebody calls a method such as tasks.tasks.insert of their own account, without token and quota.

        Parameters and body are checked as those of any call; a name with a dot goes in by `**{…}`. {} for an empty
        answer. Raises ApiError with what Google would answer.
        """
        with self._state.lock:
            return self._served.room.call(method_id, address, body, parameters)

    def act(self, name: str, address: str, /, **given: Any) -> Any:
        """Somebody does at Google what no API has, such as tasks.complete; raises LookupError for an unknown name."""
        with self._state.lock:
            return self._served.room.act(name, address, given)

    def deliver(self, address: str, message: bytes | str | dict[str, Any], *, to: str = "",
                spam: bool = False) -> Delivered:
        """A message arrives for somebody: where their filters put it. Nothing is kept of it.

        It comes as bytes, as base64 of them, or as fields (`from`, `to`, `cc`, `bcc`, `subject`, `text`, other headers,
        and `attachments`, a list of names); people in a field are one text, or a list of texts or (name, address). `to`
        is the address at which it arrives, a second one of theirs for example; `spam` is Gmail's own verdict.
        Raises NotPossibleError where no document of Google's says what would happen.
        """
        found: Delivered = self.act("gmail.deliver", address, message=message, to=to, spam=spam)
        return found

    def expanded(self, address: str, calendar: str, until: str) -> list[Occurrence]:
        """All occurrences in somebody's calendar that begin before `until`, a time of RFC 3339."""
        found: list[Occurrence] = self.act("calendar.expanded", address, calendar=calendar, until=until)
        return found

    def expire_page_tokens(self) -> None:
        """Let all page tokens and sync tokens that were given out be too old."""
        with self._state.lock:
            self._served.room.tokens.expire()

    # -- what there is to see -------------------------------------------------------------------------

    def tokens(self, address: str) -> dict[str, list[str]]:
        """The living tokens of somebody, oldest first: `access` and `refresh`."""
        with self._state.lock:
            whose, ledger = self._state.people.get(address).address, self._state.ledger
            living = [one.token for one in ledger.access.values() if one.address == whose and ledger.living(one.token)]
            return {"access": living, "refresh": [one.token for one in ledger.refresh.values() if one.address == whose]}

    def introspect(self, token: str) -> dict[str, Any]:
        """What the mail server is told of an access token; `active` is False for one that is dead."""
        with self._state.lock:
            return introspected(self._state, token)

    @property
    def requests(self) -> list[Call]:
        """Every call so far, with its parameters."""
        with self._state.lock:
            return list(self._state.calls)

    @property
    def broken(self) -> list[str]:
        """Answers that were not of the shape of Google's documents; each is a fault of the emulator."""
        return list(self._state.broken)

    # -- how it behaves -------------------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._state.settings

    def configure(self, **changes: Any) -> None:
        """Change some settings while it runs; raises TypeError for one that does not exist."""
        self._state.settings = dataclasses.replace(self._state.settings, **changes)

    def add_fault(self, fault: Fault) -> int:
        """Inject a fault; returns its number."""
        return self._state.board.add(fault)

    def clear_faults(self) -> None:
        """Take all faults away and let go of whatever is held."""
        self._state.board.clear()

    def wait_held(self, name: str, timeout: float) -> bool:
        """True: a call is held under `name` within `timeout` seconds."""
        return self._state.board.wait_held(name, timeout)

    def release(self, name: str) -> None:
        """Let the calls held under `name` go on."""
        self._state.board.release(name)


def _change(held: Any, allowed: Collection[str], changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        if name not in allowed:
            raise NotPossibleError(f"{name} cannot be changed")
        setattr(held, name, value)
