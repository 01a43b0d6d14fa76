"""Exceptions of other libraries, and codes of servers, as errors of ours: rows of tables, and what reads them.

The tables stand at the boundary where each library is met. The first row that takes an exception decides, so that
narrower rows stand before wider ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import Cause, FatalError, RetryableError, Side


@dataclass(frozen=True, slots=True)
class Told:
    """What a person is told, and what the engine does about it: `error` says so (engine/errors.py).

    `words` hold names in braces, which `as_error` fills in. `back_off` is in seconds.
    """

    words: str
    cause: Cause
    error: type[FatalError] | type[RetryableError] = FatalError
    back_off: float | None = None

    def as_error(self, side: Side | None = None, **named: object) -> FatalError | RetryableError:
        """The error, of that side where it is fatal, with those names filled in."""
        words = self.words.format(**named)
        if issubclass(self.error, RetryableError):
            return self.error(words, cause=self.cause, back_off=self.back_off)
        return self.error(words, cause=self.cause, side=side)


def _always(_error: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Row:
    """What exceptions of those kinds mean; where `when` is given, only those of which it is true."""

    kinds: type[BaseException] | tuple[type[BaseException], ...]
    told: Told
    when: Callable[[Any], bool] = _always

    def takes(self, error: BaseException) -> bool:
        """True: the row decides about this exception."""
        return isinstance(error, self.kinds) and self.when(error)


Table = Sequence[Row]


def text_has(pattern: str) -> Callable[[BaseException], bool]:
    """True of an exception whose text holds that pattern."""
    return lambda error: re.search(pattern, str(error)) is not None


def told(table: Table, error: BaseException | None) -> Told | None:
    """What the table's first row that takes the exception says; None where no row does, or nothing was raised."""
    return next((row.told for row in table if error is not None and row.takes(error)), None)
