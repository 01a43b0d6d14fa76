"""Why a server of the source could not be reached or not be trusted, in the words of the mailbox's owner."""

from __future__ import annotations

import re
import ssl

from engine.connectors.network.pinning import Endpoint
from engine.errors import Cause, FatalError, Side

# OpenSSL's verification results (x509_vfy.h)
_EXPIRED, _NOT_YET = 10, 9
_SELF_SIGNED = frozenset({18, 19})
_OTHER_NAME = frozenset({62, 64})

# OpenSSL's reasons (sslerr.h) of which each means that the server is too old for us
_TOO_OLD = re.compile(
    r"UNSUPPORTED_PROTOCOL|NO_PROTOCOLS|PROTOCOL_VERSION|HANDSHAKE|TOO_SMALL|TOO_WEAK|INSUFFICIENT_SECURITY|LEGACY_SIGALG"
)

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


def unreachable(error: Exception, endpoint: Endpoint) -> FatalError:
    """Nobody takes the connection."""
    host, port = name(endpoint), endpoint.port
    if isinstance(error, ConnectionRefusedError):
        return fatal(f"{host} accepts no connections on port {port}. Is this the right port?", Cause.UNREACHABLE)
    return fatal(f"{host} cannot be reached on port {port}.", Cause.UNREACHABLE)


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


def encryption(error: ssl.SSLError, endpoint: Endpoint) -> FatalError:
    """Why no trustworthy encryption came about."""
    host, port = name(endpoint), endpoint.port
    if isinstance(error, ssl.SSLCertVerificationError):
        return fatal(_certificate(error.verify_code, host), Cause.TLS)
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return fatal(f"{host} closed the connection when encryption started.", Cause.UNREACHABLE)
    if _TOO_OLD.search(error.reason or ""):
        words = f"{host} supports only old encryption that is no longer safe, such as TLS 1.0."
        return fatal(words, Cause.TLS)
    return fatal(
        f"{host} does not offer encryption (TLS) on port {port}. Is this the right port and kind of encryption?",
        Cause.WRONG_PROTOCOL,
    )


def _certificate(code: int, host: str) -> str:
    if code == _EXPIRED:
        return f"The certificate of {host} has expired."
    if code == _NOT_YET:
        return f"The certificate of {host} is not valid yet. Is the clock right?"
    if code in _OTHER_NAME:
        return f"The certificate was issued for another name than {host}. Use the name that its provider gives."
    if code in _SELF_SIGNED:
        return f"The certificate of {host} is self-signed, so OMM does not trust it."
    return f"The certificate of {host} is not signed by an authority that OMM trusts."


def no_upgrade(endpoint: Endpoint, command: str) -> FatalError:
    """Encryption was asked for and is not offered; going on would show the password to the network."""
    return fatal(f"{name(endpoint)} does not offer encryption ({command}) on port {endpoint.port}.", Cause.TLS)


def no_password_sign_in(endpoint: Endpoint) -> FatalError:
    """The server offers no way to sign in that takes a password."""
    return fatal(f"{name(endpoint)} does not allow sign-in with a password over this connection.", Cause.FORBIDDEN)


def fell_silent(endpoint: Endpoint) -> FatalError:
    """The server greets, and then says no more."""
    return fatal(f"{name(endpoint)} greets, but then does not answer. It may be overloaded.", Cause.TIMEOUT)
