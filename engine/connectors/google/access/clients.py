"""Google's files: an OAuth client (client_secret.json) and a service account's key, as its console hands them out.

The fields: github.com/googleapis/google-api-python-client/blob/main/docs/client-secrets.md, and
cloud.google.com/iam/docs/keys-create-delete.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from engine.errors import InputError
from engine.store.vault import Secret

AGAIN = "Download the file from Google's console again."
SHOWN_ONCE = (
    "Google shows a client's secret only once: add a new secret to the client in Google's console, and download its "
    "file at once."
)
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class ClientKind(StrEnum):
    """What a client is for, as its file's outermost field says."""

    WEB = "web"
    DESKTOP = "installed"


CALLED = {ClientKind.WEB: "a web application", ClientKind.DESKTOP: "a desktop app"}


@dataclass(frozen=True, slots=True)
class Client:
    """An OAuth client. Google's addresses are those of its file."""

    kind: ClientKind
    id: str
    secret: Secret
    auth_uri: str
    token_uri: str
    redirect_uris: tuple[str, ...] = ()

    @property
    def config(self) -> dict[str, dict[str, Any]]:
        """As google-auth-oauthlib reads it."""
        return {self.kind.value: {
            "client_id": self.id, "client_secret": str(self.secret), "auth_uri": self.auth_uri,
            "token_uri": self.token_uri, "redirect_uris": list(self.redirect_uris),
        }}


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A service account with its key. `client_id` is what an administrator delegates to."""

    email: str
    client_id: str
    info: Mapping[str, Any] = field(repr=False)


def client_in(path: Path, kind: ClientKind, setting: str) -> Client:
    """The client of that kind in a file. Raises InputError, which names the setting and repeats nothing of the file."""
    said = _read(path, setting)
    if kind.value not in said:
        other = next((known for known in ClientKind if known.value in said), None)
        what = f"that of {CALLED[other]}" if other else "no OAuth client"
        raise InputError(
            f"{setting} needs the file of {CALLED[kind]} (client_secret….json), but {shown(path)} holds {what}."
        )
    inner = said[kind.value]
    names = ("client_id", "client_secret", "auth_uri", "token_uri")
    found = _texts(inner, names, path, setting)
    back = inner.get("redirect_uris", [])
    if not isinstance(back, list) or not all(isinstance(one, str) for one in back):
        raise InputError(f"{setting}: redirect_uris in {shown(path)} is no list. {AGAIN}")
    _check_address(found["auth_uri"], "auth_uri", path, setting, may_be_plain=True)
    _check_address(found["token_uri"], "token_uri", path, setting)
    return Client(
        kind, found["client_id"], Secret(found["client_secret"]), found["auth_uri"], found["token_uri"], tuple(back)
    )


def service_account_in(path: Path, setting: str) -> ServiceAccount:
    """The service account in a key file. Raises InputError as `client_in`."""
    said = _read(path, setting)
    if said.get("type") != "service_account":
        raise InputError(f"{setting} needs a service account's key (JSON), but {shown(path)} holds something else.")
    found = _texts(said, ("client_email", "client_id", "private_key", "token_uri"), path, setting)
    _check_address(found["token_uri"], "token_uri", path, setting)
    return ServiceAccount(found["client_email"], found["client_id"], said)


def _read(path: Path, setting: str) -> dict[str, Any]:
    try:
        said = json.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise InputError(f"{setting} names a file that cannot be read: {shown(path)}: {error.strerror}") from None
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise InputError(f"{setting} names a file that is not JSON: {shown(path)}")
    return said


def _texts(said: object, names: tuple[str, ...], path: Path, setting: str) -> dict[str, str]:
    found = {name: said.get(name) for name in names} if isinstance(said, dict) else {}
    missing = [name for name in names if not isinstance(found.get(name), str) or not found[name]]
    if missing:
        advice = SHOWN_ONCE if "client_secret" in missing else AGAIN
        raise InputError(f"{setting}: {shown(path)} lacks {', '.join(missing)}. {advice}")
    return {name: str(found[name]) for name in names}


def _check_address(text: str, name: str, path: Path, setting: str, *, may_be_plain: bool = False) -> None:
    """`may_be_plain`: http will do on this machine."""
    try:
        parts = urlsplit(text)
        right = bool(parts.hostname) and parts.port != 0 and not parts.username
    except ValueError:
        right = False
    plain = may_be_plain and right and parts.scheme == "http" and parts.hostname in LOOPBACK
    if not right or not (parts.scheme == "https" or plain):
        raise InputError(f"{setting}: {name} in {shown(path)} is no https address. {AGAIN}")


def shown(path: Path) -> str:
    """On one line, whatever it is called."""
    return " ".join(str(path).split())
