"""What went wrong at a POP3 server, in the words of the mailbox's owner.

Response codes: RFC 2449 §8 (LOGIN-DELAY, IN-USE), RFC 3206 (SYS/TEMP, SYS/PERM, AUTH).
"""

from __future__ import annotations

import re
from dataclasses import replace

from engine.connectors.network import reaching
from engine.connectors.network.pinning import Endpoint
from engine.connectors.network.reaching import clean, name
from engine.errors import Cause, OmmError, RetryableError, Side, SignInError
from engine.foreign import Row, Table, Told, told
from engine.migration.account import Account

CROWDED_FOR = 30.0      # seconds until a server that has enough of us is asked again
LOCKED = "another program is reading this mailbox"

# What servers say. No pattern is compiled before something is looked for: most migrations meet no failure.
_CODE = r"(?i)^\[([A-Z0-9/_.-]+)(?: [^\]]*)?\]\s*"
_LOCK = r"(?i)\block|\bin use\b|already (?:open|logged|connected)|another (?:\w+ )?(?:session|connection)"
_CROWD = (
    r"(?i)too many|maximum (?:number of )?(?:connections|logins)|connection limit|rate limit|simultaneous|throttl"
    r"|temporar|unavailable|server (?:is )?busy|too (?:often|frequent)|quota|exceeded"
)
_REFUSED = r"(?i)authenti|password|credential|user ?name|account|attempt|fail"

CONNECTING: Table = (*reaching.CONNECTING, Row(ValueError, reaching.NOT_REACHED))

# What a code means that a sign-in is refused with
SIGN_IN_CODES = {
    "SYS/PERM": Told("{host} does not let {login} open this mailbox by POP3.{said}", Cause.FORBIDDEN, SignInError),
    "LOGIN-DELAY": Told("{host} wants a longer pause between two sign-ins.{said}", Cause.BUSY, RetryableError),
    "IN-USE": Told(f"{{host}} lets nobody in now: {LOCKED}.{{said}}", Cause.BUSY, RetryableError),
    "SYS/TEMP": reaching.NOBODY_NOW,
}
_CROWDED = replace(reaching.NOBODY_NOW, back_off=CROWDED_FOR)


def code_of(words: str) -> str:
    """The response code that a server's words begin with, in capitals, or nothing."""
    found = re.match(_CODE, words)
    return found[1].upper() if found else ""


def is_passing(words: str) -> bool:
    """True: the same may go through later."""
    code = code_of(words)
    return code in ("SYS/TEMP", "IN-USE") or (not code and bool(re.search(_CROWD, words)))


def saying(words: str) -> str:
    """The server's own words, where it had any, as a sentence."""
    plain = re.sub(_CODE, "", words).strip()
    return f" It said: “{plain[:200]}”" if plain else ""


def connecting(error: BaseException | None, greeting: bytes, endpoint: Endpoint, *, late: bool) -> OmmError:
    """Why there is no greeting from this server. `greeting` is what came instead, `error` the socket's own."""
    if late or isinstance(error, TimeoutError):
        return reaching.no_answer(endpoint)
    means = told(CONNECTING, error)
    if means is not None:
        return reaching.at(endpoint, means)
    if greeting[:4].upper() == b"-ERR":
        words = clean(greeting[4:].decode("utf-8", "replace"))
        return RetryableError(f"{name(endpoint)} takes no connections at the moment.{saying(words)}", cause=Cause.BUSY)
    return reaching.other_protocol(greeting, endpoint, "POP3") if greeting else reaching.closed_at_once(endpoint)


def signing_in(words: str, account: Account, delay: float | None) -> OmmError:
    """The server's -ERR to a sign-in, sorted by what a person can do about it. `delay` is its pause between two."""
    host, code, said = account.host[:200], code_of(words), saying(words)
    if code == "LOGIN-DELAY":
        means = replace(SIGN_IN_CODES[code], back_off=delay or CROWDED_FOR)
    else:
        means = SIGN_IN_CODES.get(code, reaching.WRONG_PASSWORD) if code else _by_words(words)
    return means.as_error(Side.SOURCE, host=host, login=account.login, said=said)


def _by_words(words: str) -> Told:
    """What a refusal without a code means: only clear words keep it from being the password's."""
    if _is_locked(words):
        return SIGN_IN_CODES["IN-USE"]
    return _CROWDED if _is_crowded(words) else reaching.WRONG_PASSWORD


def _is_locked(words: str) -> bool:
    """True: a maildrop is locked by another session. A locked account is something else."""
    return bool(re.search(_LOCK, words)) and not re.search(_REFUSED, words)


def _is_crowded(words: str) -> bool:
    """True: there are too many of us. Too many wrong passwords are something else: another try makes it worse."""
    return bool(re.search(_CROWD, words)) and not re.search(_REFUSED, words)


def not_to_be_sent(account: Account) -> SignInError:
    """A line break would end the command, and what stands behind it would be another one."""
    return SignInError(f"{account.host[:200]} takes no line break in a login or a password.", side=Side.SOURCE)


def lost_while_signing_in(error: BaseException | None, endpoint: Endpoint, *, late: bool) -> OmmError:
    """The connection ended, or made no sense, between greeting and sign-in."""
    means = reaching.FELL_SILENT if late else told(reaching.SIGNING_IN, error)
    return reaching.at(endpoint, means or reaching.CUT_OFF)
