"""A task of which everything is kept that can be kept, and the sweep."""

from __future__ import annotations

from pathlib import Path

import fakeredis
import pytest

from tests.unit.life.world import Life
from tests.unit.listeners.door import WebDoor
from tests.unit.retention.house import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(WebDoor(Life(fakeredis.FakeServer(), tmp_path)))
