"""A task that moves a setting between two sides in memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.examples.toy_world import ToyWorld, toy_world


@pytest.fixture
def at() -> Iterator[ToyWorld]:
    with toy_world() as made:
        yield made
