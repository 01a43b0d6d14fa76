"""Versions of Exchange: which are old enough to be refused, and what people call them.

Versions are those of the ServerVersionInfo header ([MS-OXWSCDATA]), by Microsoft's page "Exchange Server build numbers
and release dates". A source needs 2010 SP1, the first to know every request that a mailbox is read with; a
destination needs 2013, the first to know those that it is written with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lxml import etree

from engine.errors import Cause, FatalError, Side

LONGEST_NUMBER = 9      # digits


@dataclass(frozen=True, slots=True)
class Oldest:
    """The oldest version that a side takes: its major and minor numbers, and its name."""

    version: tuple[int, int]
    name: str


OLDEST: Mapping[Side, Oldest] = MappingProxyType({
    Side.SOURCE: Oldest((14, 1), "Exchange 2010 SP1"),
    Side.DESTINATION: Oldest((15, 0), "Exchange 2013"),
})
NAMES: Mapping[tuple[int, int], str] = MappingProxyType({
    (14, 0): "2010 without a service pack", (15, 0): "2013", (15, 1): "2016", (15, 2): "2019",
})
MAJOR_NAMES: Mapping[int, str] = MappingProxyType({8: "2007", 14: "2010"})


def numbers(version: etree._Element) -> tuple[int, int] | None:
    """Major and minor number of a ServerVersionInfo element; None where it does not say them."""
    major, minor = (version.get(name) or "" for name in ("MajorVersion", "MinorVersion"))
    if not all(one.isascii() and one.isdecimal() and len(one) <= LONGEST_NUMBER for one in (major, minor)):
        return None
    return int(major), int(minor)


def release(version: etree._Element) -> str:
    """What people call the Exchange of a ServerVersionInfo element."""
    found = numbers(version)
    name = None if found is None else NAMES.get(found) or MAJOR_NAMES.get(found[0])
    if name is not None:
        return f"Exchange {name}"
    return f"Exchange of version {version.get('MajorVersion') or '?'}.{version.get('MinorVersion') or '?'}"


def refuse_old(version: etree._Element | None, side: Side) -> None:
    """Raises FatalError (TOO_OLD), with the release's name, where a server's version is too old for that side.

    A server that does not say its version is not refused here.
    """
    found, oldest = None if version is None else numbers(version), OLDEST[side]
    if version is not None and found is not None and found < oldest.version:
        raise FatalError(
            f"The {side} is {release(version)}; {oldest.name} or later is needed.", cause=Cause.TOO_OLD, side=side
        )
