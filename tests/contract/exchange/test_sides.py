"""The words of the Exchange connector name the side of the migration that the mailbox is on."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.connectors.exchange.destination import ExchangeDestination
from engine.connectors.exchange.errors import CodeError, outcome_of, raise_for, raise_for_read
from engine.connectors.exchange.read import DISTINGUISHED
from engine.connectors.exchange.soap import HEAD, TAIL
from engine.connectors.exchange.versions import OLDEST
from engine.errors import FatalError, OmmError, RefusedError, Side
from tests.contract.exchange.conftest import Scripted, http

TABLE = Path(__file__).parents[2] / "unit/engine/response_codes.txt"
CODES = [f"Error{word}" for line in TABLE.read_text().splitlines() if line.startswith(" ") for word in line.split()]
OLD = b'<s:Header><t:ServerVersionInfo MajorVersion="8" MinorVersion="3"/></s:Header>'
FAULT = b"<s:Fault><faultcode>a:ErrorServerBusy</faultcode><faultstring>busy</faultstring></s:Fault>"
EACH = b"".join((       # of the folders that are asked for by their distinguished ids
    b"<m:x><m:ResponseMessages>", (len(DISTINGUISHED) + 3) * b'<m:y ResponseClass="Success"/>',
    b"</m:ResponseMessages></m:x>",
))
BASIC = 'Basic realm="x"'
ANSWERS = [        # the offer; the answer to whoever takes it up; a part of what is said then
    ("", 200, b"<html>", "There is no Exchange Web Service"),
    ("Digest x", 200, b"", "offers no sign-in with a password"),
    ("NTLM", 401, b"", "broke off the sign-in by NTLM"),
    ("Negotiate", 401, b"", "takes Kerberos alone"),
    ("NTLM", 401, b"x" * 2_000_000, "sends too much"),
    (BASIC, 401, b"", "refused the login"),
    (BASIC, 403, b"", "does not allow access"),
    (BASIC, 404, b"", "There is no Exchange Web Service"),
    (BASIC, 413, b"", "has no room even for what is small"),
    (BASIC, 429, b"", "is busy"),
    (BASIC, 503, b"", "answered with an error"),
    (BASIC, 200, b"<html>", "answered with a page"),
    (BASIC, 200, HEAD + b"<m:x", "was cut off"),
    (BASIC, 200, HEAD + TAIL, "cannot be read"),
    (BASIC, 200, HEAD + b"<m:x/>" + TAIL, "does not say what became of every item"),
    (BASIC, 200, HEAD + EACH + TAIL, "lacks what was asked for"),
    (BASIC, 500, HEAD + FAULT + TAIL, "is busy"),
    (BASIC, 500, HEAD + FAULT.replace(b"ErrorServerBusy", b"odd") + TAIL, "could not say whether it did"),
    (BASIC, 200, re.sub(b"<s:Header>.*</s:Header>", OLD, HEAD) + b"<m:x/>" + TAIL, "is Exchange 2007"),
]


def swapped(words: str) -> str:
    """The words for a destination, said of a source, which may be older."""
    oldest = (OLDEST[side].name for side in (Side.DESTINATION, Side.SOURCE))
    return re.sub(r"\bdestination\b", "source", words).replace(*oldest)


@pytest.mark.parametrize(("offer", "status", "body", "part"), ANSWERS, ids=lambda value: str(value)[:40])
def test_what_a_source_answers_is_said_of_the_source(
    scripted: Callable[..., Scripted], reach: Callable[..., ExchangeDestination], offer: str, status: int, body: bytes,
    part: str,
) -> None:
    """The words are those for a destination with the other side's name in them, and the error is of that side."""
    def play(server: Scripted, connection: socket.socket) -> None:
        while request := server.request(connection):
            asks = offer and b"Authorization:" not in request
            connection.sendall(http(401, b"", WWW_Authenticate=offer) if asks else http(status, body))

    failed: dict[Side, OmmError] = {}
    for side in Side:
        with pytest.raises(OmmError, match=part) as failure:
            reach(scripted(play).url, side=side).probe()
        failed[side] = failure.value

    at_source, at_destination = failed[Side.SOURCE], failed[Side.DESTINATION]
    assert re.sub(r"\d{4,}", "", str(at_source)) == re.sub(r"\d{4,}", "", swapped(str(at_destination)))
    assert type(at_source) is type(at_destination)
    assert not isinstance(at_source, FatalError) or at_source.side is Side.SOURCE


def raised(do: Callable[[], object]) -> Exception:
    with pytest.raises(OmmError) as failure:
        do()
    return failure.value


def errors(code: str, side: Side) -> list[Exception | None]:
    """What becomes of a code: of one item of many, of the one thing that was asked for, and of a read."""
    error = CodeError(code, "odd", side=side)
    one = raised(lambda: raise_for(error))
    said = [outcome_of(error).error, one]
    return [*said, raised(lambda: raise_for_read(one, side))] if isinstance(one, RefusedError) else said


def test_every_code_of_a_source_is_said_of_the_source() -> None:
    """Whatever Exchange answers for an item, the words name the side, and so does what stops the migration."""
    assert len(CODES) > 300
    for code in CODES:
        for at_source, at_destination in zip(errors(code, Side.SOURCE), errors(code, Side.DESTINATION), strict=True):
            assert str(at_source) == swapped(str(at_destination)), code
            assert not isinstance(at_source, FatalError) or at_source.side is Side.SOURCE
