"""Signing in to Gmail's IMAP by an access token.

XOAUTH2 (developers.google.com/workspace/gmail/imap/xoauth2-protocol), and OAUTHBEARER (RFC 7628) where the server has
no XOAUTH2. A refusal comes as a challenge with JSON, which the client answers before the server says NO.
"""

from __future__ import annotations

import base64

from engine.connectors.google.access import refusals
from engine.connectors.google.access.credentials import BEARER
from engine.connectors.imap.connection import Client
from engine.connectors.imap.sign_in import BY_PASSWORD, Manner, converse
from engine.connectors.network.password import Password
from engine.store.vault import Secret

DONE = b"\x01"      # RFC 7628 §3.2.3: what answers the challenge of a refusal


def _may(client: Client) -> bool:
    return client.offers("AUTH=XOAUTH2") or client.offers("AUTH=OAUTHBEARER")


def _send(client: Client, login: str, token: Password) -> None:
    bearer = token.reveal()
    if client.offers("AUTH=XOAUTH2"):
        name, said, after = b"XOAUTH2", f"user={login}\x01auth={bearer}\x01\x01", b""
    else:       # "," and "=" of a name are written =2C and =3D (RFC 5801 §4)
        escaped = login.replace("=", "=3D").replace(",", "=2C")
        name, said, after = b"OAUTHBEARER", f"n,a={escaped},\x01auth={bearer}\x01\x01", base64.b64encode(DONE)
    first = base64.b64encode(said.encode())
    command = b"AUTHENTICATE " + name
    lines = [command + b" " + first] if client.offers("SASL-IR") else [command, first]     # RFC 4959
    converse(client, [*lines, after])


BY_TOKEN = Manner(_may, _send, refusals.signing_in, refusals.takes_no_tokens)
BY_APP_PASSWORD = Manner(BY_PASSWORD.may, BY_PASSWORD.send, refusals.signing_in, BY_PASSWORD.unfit)


def manner_of(secret: Secret) -> Manner:
    """How one signs in with that secret."""
    return BY_TOKEN if secret.startswith(BEARER) else BY_APP_PASSWORD
