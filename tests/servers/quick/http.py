"""http.client, and http.server by it, read headers without the parser for e-mail. What is read is the same.

That parser looks for the bodies, parts and defects of messages. Headers of HTTP as they usually are need none of it;
others are given to it still. And requests asks at every request whether something has all methods of a protocol, which
methods these are Python 3.11 finds out each time; later ones keep it. exchangelib takes an answer byte after byte, as
requests gives it to whoever names no size.
"""

from __future__ import annotations

import http.client
import re
import typing
from email.message import Message
from functools import cache
from io import BytesIO
from typing import Any, BinaryIO

import requests

PIECE = 64 * 1024       # bytes
USUAL = re.compile(rb"([!-9;-~]+):[ \t]*([ -~]*)\r\n")

NESTED = re.compile(rb"content-type:[ \t]*(?:multipart|message)", re.IGNORECASE)    # the parser looks for what is in it

_parse_headers = http.client.parse_headers


def _quickly(fp: BinaryIO, _class: type[Message] = http.client.HTTPMessage) -> Message:
    """As the library's."""
    lines, fields = [], []
    while len(lines) < http.client._MAXHEADERS:     # type: ignore[attr-defined]  # the library's own limit
        line = fp.readline(http.client._MAXLINE + 1)    # type: ignore[attr-defined]  # likewise
        lines.append(line)
        if line == b"\r\n":
            return _message(fields, _class)
        found = USUAL.fullmatch(line)
        if found is None or NESTED.match(line):
            break
        fields.append((found[1].decode(), found[2].decode()))
    return _parse_headers(_Again(lines, fp), _class)    # type: ignore[arg-type]  # it reads lines alone


def _message(fields: list[tuple[str, str]], made: type[Message]) -> Message:
    message = (_Usual if made is http.client.HTTPMessage else made)()
    message._headers = fields       # type: ignore[attr-defined]  # where the parser puts them
    message.set_payload("")
    return message


class _Usual(http.client.HTTPMessage):
    """Headers whose values are plain ASCII, and need no look at what else may be in them."""

    _headers: list[tuple[str, str]]

    def get(self, name: str, failobj: Any = None) -> Any:
        """The first value of that name."""
        wanted = name.lower()
        for known, value in self._headers:
            if known.lower() == wanted:
                return value
        return failobj

    def get_all(self, name: str, failobj: Any = None) -> Any:
        """Every value of that name."""
        wanted = name.lower()
        return [value for known, value in self._headers if known.lower() == wanted] or failobj

    def items(self) -> list[tuple[str, Any]]:
        """Names and values."""
        return list(self._headers)


class _Again:
    """Lines that were read, and then those that come."""

    def __init__(self, lines: list[bytes], then: BinaryIO) -> None:
        self._read, self._then = BytesIO(b"".join(lines)), then

    def readline(self, most: int = -1) -> bytes:
        return self._read.readline(most) or self._then.readline(most)


def install() -> None:
    """From now on."""
    http.client.parse_headers = _quickly
    requests.Response.iter_content.__defaults__ = (PIECE, False)
    if hasattr(typing, "_get_protocol_attrs"):
        typing._get_protocol_attrs = cache(typing._get_protocol_attrs)
