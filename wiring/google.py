"""Google's settings: with which of Google's clients we ask for consent, and where its services are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from engine.clock import utc_now
from engine.connectors.google.access.clients import Client, ClientKind, ServiceAccount, client_in, service_account_in
from engine.connectors.google.access.grants import granting_account
from engine.connectors.network.pinning import Network
from engine.credentials import KINDS, Credential, Keep, Make
from engine.errors import InputError
from engine.migration.account import Account
from engine.store.vault import Secret
from engine.systems import CredentialKind, System
from wiring import environment

if TYPE_CHECKING:
    from engine.connectors.google.access.reaching import Google
    from engine.ports.consent import Consenting

T = TypeVar("T")
API = "https://www.googleapis.com"
CALLBACK = "/oauth/google/callback"
LARGE = "OMM_GMAIL_LARGE_BY_API"
WEB, DESKTOP, SERVICE = (
    "GOOGLE_CLIENT_SECRETS_FILE", "GOOGLE_DESKTOP_CLIENT_SECRETS_FILE", "GOOGLE_SERVICE_ACCOUNT_FILE",
)


@dataclass(frozen=True, slots=True)
class GoogleSettings:
    """What the environment says. The clients and the service account are those of Google's own files.

    `web_client` is for the web door, `desktop_client` for the terminal, `service_account` opens mailboxes of a whole
    domain; None where it is not set. `callback` is the address to which Google's page comes back for the web client; ''
    without OMM_PUBLIC_URL. `api_url` and `imap_server` (host and port) are where Google is.
    `large_by_api`: True: large messages come by Gmail's interface, which nobody has proved against Google.
    """

    web_client: Client | None = None
    desktop_client: Client | None = None
    service_account: ServiceAccount | None = None
    callback: str = ""
    api_url: str = API
    imap_server: tuple[str, int] = (System.GOOGLE.row.host, 993)
    large_by_api: bool = False

    @property
    def clients(self) -> tuple[Client, ...]:
        """Both, where they are set."""
        return tuple(client for client in (self.web_client, self.desktop_client) if client is not None)

    @property
    def secrets(self) -> Iterator[str]:
        """What must not be shown of the files."""
        yield from (client.secret for client in self.clients)
        if self.service_account is not None:
            yield str(self.service_account.info["private_key"])


def google_settings(environ: Mapping[str, str]) -> GoogleSettings:
    """The settings, checked. Raises InputError that names the one at fault."""
    public_url = environment.public_url(environ.get("OMM_PUBLIC_URL", ""))
    callback = public_url + CALLBACK if public_url else ""
    web = _file(environ, WEB, partial(client_in, kind=ClientKind.WEB, setting=WEB))
    if web is not None and callback and callback not in web.redirect_uris:
        raise InputError(
            f"{WEB}: the client has no redirect URI {callback}, which OMM_PUBLIC_URL leads to. Add it in Google's "
            "console (Google Auth Platform, Clients), and to redirect_uris in the file."
        )
    return GoogleSettings(
        web_client=web,
        desktop_client=_file(environ, DESKTOP, partial(client_in, kind=ClientKind.DESKTOP, setting=DESKTOP)),
        service_account=_file(environ, SERVICE, partial(service_account_in, setting=SERVICE)),
        callback=callback,
        api_url=_api_url(environ.get("GOOGLE_API_URL", "")),
        imap_server=_imap_server(environ.get("GOOGLE_IMAP_HOST", "")),
        large_by_api=_is_on(environ, LARGE),
    )


def _file(environ: Mapping[str, str], name: str, read: Callable[[Path], T]) -> T | None:
    """What is in the file that the setting names; None where it names none."""
    named = environ.get(name, "").strip()
    if not named:
        return None
    try:
        path = Path(named).expanduser()
    except RuntimeError:
        raise InputError(f"{name} names the home directory of a user that this machine does not know.") from None
    return read(path)


def _api_url(text: str) -> str:
    """GOOGLE_API_URL without a / at its end, or Google's own."""
    url = text.strip().rstrip("/")
    if url and not environment.is_web_address(url):
        raise InputError(f"GOOGLE_API_URL is no address of Google's interfaces. Write it like {API}")
    return url or API


