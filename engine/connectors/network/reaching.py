"""Why a server of the source could not be reached or not be trusted, in the words of the mailbox's owner."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable

from engine.connectors.network.pinning import Endpoint
from engine.errors import Cause, FatalError, OmmError, RetryableError, Side, SignInError
from engine.foreign import Row, Table, Told

# OpenSSL's reasons (sslerr.h) of which each means that the server is too old for us
_TOO_OLD = (
    r"UNSUPPORTED_PROTOCOL|NO_PROTOCOLS|PROTOCOL_VERSION|HANDSHAKE|TOO_SMALL|TOO_WEAK|INSUFFICIENT_SECURITY|LEGACY_SIGALG"
)


def _verified(*results: int) -> Callable[[ssl.SSLCertVerificationError], bool]:
    """True of a certificate that was refused with one of those results (OpenSSL's x509_vfy.h)."""
    return lambda error: getattr(error, "verify_code", None) in results


def _is_too_old(error: ssl.SSLError) -> bool:
    reason = getattr(error, "reason", None) or ""       # without one, Python itself raised it
    return re.search(_TOO_OLD, reason) is not None


def _speaks_tls(error: ssl.SSLError) -> bool:
    """True: the server has said in TLS that it breaks off."""
    return "ALERT" in (getattr(error, "reason", None) or "")


NOT_AGREED = Told("No safe connection to {host} could be agreed on.", Cause.TLS)

# Why no trustworthy encryption came about
ENCRYPTION: Table = (
    Row(ssl.SSLCertVerificationError, Told("The certificate of {host} has expired.", Cause.TLS), _verified(10)),
    Row(
        ssl.SSLCertVerificationError,
        Told("The certificate of {host} is not valid yet. Is the clock right?", Cause.TLS), _verified(9),
    ),
    Row(
        ssl.SSLCertVerificationError,
        Told(
            "The certificate was issued for another name than {host}. Use the name that its provider gives.", Cause.TLS
        ), _verified(62, 64),
    ),
    Row(
        ssl.SSLCertVerificationError,
        Told("The certificate of {host} is self-signed, so OMM does not trust it.", Cause.TLS), _verified(18, 19),
    ),
    Row(
        ssl.SSLCertVerificationError,
        Told("The certificate of {host} is not signed by an authority that OMM trusts.", Cause.TLS),
    ),
    Row(
        (ssl.SSLEOFError, ssl.SSLZeroReturnError),
        Told("{host} closed the connection when encryption started.", Cause.UNREACHABLE),
    ),
    Row(
        ssl.SSLError,
        Told("{host} supports only old encryption that is no longer safe, such as TLS 1.0.", Cause.TLS), _is_too_old,
    ),
    Row(ssl.SSLError, NOT_AGREED, _speaks_tls),
    Row(
        ssl.SSLError,
        Told(
            "{host} does not offer encryption (TLS) on port {port}. Is this the right port and kind of encryption?",
            Cause.WRONG_PROTOCOL,
        ),
    ),
)

NOT_REACHED = Told("{host} cannot be reached on port {port}.", Cause.UNREACHABLE)

# Why nobody takes the connection, or the encryption that it begins with
CONNECTING: Table = (
    *ENCRYPTION,
    Row(
        ConnectionRefusedError,
        Told("{host} accepts no connections on port {port}. Is this the right port?", Cause.UNREACHABLE),
    ),
    Row(OSError, NOT_REACHED),
)

FELL_SILENT = Told("{host} greets, but then does not answer. It may be overloaded.", Cause.TIMEOUT)

# How a sign-in ended that the server has not answered
SIGNING_IN: Table = (Row(TimeoutError, FELL_SILENT), *ENCRYPTION)

# What a server says to a sign-in, or does
CUT_OFF = Told("{host} ended the connection at the sign-in.", Cause.UNREACHABLE, RetryableError)
NOBODY_NOW = Told("{host} lets nobody sign in at the moment.{said}", Cause.BUSY, RetryableError)
WRONG_PASSWORD = Told("{host} refused the login {login} or its password.{said}", Cause.SIGN_IN, SignInError)

_BANNERS = (
    (b"SSH-", "an SSH server"),
    (b"220", "a server for sending mail (SMTP)"),
    (b"+OK", "a POP3 server"),
    (b"* OK", "an IMAP server"),
    (b"* BYE", "an IMAP server"),
    (b"* PREAUTH", "an IMAP server"),
    (b"HTTP/", "a web server"),
    (b"<", "a web server"),
)


def clean(text: str) -> str:
    """A server's words as one line without control characters, at most 300 characters."""
    return "".join(c if c.isprintable() else " " for c in text).strip()[:300]


def fatal(words: str, cause: Cause) -> FatalError:
    """What only a person can mend, at the source."""
    return FatalError(words, cause=cause, side=Side.SOURCE)


def name(endpoint: Endpoint) -> str:
    """The host, as long as it fits into a sentence."""
    return endpoint.host[:200]


def no_answer(endpoint: Endpoint) -> FatalError:
    """Somebody takes the connection, and then says nothing."""
    return fatal(
        f"{name(endpoint)} does not answer on port {endpoint.port}. "
        "Is this the right server, port and kind of encryption?",
        Cause.TIMEOUT,
    )


def at(endpoint: Endpoint, means: Told) -> OmmError:
    """The error about that server."""
    return means.as_error(Side.SOURCE, host=name(endpoint), port=endpoint.port)


def closed_at_once(endpoint: Endpoint) -> FatalError:
    """The connection ended before a word."""
    return fatal(f"{name(endpoint)} closed the connection at once, without a greeting.", Cause.UNREACHABLE)


def other_protocol(greeting: bytes, endpoint: Endpoint, expected: str) -> FatalError:
    """A greeting that is none of the `expected` kind (`IMAP`, `POP3`)."""
    kind = next((name for start, name in _BANNERS if greeting.startswith(start)), "something else")
    return fatal(
        f"{name(endpoint)} does not offer {expected} on port {endpoint.port}: it answers as {kind}.",
        Cause.WRONG_PROTOCOL,
    )


def web_server(endpoint: Endpoint, expected: str) -> FatalError:
    """A server that waited for a web browser."""
    return other_protocol(b"HTTP/", endpoint, expected)


def no_upgrade(endpoint: Endpoint, command: str) -> FatalError:
    """Encryption was asked for and is not offered; going on would show the password to the network."""
    return fatal(f"{name(endpoint)} does not offer encryption ({command}) on port {endpoint.port}.", Cause.TLS)


def no_password_sign_in(endpoint: Endpoint) -> FatalError:
    """The server offers no way to sign in that takes a password."""
    return fatal(f"{name(endpoint)} does not allow sign-in with a password over this connection.", Cause.FORBIDDEN)
