"""IMAP's syntax (RFC 3501 §9) as bytes: values, lists, literals in place, and modified UTF-7."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

_QUOTED = re.compile(rb'"(?:[^"\\\r\n]|\\.)*"')
_LITERAL = re.compile(rb"\{(\d+)\+?\}\r\n")
_ATOM = re.compile(rb"(?:\[[^\]]*\]|[^\s()\[\]\"{])+|[^\s()\"{]+")
_ATTRIBUTE = re.compile(rb"[A-Za-z0-9.\-]+(?:\[[^\]]*\](?:<\d+(?:\.\d+)?>)?)?")
_BARE = re.compile(rb"[A-Za-z0-9!#$&'+,\-./:;<=>?@^_`|~]+")


class SyntaxFaultError(ValueError):
    """What cannot be read as IMAP."""


def end_of(data: bytes, at: int) -> int:
    """Return where the value that begins at `at` ends: an atom, a quoted string, a literal or a list."""
    if at >= len(data):
        raise SyntaxFaultError("a value is missing")
    first = data[at:at + 1]
    if first == b"(":
        return _end_of_list(data, at + 1)
    if first == b"{" and (literal := _LITERAL.match(data, at)):
        return literal.end() + int(literal[1])
    found = (_QUOTED if first == b'"' else _ATOM).match(data, at)
    if not found:
        raise SyntaxFaultError("a value is broken")
    return found.end()


def _end_of_list(data: bytes, at: int) -> int:
    while data[at:at + 1] != b")":
        at = at + 1 if data[at:at + 1] == b" " else end_of(data, at)
    return at + 1


def values(data: bytes) -> list[bytes]:
    """The values of a line, separated by single spaces, each as it stands."""
    found, at = [], 0
    while at < len(data):
        end = end_of(data, at)
        found.append(data[at:end])
        if end < len(data) and data[end:end + 1] != b" ":
            raise SyntaxFaultError("a space is missing")
        at = end + 1
    return found


def inside(value: bytes) -> list[bytes]:
    """The values of a list; SyntaxFaultError where it is none."""
    if not (value.startswith(b"(") and value.endswith(b")")):
        raise SyntaxFaultError("a list is missing")
    return values(value[1:-1])


def attributes(data: bytes, at: int) -> Iterator[tuple[bytes, bytes]]:
    """Name and value, each as it stands, of what is within the parentheses of a FETCH response that open at `at`."""
    at += 1
    while data[at:at + 1] != b")":
        name = _ATTRIBUTE.match(data, at)
        if not name:
            raise SyntaxFaultError("an attribute is broken")
        end = end_of(data, name.end() + 1)
        yield name[0], data[name.end() + 1:end]
        at = end + 1 if data[end:end + 1] == b" " else end


def text(value: bytes) -> bytes:
    """A string's or an atom's own bytes."""
    if value.startswith(b'"'):
        return re.sub(rb"\\(.)", rb"\1", value[1:-1])
    if literal := _LITERAL.match(value):
        return value[literal.end():]
    if value.startswith(b"("):
        raise SyntaxFaultError("a string is missing")
    return value


def quoted(value: bytes) -> bytes:
    """A string: quoted, or a literal where a quoted one cannot hold it."""
    if re.search(rb"[\r\n\x00\x80-\xff]", value):
        return b"{%d}\r\n" % len(value) + value
    return b'"' + re.sub(rb'(["\\])', rb"\\\1", value) + b'"'


def astring(value: bytes) -> bytes:
    """An atom where that is enough, else a string."""
    return value if _BARE.fullmatch(value) and value.upper() != b"NIL" else quoted(value)


def encoded(name: str) -> bytes:
    """A name in modified UTF-7 (RFC 3501 §5.1.3)."""
    return re.sub(r"&|[^\x20-\x7e]+", _shifted, name).encode("ascii")


def _shifted(found: re.Match[str]) -> str:
    if found[0] == "&":
        return "&-"
    return "&" + base64.b64encode(found[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"


def decoded(name: bytes) -> str:
    """A name out of modified UTF-7; SyntaxFaultError where it is none."""
    try:
        return re.sub(r"&([^-]*)-", _unshifted, name.decode("ascii"))
    except ValueError as error:
        raise SyntaxFaultError("a name is no modified UTF-7") from error


def _unshifted(found: re.Match[str]) -> str:
    if not found[1]:
        return "&"
    padded = found[1].replace(",", "/") + "=" * (-len(found[1]) % 4)
    return base64.b64decode(padded, validate=True).decode("utf-16-be")
