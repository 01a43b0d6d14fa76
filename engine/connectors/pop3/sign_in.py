"""Signing in, with any characters in login and password.

USER and PASS (RFC 1939 §7), with all that stands behind the space as the word itself; AUTH PLAIN (RFC 5034, RFC 4616)
where the server offers it and the characters need UTF-8, a login holds a space, or USER is switched off. One attempt,
never a second with another method: a wrong password must count once. APOP keeps no secret any more (RFC 6151).
"""

from __future__ import annotations

import base64
import ssl

from engine.connectors.network import reaching
from engine.connectors.network.dialing import SIGN_IN_TIME, Deadline, connected
from engine.connectors.network.password import Password
from engine.connectors.network.pinning import Endpoint, Network
from engine.connectors.network.signing_in import in_one_attempt
from engine.connectors.network.web_server import answers_as_web_server
from engine.connectors.pop3 import failures, lines
from engine.connectors.pop3.session import DeclinedError, Session
from engine.connectors.pop3.wire import CRLF, LostError, Wire
from engine.errors import OmmError
from engine.migration.account import Account
from engine.systems import Transport

LONGEST_WORD = 200      # octets of a login or a password in a command line, which holds 255 (RFC 2449 §4)


def signed_in(
    account: Account, password: Password, network: Network, tls: ssl.SSLContext, *, seconds: float = SIGN_IN_TIME
) -> Session:
    """A session with the account's maildrop. Raises as `in_one_attempt`."""

    def introduce(session: Session, endpoint: Endpoint, deadline: Deadline) -> OmmError | None:
        return _introduce(session, account, password, tls, endpoint, deadline, seconds)

    return in_one_attempt(account, network, tls, seconds=seconds, greet=_greeted, introduce=introduce)


def _greeted(endpoint: Endpoint, tls: ssl.SSLContext | None, deadline: Deadline) -> Session | OmmError:
    greeting = b""
    cause: BaseException | None = None
    try:
        wire = Wire(connected(endpoint, tls, deadline))
        try:
            greeting = lines.status(wire.line())
            while lines.says_nothing(greeting):
                greeting = lines.status(wire.line())
        except LostError as lost:
            cause = lost.__cause__
        if greeting[:3].upper() == b"+OK":
            return Session(wire)
        wire.drop()
    except (OSError, ValueError) as error:
        cause = error
    late = deadline.passed or isinstance(cause, TimeoutError)
    if late and answers_as_web_server(endpoint, tls):
        return reaching.web_server(endpoint, "POP3")
    return failures.connecting(cause, greeting, endpoint, late=late)


def _introduce(
    session: Session, account: Account, password: Password, tls: ssl.SSLContext, endpoint: Endpoint, deadline: Deadline,
    seconds: float,
) -> OmmError | None:
    """TLS where it is still missing, then the sign-in. Returns what went wrong."""
    try:
        session.look_around()
        if account.transport is Transport.STARTTLS and not _secured(session, tls, endpoint):
            return reaching.no_upgrade(endpoint, "STLS")
        if any(end in account.login + password.reveal() for end in "\r\n\0"):
            return failures.not_to_be_sent(account)
        if not _may_use_password(session):
            return reaching.no_password_sign_in(endpoint)
        _speak_utf8(session)
        deadline.begin_anew(seconds)
        session.wire.wait_at_most(seconds)
        _send(session, account.login, password)
    except DeclinedError as declined:
        words = "" if password.occurs_in(declined.words) else declined.words
        return failures.signing_in(words, account, _delay(session))
    except LostError as lost:
        return failures.lost_while_signing_in(lost.__cause__, endpoint, late=deadline.passed)
    return None


def _secured(session: Session, tls: ssl.SSLContext, endpoint: Endpoint) -> bool:
    """Encrypts. False where the server does not offer it."""
    if session.capabilities and "STLS" not in session.capabilities:
        return False
    try:
        session.secure(tls, endpoint.host)
    except DeclinedError:
        return False
    session.look_around()
    return True


def _offers_plain(session: Session) -> bool:
    return "PLAIN" in session.capabilities.get("SASL", ())


def _is_without_user(session: Session) -> bool:
    """True: the server says how to sign in, and does not name USER. Some only forget it, and name nothing."""
    return "SASL" in session.capabilities and "USER" not in session.capabilities


def _may_use_password(session: Session) -> bool:
    return _offers_plain(session) or not _is_without_user(session)


def _speak_utf8(session: Session) -> None:
    """Has headers in UTF-8 given out as they are (RFC 6856 §2); a server may rewrite them otherwise."""
    if "UTF8" in session.capabilities:
        try:
            session.command(b"UTF8")
        except DeclinedError:
            return


def _send(session: Session, login: str, password: Password) -> None:
    words = login.encode(), password.reveal().encode()
    hard = not b"".join(words).isascii() or b" " in words[0] or max(map(len, words)) > LONGEST_WORD
    if _offers_plain(session) and (hard or _is_without_user(session)):
        _send_plain(session, b"\0".join((b"", *words)))
    else:
        session.command(b"USER " + words[0])
        session.command(b"PASS " + words[1])


def _send_plain(session: Session, message: bytes) -> None:
    """The words in a line of their own: servers older than RFC 5034 take none behind the command."""
    session.wire.send(b"AUTH PLAIN" + CRLF)
    line = session.wire.line()
    if line[:1] != b"+" or line[:3].upper() == b"+OK":
        raise DeclinedError(reaching.clean(line.decode("utf-8", "replace").removeprefix("-ERR")))
    session.command(base64.b64encode(message))


def _delay(session: Session) -> float | None:
    """The seconds that the server wants between two sign-ins (RFC 2449 §6.5)."""
    words = session.capabilities.get("LOGIN-DELAY", ())
    return float(words[0]) if words and words[0].isdigit() else None
