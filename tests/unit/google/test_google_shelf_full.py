"""What was listed, where the machine has no room for it."""

from __future__ import annotations

import random
import resource

import pytest

from engine.connectors.google.reading.shelf import Shelf
from engine.errors import FatalError

ROOM = 64 * 1024


def test_a_machine_without_room_is_named() -> None:
    """Whoever runs OMM makes room; the migration is resumed then. What was put there before can still be read."""
    shelf, noise = Shelf(), random.Random(1)
    number = shelf.put("small")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, hard))
    try:
        with pytest.raises(FatalError, match="has no room in"):
            shelf.put(noise.randbytes(2 * ROOM).hex())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert shelf.get(number) == "small"
