"""The life of a migration, without a mailbox."""

from __future__ import annotations

from pathlib import Path

import fakeredis
import pytest

from tests.unit.life.world import Life


@pytest.fixture
def at(tmp_path: Path) -> Life:
    return Life(fakeredis.FakeServer(), tmp_path)
