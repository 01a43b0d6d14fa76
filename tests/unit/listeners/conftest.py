"""The web door without a network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import fakeredis
import pytest

from tests.unit.life.world import Life
from tests.unit.listeners.door import WebDoor


@pytest.fixture
def door(tmp_path: Path) -> Iterator[WebDoor]:
    door = WebDoor(Life(fakeredis.FakeServer(), tmp_path))
    yield door
    for lease in door.leases:
        lease.release()
