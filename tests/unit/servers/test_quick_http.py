"""What tests read of HTTP is what Python's own library reads."""

from __future__ import annotations

from collections.abc import Callable
from email.message import Message
from http.client import HTTPException, HTTPMessage, parse_headers
from io import BytesIO

import pytest
import requests

from tests.servers.quick import http as quick_http

READ: Callable[[BytesIO], Message] = parse_headers      # as everybody calls it
HEADS = [
    b"Host: ex.example.org\r\nContent-Length: 5\r\n\r\n",
    b"Set-Cookie: a=1; path=/\r\nset-cookie: b=2\r\nX-Empty:\r\nX-Blank: \t \r\nX-End: word  \r\n\r\n",
    b"\r\n",
    b"Host: a\n\n",
    b"Host: a\r\n folded\r\n\r\n",
    b"Name: caf\xe9\r\n\r\n",
    b"No colon\r\nHost: a\r\n\r\n",
    b"Spaced : a\r\n\r\n",
    b": nameless\r\n\r\n",
    b"Content-Type: multipart/mixed; boundary=x\r\nHost: a\r\n\r\n",
    b"content-type:message/rfc822\r\n\r\n",
    b"Host: a\r\n",
    b"Host: a",
    b"".join(b"X-%d: a\r\n" % number for number in range(99)) + b"\r\n",
]


@pytest.mark.parametrize("head", HEADS, ids=range(len(HEADS)))
def test_headers_are_those_that_the_library_reads(head: bytes) -> None:
    """Names, values, their order, defects, and where the body begins; usual and odd ones."""
    stream, expected = BytesIO(head + b"body"), BytesIO(head + b"body")
    found, library = READ(stream), quick_http._parse_headers(expected)

    assert READ is quick_http._quickly
    assert isinstance(found, HTTPMessage)
    for name in ("host", "HOST", "set-cookie", "X-EMPTY", "x-blank", "Name", "X-98", "missing"):
        assert (found.get(name), found[name], name in found) == (library.get(name), library[name], name in library)
        assert found.get_all(name, ["none"]) == library.get_all(name, ["none"])
    assert (found.items(), str(found), list(map(repr, found.defects))) == (
        library.items(), str(library), list(map(repr, library.defects)))
    assert stream.read() == expected.read()


@pytest.mark.parametrize("head", [b"X: " + b"a" * 70_000 + b"\r\n\r\n", b"X: a\r\n" * 101 + b"\r\n"])
def test_headers_without_end_are_refused(head: bytes) -> None:
    """A line of more than 64 KiB, and more than a hundred lines."""
    with pytest.raises(HTTPException):
        READ(BytesIO(head))


class Unparsed(HTTPMessage):
    """Headers that the parser for mail does not fill in."""

    def set_raw(self, name: str, value: str) -> None:
        raise AssertionError(name, value)


def test_usual_headers_need_no_parser_for_mail() -> None:
    """What costs most is left out."""
    assert quick_http._quickly(BytesIO(HEADS[0]), Unparsed)["content-length"] == "5"


def test_an_answer_comes_in_pieces_to_whoever_names_no_size() -> None:
    """Whole, and not byte after byte; a size that is named is kept to."""
    answer = requests.Response()
    answer.raw = BytesIO(b"a" * 100_000)
    small = requests.Response()
    small.raw = BytesIO(b"abc")

    assert list(map(len, answer.iter_content())) == [65_536, 34_464]
    assert list(small.iter_content(1)) == [b"a", b"b", b"c"]
