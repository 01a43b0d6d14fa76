"""Access tokens: whom they let in, by introspection (RFC 7662)."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

# https://developers.google.com/workspace/gmail/imap/xoauth2-protocol: nothing narrower opens IMAP, and the second one
# is for service accounts with domain-wide delegation alone.
MAIL = "https://mail.google.com/"
IMAP_ADMIN = "https://www.googleapis.com/auth/gmail.imap_admin"

Introspect: TypeAlias = str | Callable[[str], Mapping[str, Any]]


class TokensUnreachableError(Exception):
    """Nobody answers at the introspection URL."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A token that opens a mailbox. `admin`: it sees labels and messages that its owner's IMAP settings hide."""

    token: str = field(repr=False)
    admin: bool


def granted(introspect: Introspect, address: str, token: str) -> Grant | None:
    """Return what the token opens of that account's IMAP; None: nothing.

    The answer's `email`, or else its `username`, must be the address; `scope` is separated by spaces.
    Raises TokensUnreachableError.
    """
    answer = introspect(token) if callable(introspect) else _asked(introspect, token)
    whose = str(answer.get("email") or answer.get("username") or "").lower()
    scopes = set(str(answer.get("scope", "")).split())
    if answer.get("active") is not True or whose != address.lower() or not scopes & {MAIL, IMAP_ADMIN}:
        return None
    return Grant(token, IMAP_ADMIN in scopes)


def _asked(url: str, token: str) -> Mapping[str, Any]:
    body = urllib.parse.urlencode({"token": token}).encode()
    try:
        with urllib.request.urlopen(url, body, timeout=60) as answer:      # noqa: S310  # a stand-in on loopback
            found = json.loads(answer.read())
    except (OSError, ValueError) as error:
        raise TokensUnreachableError from error
    return found if isinstance(found, dict) else {}
