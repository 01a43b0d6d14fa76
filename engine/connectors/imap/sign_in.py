"""Signing in, with any characters in login and password.

LOGIN (RFC 3501 §6.2.3) with quoted strings or literals, AUTHENTICATE PLAIN (RFC 3501 §6.2.2, RFC 4616) where the
characters need UTF-8 or the server has switched LOGIN off. One attempt, never a second with another method: a
wrong password must count once.
"""

from __future__ import annotations

import base64
import imaplib
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from engine.connectors.imap import failures
from engine.connectors.imap.connection import Client, NotImapError
from engine.connectors.network import reaching
from engine.connectors.network.dialing import SIGN_IN_TIME, Deadline
from engine.connectors.network.password import Password
from engine.connectors.network.pinning import Endpoint, Network
from engine.connectors.network.signing_in import in_one_attempt
from engine.connectors.network.web_server import answers_as_web_server
from engine.errors import OmmError
from engine.migration.account import Account
from engine.systems import Transport

LONGEST_LOGIN = 500     # characters of login and password; servers hold the LOGIN command in a small buffer

_CRLF = b"\r\n"
_PLAIN_WORD = re.compile(r'[ !#-\[\]-~]{1,500}')      # printable ASCII without quote and backslash

# What imaplib raises when a server talks nonsense, beside its own errors.
FOREIGN = (OSError, imaplib.IMAP4.error, NotImapError, ValueError, TypeError, LookupError, AssertionError)


class SignInRefused(Exception):     # noqa: N818  # a server's answer, not a mistake
    """The server's NO or BAD to the sign-in."""

    def __init__(self, words: str) -> None:
        super().__init__("sign-in refused")
        self.words = words


@dataclass(frozen=True, slots=True)
class Manner:
    """How one signs in: whether the server takes that, what is sent, and what its refusal means.

    `send` raises SignInRefused. `unfit` is the error where `may` is False.
    """

    may: Callable[[Client], bool]
    send: Callable[[Client, str, Password], None]
    refused: Callable[[str, Account], OmmError]
    unfit: Callable[[Endpoint], OmmError]


def signed_in(
    account: Account, password: Password, network: Network, tls: ssl.SSLContext, *, seconds: float = SIGN_IN_TIME,
    manner: Manner | None = None,
) -> Client:
    """A connection to the account's server, signed in; by its password unless there is another `manner`.

    Raises as `in_one_attempt`.
    """

    def introduce(client: Client, endpoint: Endpoint, deadline: Deadline) -> OmmError | None:
        return _introduce(client, account, password, tls, endpoint, deadline, seconds, manner or BY_PASSWORD)

    return in_one_attempt(account, network, tls, seconds=seconds, greet=_greeted, introduce=introduce)


def _greeted(endpoint: Endpoint, tls: ssl.SSLContext | None, deadline: Deadline) -> Client | OmmError:
    try:
        return Client(endpoint, tls, deadline)
    except FOREIGN as error:
        late = deadline.passed or isinstance(error, TimeoutError)
        if late and answers_as_web_server(endpoint, tls):
            return reaching.web_server(endpoint, "IMAP")
        return failures.connecting(error, endpoint, late=late)


def _introduce(
    client: Client, account: Account, password: Password, tls: ssl.SSLContext, endpoint: Endpoint, deadline: Deadline,
    seconds: float, manner: Manner,
) -> OmmError | None:
    """TLS where it is still missing, then the sign-in. Returns what went wrong."""
    try:
        if account.transport is Transport.STARTTLS:
            if client.state != "NONAUTH" or not client.offers("STARTTLS"):
                return reaching.no_upgrade(endpoint, "STARTTLS")
            client.starttls(tls)
            client.forget_capabilities()
        if client.state == "AUTH":        # PREAUTH, RFC 3501 §7.1.4
            return None
        if not manner.may(client):
            return manner.unfit(endpoint)
        deadline.begin_anew(seconds)
        client.wait_at_most(seconds)
        manner.send(client, account.login, password)
    except SignInRefused as refused:
        words = "" if password.occurs_in(refused.words) else refused.words
        return manner.refused(words, account)
    except FOREIGN as error:
        words = failures.text_of(client._imap.untagged_responses.get("BYE")) or failures.words_of(error)
        words = "" if password.occurs_in(words) else words
        return failures.lost_while_signing_in(error, words, endpoint, late=deadline.passed)
    client.forget_capabilities()
    return None


def _may_use_password(client: Client) -> bool:
    return not client.offers("LOGINDISABLED") or client.offers("AUTH=PLAIN")


def _send(client: Client, login: str, password: Password) -> None:
    words = login + password.reveal()
    hard = not words.isascii() or len(words) > LONGEST_LOGIN or client.offers("LOGINDISABLED")
    if hard and client.offers("AUTH=PLAIN") and "\0" not in words:
        message = "\0".join(("", login, password.reveal())).encode()
        converse(client, [b"AUTHENTICATE PLAIN", base64.b64encode(message)])
    else:
        converse(client, _login_lines(login, password))


def _login_lines(login: str, password: Password) -> list[bytes]:
    """The LOGIN command, cut where the server has to ask for a literal (RFC 3501 §4.3)."""
    lines = [b"LOGIN"]
    for word in (login, password.reveal()):
        if _PLAIN_WORD.fullmatch(word):
            lines[-1] += b' "%s"' % word.encode()
        else:
            octets = word.encode()
            lines[-1] += b" {%d}" % len(octets)
            lines.append(octets)
    return lines


def converse(client: Client, lines: list[bytes]) -> None:
    """Sends a command line by line, each after the server's continuation (RFC 3501 §7.5).

    Ends where the server does. Raises SignInRefused.
    """
    imap = client._imap
    tag = imap._new_tag()
    imap.send(tag + b" " + lines[0] + _CRLF)
    for line in lines[1:]:
        while imap._get_response() and not imap.tagged_commands[tag]:
            pass                            # untagged lines come before the continuation
        if imap.tagged_commands[tag]:
            break                           # refused before the end
        imap.send(line + _CRLF)
    kind, data = imap._get_tagged_response(tag)
    if kind != "OK":
        raise SignInRefused(failures.text_of(data))
    imap.state = "AUTH"


BY_PASSWORD = Manner(_may_use_password, _send, failures.signing_in, reaching.no_password_sign_in)
