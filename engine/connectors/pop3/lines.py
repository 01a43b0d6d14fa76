"""Lines as POP3 servers send them, read for what they clearly mean. The one place that is liberal about them.

RFC 1939 §3 has a status begin with `+OK` or `-ERR`, and §5 has an entry of a list begin with its number. Messages
themselves are never mended.
"""

from __future__ import annotations

import re

LONGEST_NUMBER = 18         # digits

_USUAL_STATUS = re.compile(rb"(?:\+OK|-ERR)(?: \S|\r\n\Z)")
_STATUS = re.compile(rb"(?:\xef\xbb\xbf)?\s*([+-])[ \t]?(OK|ERR)(?![A-Za-z])[ \t]*(.*)\Z", re.DOTALL | re.IGNORECASE)
_SIGNS = {b"OK": b"+", b"ERR": b"-"}
_USUAL_ENTRY = re.compile(rb"([1-9]\d{0,17}) ([!-~]+)\r?\n?")
_ENTRY = re.compile(rb"\s*<?([+]?\d+)[>:.,;)]?(?:\s+(.*)|\s*)\Z", re.DOTALL)
_NUMBER = re.compile(rb"[<+(]*(\d+)[>),.;]*\Z")


def status(line: bytes) -> bytes:
    """A status line as the standard has it, its line end kept; any other line as it is."""
    if _USUAL_STATUS.match(line):
        return line
    found = _STATUS.match(line)
    if found is None or found[1] != _SIGNS[found[2].upper()]:
        return line
    return found[1] + found[2].upper() + (b" " if found[3].strip() else b"") + found[3]


def says_nothing(line: bytes) -> bool:
    """True: this is an empty line, as some servers send before a status."""
    return not line.strip(b"\r\n\0 \t")


def entry(line: bytes) -> tuple[int, bytes] | None:
    """A message's number and what a list says of it; None for a line that is no entry."""
    if usual := _USUAL_ENTRY.fullmatch(line):
        return int(usual[1]), usual[2]
    found = _ENTRY.match(line.replace(b"\0", b""))
    at = number(found[1]) if found else None
    return (at, (found[2] or b"").strip()) if found and at else None


def number(digits: bytes = b"") -> int | None:
    """A number that no message, size or count can be larger than; None where it is none."""
    found = _NUMBER.match(digits)
    return int(found[1]) if found and len(found[1].lstrip(b"0")) <= LONGEST_NUMBER else None
