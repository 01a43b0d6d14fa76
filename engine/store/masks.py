"""Masks: secrets taken out of whatever is written for people who run this."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from html import escape
from urllib.parse import quote, quote_plus

SHORTEST = 4        # characters of a secret that is searched for
MOST = 1000         # secrets that one process keeps in mind
HIDDEN = "[secret]"


def spellings(secret: str) -> Iterator[str]:
    """The ways in which a secret may stand in a line: as it is, escaped, and inside of base64 at any place."""
    yield from (secret, quote(secret), quote(secret, safe=""), quote_plus(secret), quote_plus(secret, safe="/"))
    yield from (repr(secret)[1:-1], repr(secret.encode())[2:-1], secret.encode().hex())
    yield from (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    yield from (secret.replace("\\", "\\\\").replace('"', '\\"'), escape(secret), escape(secret, quote=False))
    for raw in (secret.encode(), secret.encode("utf-16-le")):
        for before in range(3):
            whole = b64encode(b"\0" * before + raw).decode().rstrip("=")
            begin = (before * 8 + 5) // 6
            yield whole[begin : -1 if (before + len(raw)) % 3 else None]


class Masks:
    """Takes secrets out of everything that is written."""

    def __init__(self) -> None:
        self._secrets: dict[str, frozenset[str]] = {}

    def hide(self, secret: str) -> None:
        """From now on this does not appear; nor do the thousand secrets hidden before it."""
        known = self._secrets.pop(secret, None)
        if len(secret) >= SHORTEST:
            self._secrets[secret] = known or frozenset(s for s in spellings(secret) if len(s) >= SHORTEST)
        while len(self._secrets) > MOST:
            del self._secrets[next(iter(self._secrets))]

    def masked(self, text: str) -> str:
        """The text without the secrets; the longest spelling first, so that no rest stays behind."""
        found = {s for group in list(self._secrets.values()) for s in group if s in text}
        for spelling in sorted(found, key=len, reverse=True):
            text = text.replace(spelling, HIDDEN)
        return text
