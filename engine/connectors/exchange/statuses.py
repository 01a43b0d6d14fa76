"""What an HTTP answer that carries no SOAP means: one table.

An address that has worked is not a wrong one because of one answer: what says "no such thing here" at first says later
that something between us and Exchange is unwell. A body whose last byte was not handed over, and a request that the web
server itself could not read (400), were not carried out; of anything else nobody knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import NoReturn

from engine.connectors.exchange.errors import AnswerLostError, TooLargeError
from engine.errors import Cause, FatalError, RetryableError, Side

LONGEST_ADVICE = 200       # characters of a server's own words
SMALL = 64 * 1024          # bytes; no server that takes mail finds a request too large that is smaller


class Says(StrEnum):
    """What a status says of a request."""

    NO_EWS = "no Exchange Web Service here"
    FORBIDDEN = "this account is not let in"
    TOO_LARGE = "larger than the server takes"
    BUSY = "not now; nothing was done"
    UNREAD = "the web server could not read it; nothing was done"
    UNSURE = "it may have been carried out"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, whole."""

    status: int
    headers: Mapping[str, str]       # which ignores case
    content: bytes


# Status: what it says before the address has ever worked, and after. Any other: NO_EWS, then UNSURE.
STATUSES = {
    400: (Says.NO_EWS, Says.UNREAD),            # RFC 9110 15.5.1; HTTP.SYS answers so before IIS sees the request
    403: (Says.FORBIDDEN, Says.FORBIDDEN),
    404: (Says.NO_EWS, Says.UNSURE),            # seen now and then behind proxies, and as 404.13 for what is too large
    408: (Says.UNSURE, Says.UNSURE),            # RFC 9110 15.5.9
    413: (Says.TOO_LARGE, Says.TOO_LARGE),      # RFC 9110 15.5.14
    429: (Says.BUSY, Says.BUSY),                # RFC 6585 4
    440: (Says.UNSURE, Says.UNSURE),            # IIS: a session that ran out
    456: (Says.UNSURE, Says.UNSURE),            # Exchange: the account is to sign in anew
    500: (Says.UNSURE, Says.UNSURE),
    502: (Says.UNSURE, Says.UNSURE),            # a proxy: what became of it behind is not known
    503: (Says.UNSURE, Says.UNSURE),
    504: (Says.UNSURE, Says.UNSURE),
    507: (Says.TOO_LARGE, Says.TOO_LARGE),      # Exchange 2013 and later, over maxAllowedContentLength
}
OTHER = (Says.NO_EWS, Says.UNSURE)


def says(answer: Answer, *, worked: bool) -> Says:
    """What the answer says of its request; `worked`: EWS has answered at this address before."""
    if "genericerrorpage" in answer.headers.get("Location", ""):
        return Says.UNSURE
    return STATUSES.get(answer.status, OTHER)[worked]


def raise_for_status(
    answer: Answer, *, worked: bool = False, size: int = SMALL, side: Side = Side.DESTINATION
) -> NoReturn:
    """Raises what the answer to a request of `size` bytes means, with the server's own words if they are plain text."""
    said, status = says(answer, worked=worked), answer.status
    if said is Says.NO_EWS:
        raise no_ews(side)
    if said is Says.TOO_LARGE:
        if size < SMALL:        # 507 also says that a disk is full (RFC 4918 11.5)
            raise TooLargeError(f"the {side} has no room even for what is small ({status}).{advice(answer)}")
        raise TooLargeError(f"larger than the {side} takes")
    if said is Says.FORBIDDEN:
        raise FatalError(f"The {side} server does not allow access for this account.{advice(answer)}",
                         cause=Cause.FORBIDDEN, side=side)
    if said is Says.BUSY:
        raise RetryableError(f"The {side} is busy.{advice(answer)}", back_off=retry_after(answer))
    words = f"The {side} answered with an error ({status}).{advice(answer)}"
    raise (RetryableError if said is Says.UNREAD else AnswerLostError)(words, back_off=retry_after(answer))


def advice(answer: Answer) -> str:
    """A sentence with what the server says to people, "" when that is nothing, or a page."""
    if not answer.headers.get("Content-Type", "").lower().startswith("text/plain"):
        return ""
    words = " ".join(answer.content[: 4 * LONGEST_ADVICE].decode("utf-8", "replace").split())[:LONGEST_ADVICE]
    return f" The server says: “{words}”" if words else ""


def no_ews(side: Side) -> FatalError:
    """The error for an address that is no Exchange Web Service."""
    return FatalError(
        "There is no Exchange Web Service at this address. The address usually ends with /EWS/Exchange.asmx",
        cause=Cause.NO_EWS, side=side,
    )


def retry_after(answer: Answer) -> float | None:
    """Seconds, where the server names them, or a date (RFC 9110 10.2.3), which is by the server's own clock."""
    value = answer.headers.get("Retry-After", "").strip()
    if value.isdecimal() and value.isascii():
        return float(value)
    until = _moment(value)
    if until is None:
        return None
    now = _moment(answer.headers.get("Date", "")) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())


def _moment(date: str) -> datetime | None:
    try:
        said = parsedate_to_datetime(date)
        return said.replace(tzinfo=said.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
