"""Drawn: what comes back from a window or button is something that we have drawn into it; all else is refused.

Slack signs that a member of the workspace has sent it, and not that it stood there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from engine.errors import InputError

T = TypeVar("T")
NOT_OURS = "This button or window leads nowhere. Nothing was done. Please open it again."
WRONG = (ArithmeticError, AttributeError, InputError, LookupError, RecursionError, TypeError, ValueError)


class NotDrawnError(InputError):
    """What came back was never drawn by us. `admins`: what it pretends to be is for admins alone."""

    def __init__(self, *, admins: bool = False) -> None:
        super().__init__(NOT_OURS)
        self.admins = admins


def drawn(*, admins: bool = False) -> Callable[[Callable[[str], T]], Callable[[str], T]]:
    """Has a function that parses what we have drawn raise NotDrawnError for anything else."""

    def around(parse: Callable[[str], T]) -> Callable[[str], T]:
        @wraps(parse)
        def parsing(kept: str) -> T:
            try:
                return parse(kept)
            except WRONG as error:
                raise NotDrawnError(admins=admins) from error

        return parsing

    return around
