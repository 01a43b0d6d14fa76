"""What went wrong at an IMAP server, in the words of the mailbox's owner.

Response codes: RFC 5530 and RFC 3501 §7.1.
"""

from __future__ import annotations

import imaplib
import re

from engine.connectors.imap.connection import NotImapError, TooSlowError
from engine.connectors.network import reaching
from engine.connectors.network.pinning import Endpoint
from engine.connectors.network.reaching import clean, fatal, name
from engine.errors import Cause, OmmError, RetryableError, Side, SignInError
from engine.foreign import Row, Table, Told, text_has, told
from engine.migration.account import Account

# What servers say. No pattern is compiled before something is looked for: most migrations meet no failure.
_CODE = r"(?i)^\W*\[([A-Z-]+)(?: [^\]]*)?\]\s*"
_CROWDED = (
    r"(?i)too many|maximum (?:number of )?(?:connections|logins)|connection limit|rate limit|simultaneous|throttl"
    r"|try again|temporar|unavailable|server (?:is )?busy"
)
_REFUSED = (
    r"(?i)(?:invalid|wrong|incorrect|bad|unknown) (?:user|login|password|credential|account)"
    r"|(?:login|logon|sign-?in|authentication) (?:attempt|fail)|failed (?:login|logon|sign-?in|authentication)"
    r"|password (?:is )?(?:invalid|wrong|incorrect)|account .{0,20}(?:locked|blocked|suspended|disabled)"
)
_NOT_ABOUT_US = r"(?i)connection|temporar\w* (?:\w+ )?(?:authentication|login|logon)"
_OPEN_FIRST = r"(?i)^\W*\[WEBALERT (https://[^\s\]]+)\]"       # Gmail's code
_AFTER = r"command: \S+ => "      # imaplib's words before what ended a command, the greeting being over
_ABOUT_LOGIN = r"(?i)auth|login|log in|password|credential|user"
_PASSING_CODES = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "OVERQUOTA"})
_FOR_GOOD = frozenset({"AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED"})       # whatever the words say

_NOT_ALLOWED = Told("{host} does not allow {login} to open this mailbox.{said}", Cause.FORBIDDEN, SignInError)

# What a code means that a sign-in is refused with (RFC 5530 §3)
SIGN_IN_CODES = {
    "EXPIRED": Told("The password for {login} on {host} has expired.{said}", Cause.SIGN_IN, SignInError),
    "PRIVACYREQUIRED": Told("{host} takes passwords over an encrypted connection only.", Cause.FORBIDDEN),
    "AUTHORIZATIONFAILED": _NOT_ALLOWED,
    "CONTACTADMIN": _NOT_ALLOWED,
    "NOPERM": _NOT_ALLOWED,
}

SIGNING_IN: Table = (
    *reaching.SIGNING_IN,
    Row(
        imaplib.IMAP4.abort, Told("{host} gives an answer that cannot be read.", Cause.UNREACHABLE, RetryableError),
        text_has("unexpected response"),      # imaplib's words
    ),
)


def text_of(data: object) -> str:
    """A server's words as one clean line, whatever imaplib holds them in; at most 300 characters."""
    if isinstance(data, list | tuple):
        data = data[-1] if data else b""
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else str(data or "")
    return clean(text)


def words_of(error: BaseException) -> str:
    """The server's words that an exception of imaplib's carries; empty for other exceptions."""
    return text_of(error.args[0]) if isinstance(error, imaplib.IMAP4.error) and error.args else ""


def code_of(words: str) -> str:
    """The response code that a server's words begin with, in capitals, or nothing."""
    found = re.match(_CODE, words)
    return found[1].upper() if found else ""


def is_passing(words: str) -> bool:
    """True: the same may go through later."""
    return code_of(words) in _PASSING_CODES or bool(re.search(_CROWDED, words))


def _may_let_in_later(words: str) -> bool:
    """True: a refused sign-in may go through later. "Try again" is said of a mistyped password, too."""
    if code_of(words) in _PASSING_CODES or not re.search(_REFUSED, words):
        return is_passing(words)
    return is_passing(words) and bool(re.search(_NOT_ABOUT_US, words))


def saying(words: str) -> str:
    """The server's words as a sentence of ours, without their code; empty where it said nothing."""
    plain = re.sub(_CODE, "", words).strip()
    return f" It said: “{plain[:200]}”" if plain else ""


