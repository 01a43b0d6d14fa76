"""Exceptions of other libraries: what each row of each table makes of them, and that no row is in vain."""

from __future__ import annotations

import imaplib
import socket
import ssl

import pytest
from redis import exceptions as redis
from requests import exceptions as requests

from engine.connectors.exchange import transport
from engine.connectors.exchange.errors import AnswerLostError
from engine.connectors.imap import failures as imap
from engine.connectors.network import reaching
from engine.connectors.network.pinning import Endpoint
from engine.connectors.pop3 import failures as pop3
from engine.errors import Cause, FatalError, RetryableError, Side, SignInError
from engine.foreign import Row, Table, Told, told
from engine.migration.account import parse_account
from engine.store import patience

ENDPOINT = Endpoint("mail.example.org", 993, "93.184.216.34")
IMAP = parse_account("imaps://claire%40example.org@mail.example.org")
POP3 = parse_account("pop3s://claire%40example.org@mail.example.org")


def refused_certificate(result: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code = result
    return error


def because(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, "it failed")
    error.reason = reason
    return error


ENCRYPTION = [
    (refused_certificate(10), Cause.TLS, "has expired"),
    (refused_certificate(9), Cause.TLS, "not valid yet"),
    (refused_certificate(62), Cause.TLS, "another name"),
    (refused_certificate(64), Cause.TLS, "another name"),
    (refused_certificate(18), Cause.TLS, "self-signed"),
    (refused_certificate(19), Cause.TLS, "self-signed"),
    (refused_certificate(20), Cause.TLS, "not signed by an authority"),
    (ssl.SSLEOFError(8, "EOF"), Cause.UNREACHABLE, "closed the connection when encryption started"),
    (ssl.SSLZeroReturnError(6, "closed"), Cause.UNREACHABLE, "closed the connection when encryption started"),
    (because("UNSUPPORTED_PROTOCOL"), Cause.TLS, "old encryption"),
    (because("DH_KEY_TOO_SMALL"), Cause.TLS, "old encryption"),
    (because("TLSV1_ALERT_INTERNAL_ERROR"), Cause.TLS, "No safe connection to"),
    (because("WRONG_VERSION_NUMBER"), Cause.WRONG_PROTOCOL, "does not offer encryption (TLS) on port 993"),
    (ssl.SSLError(1, "of no reason"), Cause.WRONG_PROTOCOL, "does not offer encryption (TLS) on port 993"),
]
CONNECTING = [
    *ENCRYPTION,
    (ConnectionRefusedError(), Cause.UNREACHABLE, "accepts no connections on port 993"),
    (OSError(113, "No route to host"), Cause.UNREACHABLE, "cannot be reached on port 993"),
    (socket.gaierror(-2, "unknown"), Cause.UNREACHABLE, "cannot be reached on port 993"),
]
SIGNING_IN = [*ENCRYPTION, (TimeoutError(), Cause.TIMEOUT, "greets, but then does not answer")]
EXAMPLES: list[tuple[str, Table, list[tuple[BaseException, Cause, str]]]] = [
    ("connecting", reaching.CONNECTING, CONNECTING),
    ("connecting to POP3", pop3.CONNECTING, [*CONNECTING, (UnicodeError(), Cause.UNREACHABLE, "cannot be reached")]),
    ("signing in", reaching.SIGNING_IN, SIGNING_IN),
    ("signing in to IMAP", imap.SIGNING_IN, [
        *SIGNING_IN, (imaplib.IMAP4.abort("unexpected response: b'?'"), Cause.UNREACHABLE, "cannot be read"),
    ]),
    ("a request to Exchange that did not leave", transport.NOT_CARRIED_OUT, [
        (requests.SSLError("[SSL: WRONG_VERSION_NUMBER]"), Cause.WRONG_PROTOCOL, "does not offer encryption"),
        (requests.SSLError("[SSL: HTTP_REQUEST]"), Cause.WRONG_PROTOCOL, "does not offer encryption"),
        (requests.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED]"), Cause.TLS, "cannot be trusted"),
        (requests.SSLError("[SSL: SSLV3_ALERT_HANDSHAKE_FAILURE]"), Cause.TLS, "No safe connection"),
        (requests.ConnectTimeout(), Cause.TIMEOUT, "does not answer"),
        (requests.ConnectionError("NewConnectionError(…)"), Cause.UNREACHABLE, "cannot be reached"),
        (requests.ReadTimeout(), Cause.TIMEOUT, "did not answer in time"),
    ]),
    ("an answer of Exchange that is lost", transport.ANSWER_LOST, [
        (requests.ReadTimeout(), Cause.TIMEOUT, "did not answer in time"),
        (requests.ConnectionError("BadStatusLine(…)"), Cause.WRONG_PROTOCOL, "as a web server does"),
    ]),
    ("store", patience.REFUSALS, [
        (redis.AuthenticationError(), Cause.STORE, "refuses our password"),
        (redis.AuthorizationError(), Cause.STORE, "refuses our password"),
        (redis.ConnectionError(), Cause.STORE, "does not answer"),
        (redis.BusyLoadingError(), Cause.STORE, "does not answer"),
        (redis.TimeoutError(), Cause.STORE, "does not answer"),
        (redis.OutOfMemoryError(), Cause.STORE, "memory or disk is full"),
        (redis.ResponseError("MISCONF it cannot be written to the disk"), Cause.STORE, "memory or disk is full"),
    ]),
]


@pytest.mark.parametrize(("table", "examples"), [each[1:] for each in EXAMPLES], ids=[each[0] for each in EXAMPLES])
def test_each_exception_has_its_cause_and_words(
    table: Table, examples: list[tuple[BaseException, Cause, str]]
) -> None:
    """Every row decides about an exception, and says what a person can act on."""
    decided = []
    for error, cause, words in examples:
        row = next(row for row in table if row.takes(error))
        said = row.told.as_error(Side.SOURCE, host=ENDPOINT.host, port=ENDPOINT.port)
        assert (said.cause, words in str(said)) == (cause, True), (error, str(said))
        decided.append(row)

    assert [row for row in table if row not in decided] == []


@pytest.mark.parametrize(("text", "late", "handed_over", "error", "words"), [
    ("SSLEOFError(…)", False, False, RetryableError, "broke before the request was through."),
    ("SSLEOFError(…)", True, False, RetryableError, "did not answer in time."),
    ("SSLEOFError(…)", False, True, AnswerLostError, "The connection to mail.example.org broke."),
    ("SSLEOFError(…)", True, True, AnswerLostError, "did not answer in time."),
])
def test_a_connection_to_exchange_that_ended(
    text: str, late: bool, handed_over: bool, error: type[RetryableError], words: str
) -> None:
    """It is no fault of the certificate; whether the request had left decides whether it may have been carried out."""
    found = transport.transport_error(
        requests.SSLError(text), "mail.example.org", late=late, handed_over=handed_over, side=Side.DESTINATION
    )

    assert type(found) is error
    assert str(found).endswith(words)


def test_another_refusal_of_the_store_is_told_as_it_is() -> None:
    """What is in no row has the server's own words, whatever they hold."""
    told_of = patience.store_error(redis.ResponseError("unknown command {error}"))

    assert str(told_of) == "The store (Redis) refused a command: unknown command {error}"


@pytest.mark.parametrize(("code", "error", "cause", "words"), [
    ("EXPIRED", SignInError, Cause.SIGN_IN, "has expired. It said: “no”"),
    ("PRIVACYREQUIRED", FatalError, Cause.FORBIDDEN, "over an encrypted connection only."),
    ("AUTHORIZATIONFAILED", SignInError, Cause.FORBIDDEN, "to open this mailbox. It said: “no”"),
    ("CONTACTADMIN", SignInError, Cause.FORBIDDEN, "to open this mailbox. It said: “no”"),
    ("NOPERM", SignInError, Cause.FORBIDDEN, "to open this mailbox. It said: “no”"),
])
def test_codes_of_a_refused_imap_sign_in(code: str, error: type[FatalError], cause: Cause, words: str) -> None:
    """RFC 5530: each code means one thing, and a person is told that."""
    found = imap.signing_in(f"[{code}] no", IMAP)

    assert (type(found), found.cause, found.side) == (error, cause, Side.SOURCE)  # type: ignore[attr-defined]  # of both
    assert str(found).endswith(words)


@pytest.mark.parametrize(("code", "cause", "back_off"), [
    ("SYS/PERM", Cause.FORBIDDEN, None), ("LOGIN-DELAY", Cause.BUSY, pop3.CROWDED_FOR), ("IN-USE", Cause.BUSY, None),
    ("SYS/TEMP", Cause.BUSY, None), ("ELSE", Cause.SIGN_IN, None),
])
def test_codes_of_a_refused_pop3_sign_in(code: str, cause: Cause, back_off: float | None) -> None:
    """RFC 2449 and RFC 3206: a code outweighs the words behind it."""
    found = pop3.signing_in(f"[{code}] too many connections", POP3, delay=None)

    assert (found.cause, getattr(found, "back_off", None)) == (cause, back_off)  # type: ignore[attr-defined]  # of both
    assert str(found).endswith("It said: “too many connections”")


def test_no_code_is_in_vain() -> None:
    """The tests above go through all of them."""
    assert set(imap.SIGN_IN_CODES) == {"EXPIRED", "PRIVACYREQUIRED", "AUTHORIZATIONFAILED", "CONTACTADMIN", "NOPERM"}
    assert set(pop3.SIGN_IN_CODES) == {"SYS/PERM", "LOGIN-DELAY", "IN-USE", "SYS/TEMP"}


def test_the_first_row_that_takes_an_exception_decides() -> None:
    """So that a narrow row stands before the wide one; no row, or no exception, is no meaning."""
    narrow, wide = Told("narrow", Cause.BUSY, RetryableError, back_off=3.0), Told("wide", Cause.OTHER)
    table = (Row(TimeoutError, narrow), Row(OSError, wide))

    assert [told(table, error) for error in (TimeoutError(), OSError(), ValueError(), None)] == [
        narrow, wide, None, None
    ]
    assert narrow.as_error().back_off == 3.0  # type: ignore[union-attr]  # it is a RetryableError
