"""A world with three folders and a hundred messages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.ports.source import Role, SourceFolder
from tests.servers.exchange.pair import Pair, pair_of
from tests.servers.memory.source import MemorySource, mail
from tests.servers.world import World, world

INBOX = SourceFolder(("INBOX",), "INBOX", Role.INBOX)
CLIENTS = SourceFolder(("Clients",), "Clients")
ATLAS = SourceFolder(("Clients", "Atlas"), "Clients/Atlas")


def hundred(whose: str = "") -> MemorySource:
    return MemorySource({
        INBOX: [mail(f"{whose}in {n}") for n in range(20)],
        CLIENTS: [mail(f"{whose}client {n}") for n in range(70)],
        ATLAS: [mail(f"{whose}atlas {n}") for n in range(10)],
    })


def arrived(whose: str = "") -> list[tuple[tuple[str, ...], str]]:
    return sorted(
        [(("Inbox",), f"{whose}in {n}") for n in range(20)]
        + [(("Clients",), f"{whose}client {n}") for n in range(70)]
        + [(("Clients", "Atlas"), f"{whose}atlas {n}") for n in range(10)]
    )


EXPECTED = arrived()


@pytest.fixture
def source() -> MemorySource:
    return hundred()


@pytest.fixture
def small_world(tmp_path: Path, source: MemorySource) -> Iterator[World]:
    with world(tmp_path, {"old": source}) as built:
        yield built


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """A mailbox on one Exchange, and the one on another that it moves to."""
    with pair_of(tmp_path, "2019") as made:
        yield made
