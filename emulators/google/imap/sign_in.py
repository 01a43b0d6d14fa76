"""Signing in: XOAUTH2, OAUTHBEARER (RFC 7628), and app passwords by LOGIN and PLAIN (RFC 4616).

The words of refusals are those that clients' logs show of imap.gmail.com.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from emulators.google.imap import capabilities
from emulators.google.imap.budget import Ending
from emulators.google.imap.session import Account, AnsweredError, Session
from emulators.google.imap.syntax import text
from emulators.google.imap.tokens import MAIL, Grant, TokensUnreachableError, granted

INVALID = "NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)"
APP_PASSWORD = ("NO [ALERT] Application-specific password required: "
                "https://support.google.com/accounts/answer/185833 (Failure)")
NOT_ENABLED = ("NO [ALERT] Your account is not enabled for IMAP use. Please visit your Gmail settings page and enable "
               "your account for IMAP access. (Failure)")
TOO_MANY = "NO [ALERT] Too many simultaneous connections. (Failure)"
EXCEEDED = "NO [ALERT] Account exceeded command or bandwidth limits. (Failure)"
UNAVAILABLE = "NO [UNAVAILABLE] System Error"
MALFORMED = "BAD Invalid SASL argument."


@dataclass(frozen=True, slots=True)
class _Bearer:
    address: str
    token: str


def login(session: Session, arguments: Sequence[bytes]) -> str:
    """LOGIN with an app password."""
    if len(arguments) != 2:
        raise AnsweredError("BAD Could not parse command")
    address, password = (text(one).decode(errors="replace") for one in arguments)
    return _with_password(session, address, password)


def authenticate(session: Session, arguments: Sequence[bytes]) -> str:
    """AUTHENTICATE, with an initial response (RFC 4959) or without."""
    if not 1 <= len(arguments) <= 2:
        raise AnsweredError("BAD Could not parse command")
    mechanism = _MECHANISMS.get(arguments[0].decode(errors="replace").upper())
    if not mechanism:
        raise AnsweredError("NO Unsupported authentication mechanism")
    first = arguments[1] if len(arguments) > 1 else _asked(session, b"")
    return mechanism(session, _unpacked(first))


def _plain(session: Session, response: bytes) -> str:
    parts = response.decode(errors="replace").split("\0")
    if len(parts) != 3:
        raise AnsweredError(MALFORMED)
    return _with_password(session, parts[1], parts[2])


def _xoauth2(session: Session, response: bytes) -> str:
    """XOAUTH2, by https://developers.google.com/workspace/gmail/imap/xoauth2-protocol."""
    found = re.fullmatch(r"user=([^\x01]+)\x01auth=Bearer ([^\x01 ]+)\x01\x01", response.decode(errors="replace"),
                         re.IGNORECASE)
    if not found:
        raise AnsweredError(MALFORMED)
    return _with_token(session, _Bearer(found[1], found[2]), {"status": "400", "schemes": "Bearer", "scope": MAIL})


def _oauthbearer(session: Session, response: bytes) -> str:
    """OAUTHBEARER; a refusal is told as RFC 7628 §3.2.2 says."""
    header, *pairs = response.decode(errors="replace").split("\x01")
    user = re.fullmatch(r"n,a=([^,]+),", header)
    tokens = [found[1] for pair in pairs if (found := re.fullmatch(r"auth=Bearer (\S+)", pair, re.IGNORECASE))]
    if not user or len(tokens) != 1 or pairs[-2:] != ["", ""]:
        raise AnsweredError(MALFORMED)
    address = user[1].replace("=2C", ",").replace("=3D", "=")
    return _with_token(session, _Bearer(address, tokens[0]), {"status": "invalid_token", "scope": MAIL})


_MECHANISMS: Mapping[str, Callable[[Session, bytes], str]] = MappingProxyType({
    "PLAIN": _plain, "XOAUTH2": _xoauth2, "OAUTHBEARER": _oauthbearer,
})


def _asked(session: Session, challenge: bytes) -> bytes:
    session.wire.send(b"+ " + challenge + b"\r\n")
    line = session.wire.line().removesuffix(b"\r\n")
    if line == b"*":
        raise AnsweredError("BAD Authentication cancelled")      # RFC 3501 §6.2.2
    return line


def _unpacked(response: bytes) -> bytes:
    try:
        return base64.b64decode(b"" if response == b"=" else response, validate=True)
    except binascii.Error as error:
        raise AnsweredError(MALFORMED) from error


def _with_token(session: Session, bearer: _Bearer, refusal: Mapping[str, str]) -> str:
    account = session.house.account(bearer.address)
    try:
        grant = granted(session.house.introspect, bearer.address, bearer.token)
    except TokensUnreachableError as error:
        raise AnsweredError(UNAVAILABLE) from error
    if not account or not grant:
        _asked(session, base64.b64encode(json.dumps(dict(refusal), separators=(",", ":")).encode()))
        return _refused(account, INVALID)
    return _let_in(session, account, grant)


def _with_password(session: Session, address: str, password: str) -> str:
    account = session.house.account(address)
    if account and account.has_app_password(password):
        return _let_in(session, account, None)
    return _refused(account, APP_PASSWORD if account and account.has_password(password) else INVALID)


def _let_in(session: Session, account: Account, grant: Grant | None) -> str:
    for shut, words in (
        (account.trouble.locked(), EXCEEDED),
        (account.budget.ending is Ending.REFUSED and account.budget.over(), EXCEEDED),
        (not account.settings.imap, NOT_ENABLED),
    ):
        if shut:
            return _refused(account, words)
    if not session.house.admit(session, account):
        return _refused(account, TOO_MANY)
    session.account, session.grant = account, grant
    session.wire.budget = account.budget
    account.budget.sign_ins += 1
    if session.client_id:
        account.client_ids.append(session.client_id)
    session.say(b"CAPABILITY " + capabilities.SIGNED_IN)
    return f"OK {account.address} authenticated (Success)"


def _refused(account: Account | None, words: str) -> str:
    if account:
        account.budget.refused += 1
    raise AnsweredError(words)


def still_granted(session: Session) -> bool:
    """True: the session's token is active still, or it has none."""
    if not session.grant:
        return True
    try:
        return granted(session.house.introspect, session.owner.address, session.grant.token) is not None
    except TokensUnreachableError:
        return True


