"""What goes wrong on request: sessions that are cut, commands that fail, doors that are shut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock


class Cut(StrEnum):
    """How a session ends in the middle of a FETCH."""

    BYE = "bye"             # between two messages: BYE, then the connection closes
    EOF = "eof"             # between two messages: the connection closes without a word
    TORN = "torn"           # in the middle of a message's bytes


@dataclass(slots=True)
class Trouble:
    """What one account meets. Counters go down as they are met; whoever sets one sets it anew."""

    clock: Callable[[], float]
    _lock: Lock = field(default_factory=Lock)
    _locked_until: float = 0.0
    _cut: Cut | None = None
    _cut_after: int = 0
    _unavailable: int = 0
    _unavailable_verb: str = ""
    connections: int = 15       # https://support.google.com/mail/answer/7126229

    def lock_out(self, seconds: float) -> None:
        """Refuse to sign anybody in, for that long."""
        with self._lock:
            self._locked_until = self.clock() + seconds

    def locked(self) -> bool:
        """True: the account is locked."""
        with self._lock:
            return self.clock() < self._locked_until

    def cut(self, how: Cut, after: int) -> None:
        """Cut the session that sends the message after the next `after` ones; once."""
        with self._lock:
            self._cut, self._cut_after = how, after

    def next_message(self) -> Cut | None:
        """Count a message that is about to be sent; return how it is to be cut, or None."""
        with self._lock:
            if self._cut is None:
                return None
            self._cut_after -= 1
            if self._cut_after >= 0:
                return None
            how, self._cut = self._cut, None
            return how

    def unavailable(self, times: int, verb: str) -> None:
        """Answer the next `times` commands (those named `verb`, or all of them for "") with NO [UNAVAILABLE]."""
        with self._lock:
            self._unavailable, self._unavailable_verb = times, verb

    def is_unavailable(self, verb: str) -> bool:
        """True: this command is to be refused. It is counted."""
        with self._lock:
            if not self._unavailable or self._unavailable_verb not in {"", verb}:
                return False
            self._unavailable -= 1
            return True