def connecting(error: BaseException, endpoint: Endpoint, *, late: bool) -> OmmError:
    """Why there is no greeting from this server."""
    if late:
        return reaching.no_answer(endpoint)
    means = told(reaching.CONNECTING, error)
    return reaching.at(endpoint, means) if means else _no_greeting(error, endpoint)


def _no_greeting(error: BaseException, endpoint: Endpoint) -> OmmError:
    if isinstance(error, imaplib.IMAP4.error) and error.args and isinstance(error.args[0], bytes):
        return _turned_away(text_of(error.args[0]), name(endpoint))      # BYE instead of a greeting
    if isinstance(error, imaplib.IMAP4.abort) and (after := re.match(_AFTER, str(error))):
        return lost_while_signing_in(error, text_of(str(error)[after.end():]), endpoint, late=False)
    if isinstance(error, imaplib.IMAP4.abort) and "EOF" in str(error):
        return reaching.closed_at_once(endpoint)
    greeting = error.greeting if isinstance(error, NotImapError) else b""
    return reaching.other_protocol(greeting, endpoint, "IMAP")


def _turned_away(words: str, host: str) -> OmmError:
    words = re.sub(r"^\* (?:BYE )?", "", words)
    if is_passing(words) and not _may_let_in_later(words):
        return SignInError(f"{host} lets nobody sign in.{saying(words)}", side=Side.SOURCE)
    return RetryableError(f"{host} takes no more connections at the moment.{saying(words)}", cause=Cause.BUSY)


def signing_in(words: str, account: Account) -> OmmError:
    """The server's NO or BAD to a sign-in, sorted by what a person can do about it."""
    host, code, said = account.host[:200], code_of(words), saying(words)
    first = re.match(_OPEN_FIRST, words)
    if code not in _FOR_GOOD and _may_let_in_later(words):
        means = reaching.NOBODY_NOW
    else:
        means = SIGN_IN_CODES.get(code, reaching.WRONG_PASSWORD)
        said = f" Open {first[1]} first, then try again.{said}" if first else said
    return means.as_error(Side.SOURCE, host=host, login=account.login, said=said)


def let_in_for_nothing(words: str, account: Account) -> OmmError:
    """The server takes the password, and then refuses the first command: IMAP may be switched off for the account."""
    host, said = account.host[:200], saying(words)
    if is_passing(words):
        return RetryableError(f"{host} is busy.{said}", cause=Cause.BUSY)
    words = f"{host} accepts the password of {account.login}, and then answers nothing else.{said}"
    return fatal(words, Cause.FORBIDDEN)


def lost_while_signing_in(error: BaseException, words: str, endpoint: Endpoint, *, late: bool) -> OmmError:
    """The connection ended, or made no sense, between greeting and sign-in."""
    host = name(endpoint)
    means = reaching.FELL_SILENT if late else told(SIGNING_IN, error)
    if means is not None:
        return reaching.at(endpoint, means)
    if words and _may_let_in_later(words):
        return RetryableError(f"{host} takes no more connections at the moment.{saying(words)}", cause=Cause.BUSY)
    if words and re.search(_ABOUT_LOGIN, words) and "EOF" not in words:
        return SignInError(f"{host} ended the connection at the sign-in.{saying(words)}", side=Side.SOURCE)
    return reaching.at(endpoint, reaching.CUT_OFF)


def lost(error: BaseException, bye: object = None) -> str:
    """How a connection was lost, after the host's name; `bye` is what the server said at the end, if it said so."""
    if isinstance(error, TooSlowError):
        return "answers too slowly to be read."
    if isinstance(error, TimeoutError):
        return "stops in the middle of an answer."
    ended = isinstance(error, OSError) or bye or "socket error" in str(error)      # imaplib's words
    return f"ends the connection.{saying(text_of(bye))}" if ended else "gives an answer that cannot be read."


def refused(words: str, what: str) -> str:
    """What a server would not do for one folder or message, for the report."""
    return f"{what}{saying(words)}"


def is_gone(words: str) -> bool:
    """True: a refusal says that there is no such mailbox (RFC 5530)."""
    return code_of(words) in ("NONEXISTENT", "TRYCREATE")

