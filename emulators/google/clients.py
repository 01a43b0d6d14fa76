"""OAuth clients and service accounts of the project, as the console would give out their files."""

import base64
import secrets
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

Kind = Literal["web", "installed"]

PROJECT = "omm-emulator"
NUMBER = "424242424242"     # of the project
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class NotPossibleError(ValueError):
    """Google's pages would not let anybody do that."""


@dataclass(slots=True, kw_only=True)
class Client:
    """An OAuth client. `disabled` is what the console calls disabled; it is refused then as disabled_client."""

    kind: Kind
    id: str
    secret: str = field(repr=False)
    redirect_uris: tuple[str, ...] = ()
    javascript_origins: tuple[str, ...] = ()
    disabled: bool = False

    def leads_back(self, address: str, *, any_path: bool) -> bool:
        """True: somebody may be sent back to this address.

        A web client's has to be registered, letter by letter. A desktop client's is on the loopback, at any port
        (developers.google.com/identity/protocols/oauth2/native-app, "Loopback IP address"), and at `/` unless
        `any_path`.
        """
        if self.kind == "web":
            return address in self.redirect_uris
        parts = urlsplit(address)
        plain = not (parts.query or parts.fragment or parts.username)
        return (plain and parts.scheme == "http" and parts.hostname in LOOPBACK and _has_port(parts)
                and (any_path or parts.path in ("", "/")))


def _has_port(parts: SplitResult) -> bool:
    try:
        return parts.port is not None
    except ValueError:
        return False


def checked_redirect(address: str) -> str:
    """An address that the console takes for a web client.

    The rules are those of developers.google.com/identity/protocols/oauth2/web-server#uri-validation. Raises
    NotPossibleError.
    """
    parts = urlsplit(address)
    local = parts.hostname in LOOPBACK
    wrong = {
        "must use https unless it is of the loopback": parts.scheme not in (("https", "http") if local else ("https",)),
        "must name a host that is no address": not local and not _is_name(parts.hostname or ""),
        "must have no fragment": "#" in address,
        "must have no user": "@" in parts.netloc,
        "must have no wildcard": "*" in address,
        "must have no step upwards": "/.." in parts.path or "\\.." in parts.path,
    }
    for said, broken in wrong.items():
        if broken:
            raise NotPossibleError(f"the redirect address {address} {said}")
    return address


def _is_name(host: str) -> bool:
    return "." in host and not host.replace(".", "").isdecimal() and ":" not in host


def made(kind: Kind, redirect_uris: tuple[str, ...], origins: tuple[str, ...]) -> Client:
    """A new client; raises NotPossibleError."""
    if kind == "installed" and (redirect_uris or origins):
        raise NotPossibleError("a desktop client has no addresses of its own")
    return Client(kind=kind, id=f"{NUMBER}-{secrets.token_hex(16)}.apps.googleusercontent.com",
                  secret=f"GOCSPX-{secrets.token_urlsafe(21)}", javascript_origins=origins,
                  redirect_uris=tuple(checked_redirect(one) for one in redirect_uris))


def client_file(client: Client, base: str) -> dict[str, Any]:
    """The client_secret.json that the console gives out, with the addresses of this emulator.

    The fields are those of github.com/googleapis/google-api-python-client/blob/main/docs/client-secrets.md.
    """
    said: dict[str, Any] = {
        "client_id": client.id, "project_id": PROJECT, "auth_uri": f"{base}o/oauth2/auth", "token_uri": f"{base}token",
        "auth_provider_x509_cert_url": f"{base}oauth2/v1/certs", "client_secret": client.secret,
        "redirect_uris": list(client.redirect_uris) if client.kind == "web" else ["http://localhost"],
    }
    if client.javascript_origins:
        said["javascript_origins"] = list(client.javascript_origins)
    return {client.kind: said}


@dataclass(slots=True, kw_only=True)
class ServiceAccount:
    """A service account with its one key, and the scopes that domains have granted to its client id."""

    email: str
    client_id: str
    key_id: str
    key: RSAPrivateKey = field(repr=False)
    delegated: dict[str, frozenset[str]] = field(default_factory=dict)      # by the Workspace domain


def made_service_account(name: str) -> ServiceAccount:
    """A new one. All of this process share a key: making one takes longer than most tests."""
    email = f"{name}@{PROJECT}.iam.gserviceaccount.com"
    digest = sha256(email.encode()).hexdigest()
    return ServiceAccount(email=email, client_id=str(10**20 + int(digest, 16) % 10**20), key_id=digest[:40],
                          key=service_key())


def service_account_file(account: ServiceAccount, base: str) -> dict[str, Any]:
    """The JSON key file (cloud.google.com/iam/docs/keys-create-delete), with the addresses of this emulator."""
    pem = account.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {
        "type": "service_account", "project_id": PROJECT, "private_key_id": account.key_id, "private_key": pem,
        "client_email": account.email, "client_id": account.client_id, "auth_uri": f"{base}o/oauth2/auth",
        "token_uri": f"{base}token", "auth_provider_x509_cert_url": f"{base}oauth2/v1/certs",
        "client_x509_cert_url": f"{base}robot/v1/metadata/x509/{account.email.replace('@', '%40')}",
        "universe_domain": "googleapis.com",
    }


@cache
def service_key() -> RSAPrivateKey:
    """One for all service accounts of this process."""
    return generate_private_key(public_exponent=65537, key_size=2048)


@cache
def signing_key() -> RSAPrivateKey:
    """Google's own, one for all emulators of this process."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def encoded(plain: bytes) -> str:
    """base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode()
