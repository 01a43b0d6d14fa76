"""What went wrong at an IMAP server, in the words of the mailbox's owner.

Response codes: RFC 5530 and RFC 3501 §7.1.
"""

from __future__ import annotations

import imaplib
import re
import ssl

from engine.account import Account
from engine.connectors.imap.connection import NotImapError
from engine.connectors.network import Endpoint
from engine.errors import Cause, FatalError, OmmError, RetryableError, Side, SignInError

_CODE = re.compile(r"^\W*\[([A-Z-]+)(?: [^\]]*)?\]\s*", re.IGNORECASE)
_CROWDED = re.compile(
    r"too many|maximum (?:number of )?(?:connections|logins)|connection limit|rate limit|simultaneous|throttl"
    r"|try again|temporar|unavailable|server (?:is )?busy",
    re.IGNORECASE,
)
_ABOUT_LOGIN = re.compile(r"auth|login|log in|password|credential|user", re.IGNORECASE)
_PASSING_CODES = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "OVERQUOTA"})

# OpenSSL's verification results (x509_vfy.h)
_EXPIRED, _NOT_YET = 10, 9
_SELF_SIGNED = frozenset({18, 19})
_OTHER_NAME = frozenset({62, 64})

_BANNERS = (
    (b"SSH-", "an SSH server"),
    (b"220", "a server for sending mail (SMTP)"),
    (b"+OK", "a POP3 server"),
    (b"HTTP/", "a web server"),
    (b"<", "a web server"),
)


def text_of(data: object) -> str:
    """A server's words as one clean line, whatever imaplib holds them in; at most 300 characters."""
    if isinstance(data, list | tuple):
        data = data[-1] if data else b""
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else str(data or "")
    return "".join(c if c.isprintable() else " " for c in text).strip()[:300]


def words_of(error: BaseException) -> str:
    """The server's words that an exception of imaplib's carries; empty for other exceptions."""
    return text_of(error.args[0]) if isinstance(error, imaplib.IMAP4.error) and error.args else ""


def code_of(words: str) -> str:
    """The response code that a server's words begin with, in capitals, or nothing."""
    found = _CODE.match(words)
    return found[1].upper() if found else ""


def is_passing(words: str) -> bool:
    """Whether the same may go through later."""
    return code_of(words) in _PASSING_CODES or bool(_CROWDED.search(words))


def _saying(words: str) -> str:
    plain = _CODE.sub("", words).strip()
    return f" It said: “{plain[:200]}”" if plain else ""


def _fatal(words: str, cause: Cause) -> FatalError:
    return FatalError(words, cause=cause, side=Side.SOURCE)


def _name(endpoint: Endpoint) -> str:
    return endpoint.host[:200]


def connecting(error: BaseException, endpoint: Endpoint, *, late: bool) -> OmmError:
    """Why there is no greeting from this server."""
    if late:
        return _fatal(
            f"{_name(endpoint)} does not answer on port {endpoint.port}. "
            "Is this the right server, port and kind of encryption?",
            Cause.TIMEOUT,
        )
    if isinstance(error, ssl.SSLError):
        return encryption(error, endpoint)
    if isinstance(error, OSError):
        return _unreachable(error, _name(endpoint), endpoint.port)
    return _no_greeting(error, _name(endpoint), endpoint.port)


def _unreachable(error: OSError, host: str, port: int) -> FatalError:
    if isinstance(error, ConnectionRefusedError):
        return _fatal(f"{host} takes no connections on port {port}. Is this the right port?", Cause.UNREACHABLE)
    return _fatal(f"{host} cannot be reached on port {port}.", Cause.UNREACHABLE)


def _no_greeting(error: BaseException, host: str, port: int) -> OmmError:
    if isinstance(error, imaplib.IMAP4.error) and error.args and isinstance(error.args[0], bytes):
        return _turned_away(text_of(error.args[0]), host)           # BYE instead of a greeting
    if isinstance(error, imaplib.IMAP4.abort) and "EOF" in str(error):
        return _fatal(f"{host} closed the connection at once, without a greeting.", Cause.UNREACHABLE)
    return _other_protocol(error, host, port)


def _turned_away(words: str, host: str) -> OmmError:
    words = re.sub(r"^\* (?:BYE )?", "", words)
    return RetryableError(f"{host} takes no more connections at the moment.{_saying(words)}", cause=Cause.BUSY)


def _other_protocol(error: BaseException, host: str, port: int) -> FatalError:
    greeting = error.greeting if isinstance(error, NotImapError) else b""
    kind = next((name for start, name in _BANNERS if greeting.startswith(start)), "something else")
    return _fatal(f"{host} is no IMAP server on port {port}; it answers as {kind}.", Cause.WRONG_PROTOCOL)


