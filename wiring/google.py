"""Google's settings: with which of Google's clients we ask for consent, and where its services are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.systems import System

API = "https://www.googleapis.com"


@dataclass(frozen=True, slots=True)
class GoogleSettings:
    """What the environment says. The files are Google's own, as its console hands them out.

    `web_client` is for the web door, `desktop_client` for the terminal, `service_account` opens mailboxes of a whole
    domain; None where it is not set. `api_url` and `imap_host` (with a port where it is not 993) are where Google is.
    """

    web_client: Path | None = None
    desktop_client: Path | None = None
    service_account: Path | None = None
    api_url: str = API
    imap_host: str = System.GOOGLE.row.host


def google_settings(environ: Mapping[str, str]) -> GoogleSettings:
    """The settings, checked. Raises InputError that names the one at fault."""
    def file(name: str) -> Path | None:
        named = environ.get(name, "").strip()
        return Path(named) if named else None

    return GoogleSettings(
        web_client=file("GOOGLE_CLIENT_SECRETS_FILE"),
        desktop_client=file("GOOGLE_DESKTOP_CLIENT_SECRETS_FILE"),
        service_account=file("GOOGLE_SERVICE_ACCOUNT_FILE"),
        api_url=environ.get("GOOGLE_API_URL", "").strip().rstrip("/") or API,
        imap_host=environ.get("GOOGLE_IMAP_HOST", "").strip() or System.GOOGLE.row.host,
    )
