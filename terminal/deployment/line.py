"""One check and what it has found. Each fails alone, and within its time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from engine.errors import OmmError

LIMIT = 20.0        # seconds for one check


class Verdict(StrEnum):
    """What was found."""

    RIGHT = "right"
    WARNING = "warning"
    WRONG = "wrong"
    UNTRIED = "untried"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing: what was looked at, what was found, and what to do about it ('' for nothing). It holds no secret."""

    subject: str
    verdict: Verdict
    words: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """Something to look at: `look` gives its lines. `limit` is how many seconds it may take."""

    subject: str
    look: Callable[[], Iterable[Line]]
    limit: float = LIMIT

    def lines(self) -> list[Line]:
        """What was found, or that it could not be looked at. Raises nothing."""
        found: list[Line] = []
        looking = threading.Thread(target=self._into, args=(found,), name=self.subject, daemon=True)
        looking.start()
        looking.join(self.limit)
        if looking.is_alive():
            return [*found, wrong(self.subject, f"no answer within {self.limit:g} seconds.")]
        return found

    def _into(self, found: list[Line]) -> None:
        try:
            found.extend(self.look())
        except OmmError as error:       # its words name no secret
            found.append(wrong(self.subject, str(error)))
        except Exception as error:  # noqa: BLE001 - one check's failure is a line, and its words may hold secrets
            found.append(wrong(self.subject, f"it could not be looked at ({type(error).__name__})."))


def right(subject: str, words: str) -> Line:
    """It is as it should be."""
    return Line(subject, Verdict.RIGHT, words)


def warning(subject: str, words: str, advice: str = "") -> Line:
    """It works, and somebody should look at it."""
    return Line(subject, Verdict.WARNING, words, advice)


def wrong(subject: str, words: str, advice: str = "") -> Line:
    """It does not work, or is dangerous."""
    return Line(subject, Verdict.WRONG, words, advice)


def untried(subject: str, words: str) -> Line:
    """It was not looked at."""
    return Line(subject, Verdict.UNTRIED, words)