def web_server(endpoint: Endpoint) -> FatalError:
    """A server that waited for a web browser."""
    return _fatal(
        f"{_name(endpoint)} is no IMAP server on port {endpoint.port}; it answers as a web server.",
        Cause.WRONG_PROTOCOL,
    )


def encryption(error: ssl.SSLError, endpoint: Endpoint) -> FatalError:
    """Why no trustworthy encryption came about."""
    host, port = _name(endpoint), endpoint.port
    if isinstance(error, ssl.SSLCertVerificationError):
        return _fatal(_certificate(error.verify_code, host), Cause.TLS)
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return _fatal(f"{host} closed the connection when encryption was to begin.", Cause.UNREACHABLE)
    if error.reason in ("UNSUPPORTED_PROTOCOL", "NO_PROTOCOLS_AVAILABLE") or "HANDSHAKE" in (error.reason or ""):
        return _fatal(f"{host} offers no encryption that is still considered safe.", Cause.TLS)
    return _fatal(
        f"{host} does not speak TLS on port {port}. Is this the right port and kind of encryption?",
        Cause.WRONG_PROTOCOL,
    )


def _certificate(code: int, host: str) -> str:
    if code == _EXPIRED:
        return f"The certificate of {host} has expired."
    if code == _NOT_YET:
        return f"The certificate of {host} is not valid yet. Is the clock right?"
    if code in _OTHER_NAME:
        return f"The certificate shown was made for another name than {host}. Use the name that its provider gives."
    if code in _SELF_SIGNED:
        return f"{host} vouches for itself: its certificate is signed by no authority that is trusted here."
    return f"The certificate of {host} is signed by no authority that is trusted here."


def no_starttls(endpoint: Endpoint) -> FatalError:
    """STARTTLS was asked for and is not offered; going on would show the password to the network."""
    return _fatal(f"{_name(endpoint)} does not offer encryption (STARTTLS) on port {endpoint.port}.", Cause.TLS)


def no_password_sign_in(endpoint: Endpoint) -> FatalError:
    """LOGINDISABLED (RFC 3501 §6.2.3), and no other way that takes a password."""
    return _fatal(f"{_name(endpoint)} lets nobody sign in with a password over this connection.", Cause.FORBIDDEN)


def signing_in(words: str, account: Account) -> OmmError:
    """The server's NO or BAD to a sign-in, sorted by what a person can do about it."""
    host, code, saying = account.host[:200], code_of(words), _saying(words)
    if code not in ("AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED") and is_passing(words):
        return RetryableError(f"{host} lets nobody sign in at the moment.{saying}", cause=Cause.BUSY)
    if code == "EXPIRED":
        return SignInError(f"The password for {account.login} on {host} has expired.{saying}", side=Side.SOURCE)
    if code == "PRIVACYREQUIRED":
        return _fatal(f"{host} takes passwords over an encrypted connection only.", Cause.FORBIDDEN)
    if code in ("AUTHORIZATIONFAILED", "CONTACTADMIN", "NOPERM"):
        words = f"{host} does not allow {account.login} to open this mailbox.{saying}"
        return SignInError(words, side=Side.SOURCE, cause=Cause.FORBIDDEN)
    return SignInError(f"{host} did not accept this login and password for {account.login}.{saying}", side=Side.SOURCE)


def lost_while_signing_in(error: BaseException, words: str, endpoint: Endpoint, *, late: bool) -> OmmError:
    """The connection ended, or made no sense, between greeting and sign-in."""
    host = _name(endpoint)
    if late or isinstance(error, TimeoutError):
        return _fatal(f"{host} greets, but then does not answer. It may be overloaded.", Cause.TIMEOUT)
    if isinstance(error, ssl.SSLError):
        return encryption(error, endpoint)
    if words and is_passing(words):
        return RetryableError(f"{host} takes no more connections at the moment.{_saying(words)}", cause=Cause.BUSY)
    if words and _ABOUT_LOGIN.search(words) and "EOF" not in words:
        return SignInError(f"{host} ended the connection at the sign-in.{_saying(words)}", side=Side.SOURCE)
    return RetryableError(f"{host} ended the connection at the sign-in.", cause=Cause.UNREACHABLE)


def refused(words: str, what: str) -> str:
    """What a server would not do for one folder or message, for the report."""
    return f"{what}{_saying(words)}"


def is_gone(words: str) -> bool:
    """Whether a refusal says that there is no such mailbox (RFC 5530)."""
    return code_of(words) in ("NONEXISTENT", "TRYCREATE")

