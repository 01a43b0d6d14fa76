"""What a connection to Exchange that broke means: two tables, before and after a request had left.

A request whose last byte was not handed over was not carried out. Of any other nobody knows: its answer is lost.
requests wraps what urllib3 and ssl raised, so that the kind of a failure stands in the text of the exception only.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import requests
from requests.exceptions import ConnectTimeout, SSLError, Timeout

from engine.connectors.exchange.errors import AnswerLostError
from engine.connectors.network.reaching import NOT_AGREED
from engine.errors import Cause, OmmError, RetryableError, Side
from engine.foreign import Row, Table, Told, told

# A TLS error that is a connection which ended, and not a certificate or a handshake that failed
_BROKE_OFF = "SSLEOFError|SSLZeroReturnError|ConnectionReset|BAD_LENGTH"


def _within(pattern: str) -> Callable[[BaseException], bool]:
    """True of an exception that has that pattern in it, however deep it is wrapped."""
    return lambda error: re.search(pattern, repr(error)) is not None


def _tls(pattern: str = "") -> Callable[[BaseException], bool]:
    """The same, of an error of TLS itself."""
    return lambda error: re.search(_BROKE_OFF, repr(error)) is None and _within(pattern)(error)


_TOO_LATE = Told("{host} did not answer in time.", Cause.TIMEOUT, RetryableError)
_LATE_ANSWER = Told("{host} did not answer in time.", Cause.TIMEOUT, AnswerLostError)

NOT_CARRIED_OUT: Table = (
    Row(
        SSLError, Told("{host} does not offer encryption (TLS) on this port.", Cause.WRONG_PROTOCOL),
        _tls("WRONG_VERSION_NUMBER|HTTP_REQUEST|RECORD_LAYER_FAILURE"),
    ),
    Row(
        SSLError, Told("The certificate of {host} cannot be trusted.", Cause.TLS),
        _tls("CERTIFICATE_VERIFY_FAILED|CertificateError"),
    ),
    Row(SSLError, NOT_AGREED, _tls()),
    Row(ConnectTimeout, Told("{host} does not answer.", Cause.TIMEOUT, RetryableError)),
    Row(
        requests.RequestException, Told("{host} cannot be reached.", Cause.UNREACHABLE, RetryableError),
        _within("NewConnectionError"),
    ),
    Row(Timeout, _TOO_LATE),
)
_NOT_THROUGH = Told(
    "The connection to {host} broke before the request was through.", Cause.UNREACHABLE, RetryableError
)

ANSWER_LOST: Table = (
    Row(Timeout, _LATE_ANSWER),
    Row(
        requests.RequestException,
        Told("{host} does not answer as a web server does.", Cause.WRONG_PROTOCOL, AnswerLostError),
        _within("BadStatusLine"),
    ),
)
_BROKE = Told("The connection to {host} broke.", Cause.UNREACHABLE, AnswerLostError)


def transport_error(
    error: requests.RequestException, host: str, *, late: bool, handed_over: bool, side: Side
) -> OmmError:
    """What a connection that broke means. `handed_over`: the request had left to its last byte.

    `late`: its time was over, so that we may have broken the connection ourselves.
    """
    if not handed_over:
        means = told(NOT_CARRIED_OUT, error) or (_TOO_LATE if late else _NOT_THROUGH)
    else:
        means = _LATE_ANSWER if late else told(ANSWER_LOST, error) or _BROKE
    return means.as_error(side, host=host[:100])
