"""A password, held so that it shows nowhere."""

from __future__ import annotations

import base64
import re


class Password:
    """A password that does not show itself in a repr, a log or a traceback."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The password itself."""
        return self._value

    def occurs_in(self, text: str) -> bool:
        """True: `text` repeats the password, plainly or somewhere in a run of base64."""
        octets = self._value.encode()
        runs = (run + "=" * (-len(run) % 4) for run in re.findall(r"[A-Za-z0-9+/]{2,}", text))
        return bool(octets) and (self._value in text or any(octets in _decoded(run) for run in runs))

    def __repr__(self) -> str:
        return "Password(***)"


def _decoded(run: str) -> bytes:
    try:
        return base64.b64decode(run)
    except ValueError:
        return b""
