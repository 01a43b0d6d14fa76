"""Offers: the Exchange services that a mailbox can move to, and the address that each is reached at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Offer:
    """One service. `server` is what its address field is filled in with, '' where every customer has their own."""

    key: str
    name: str
    server: str = ""
    hint: str = ""

    @property
    def needs_address(self) -> bool:
        """Whether the address has to be typed."""
        return not self.server


@dataclass(frozen=True, slots=True)
class Offers:
    """The offers of a form, in order. There is at least one, and the first is chosen unless somebody chooses another."""

    every: tuple[Offer, ...]

    def __iter__(self) -> Iterator[Offer]:
        """Each of them, in order."""
        return iter(self.every)

    def find(self, key: str) -> Offer:
        """The offer called `key`; the first when there is none (any more)."""
        raise NotImplementedError


def read(path: Path | None = None) -> Offers:
    """The offers in the box, extended and overridden by those of the operator's own file if one is named.

    Raises InputError, in the operator's words, when that file cannot be read or holds something else.
    """
    raise NotImplementedError