def _is_on(environ: Mapping[str, str], name: str) -> bool:
    """True: the setting says on. Raises InputError for anything but on, off or nothing."""
    said = environ.get(name, "").strip().lower()
    if said not in ("on", "off", ""):
        raise InputError(f"{name} is on or off.")
    return said == "on"


def _imap_server(text: str) -> tuple[str, int]:
    """GOOGLE_IMAP_HOST: a host, with a port where that is not 993."""
    named = text.strip() or System.GOOGLE.row.host
    found = re.fullmatch(r"(?P<host>\[[0-9a-fA-F:.]+\]|[^\s:/@\[\]]+)(?::(?P<port>[0-9]{1,5}))?", named)
    port = int(found["port"] or 993) if found else 0
    if found is None or not 0 < port < 65536:
        raise InputError("GOOGLE_IMAP_HOST is the name of a server, as imap.gmail.com or localhost:1993")
    return found["host"].strip("[]"), port


def reached(
    chosen: GoogleSettings, network: Network, *, clock: Callable[[], datetime] = utc_now,
    hide: Callable[[str], None] = lambda _secret: None,
) -> Google:
    """Google as these settings reach it."""
    from engine.connectors.google.access.reaching import Google  # noqa: PLC0415 - few accounts need it

    return Google(network, chosen.api_url, chosen.clients, chosen.service_account, clock, hide)


def kinds(
    chosen: GoogleSettings, network: Network, *, clock: Callable[[], datetime] = utc_now,
    hide: Callable[[str], None] = lambda _secret: None,
) -> Mapping[CredentialKind, Make]:
    """What makes a credential of what the vault keeps, by its kind. `hide` hears of the files' own secrets at once."""
    for secret in chosen.secrets:
        hide(secret)

    def granted(account: Account, secret: Secret, keep: Keep) -> Credential:
        from engine.connectors.google.access.credentials import credential  # noqa: PLC0415 - Google's libraries

        return credential(reached(chosen, network, clock=clock, hide=hide), account, secret, keep)

    return {**KINDS, CredentialKind.GRANT: granted}


@dataclass(frozen=True, slots=True)
class GrantReturning:
    """Fills in `ports.consent.Returning`."""

    chosen: GoogleSettings
    network: Network

    def account(self, secret: str) -> str:
        """The address of a grant."""
        return granting_account(secret)

    def give_back(self, secret: Secret) -> None:
        """Gives back a grant."""
        from engine.connectors.google.access.giving_back import give_back  # noqa: PLC0415 - few accounts need it

        give_back(reached(self.chosen, self.network), secret)


def consenting(
    chosen: GoogleSettings, network: Network, *, hide: Callable[[str], None] = lambda _secret: None
) -> Consenting | None:
    """What asks in people's browsers; None without a client for that, or without OMM_PUBLIC_URL."""
    if chosen.web_client is None or not chosen.callback:
        return None
    from engine.connectors.google.access.consent import GoogleConsent  # noqa: PLC0415 - as above

    return GoogleConsent(reached(chosen, network, hide=hide), chosen.web_client, chosen.callback)


def consenting_here(
    chosen: GoogleSettings, network: Network, redirect_uri: str, *, hide: Callable[[str], None] = lambda _secret: None
) -> Consenting | None:
    """What asks in the browser of whoever sits at this terminal, who comes back to that address of this machine."""
    if chosen.desktop_client is None:
        return None
    from engine.connectors.google.access.consent import GoogleConsent  # noqa: PLC0415 - as above

    return GoogleConsent(reached(chosen, network, hide=hide), chosen.desktop_client, redirect_uri)
