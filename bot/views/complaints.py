"""Complaints: what is wrong with a form, by the field that it is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from engine.errors import InputError

T = TypeVar("T")


@dataclass(slots=True)
class Complaints:
    """Collects what is wrong, so that everything is said at once."""

    by_block: dict[str, str] = field(default_factory=dict)

    def heard(self, block: str, do: Callable[[], T]) -> T | None:
        """What `do` returns, None when it complains."""
        try:
            return do()
        except InputError as error:
            self.by_block.setdefault(block, str(error))
            return None
