"""Consent numbers: what stands in for Slack where it does not say who is before a page.

The browser that came back from Google's page shows one, and whoever has opened the form types it there. So a consent
that somebody else has given counts for nothing, unless they read the number out.
"""

from __future__ import annotations

import secrets
from hmac import compare_digest
from unicodedata import decimal

DIGITS = 8
MOST_TRIES = 5


def new() -> str:
    """A number that nobody can guess."""
    return f"{secrets.randbelow(10 ** DIGITS):0{DIGITS}}"


def shown(number: str) -> str:
    """It as a person reads it: in two halves."""
    return f"{number[:DIGITS // 2]} {number[DIGITS // 2:]}"


def is_same(typed: str, number: str) -> bool:
    """True: somebody has typed that number, with whatever stands between its digits."""
    digits = "".join(str(decimal(each)) for each in typed if each.isdecimal())
    return bool(number) and compare_digest(digits.encode(), number.encode())
