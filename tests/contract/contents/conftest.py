"""Each content at each destination."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import pytest

from tests.contract.contents.bench import EXAMPLES, AtExchange, Bench, InMemory
from tests.histories.world import world as together
from tests.servers.world import world

# Mail at Exchange has tests of its own (tests/recovery), with more of it.
PAIRS = product(EXAMPLES, ("memory", "exchange"))
ELSEWHERE = {("mail", "exchange"), ("calendars", "exchange")}
PLACES = [pair for pair in PAIRS if pair not in ELSEWHERE]


@pytest.fixture(params=PLACES, ids=" in ".join)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """Each content at each destination."""
    with _opened(*request.param, tmp_path) as opened:
        yield opened


@pytest.fixture(params=[pair for pair in PLACES if pair[0] != "mail"], ids=" in ".join)
def typed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """Each content whose items can change at the source."""
    with _opened(*request.param, tmp_path) as opened:
        yield opened


@pytest.fixture(params=[pair for pair in PLACES if pair[0] == "calendars"], ids=" in ".join)
def calendar(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """Calendars, whose source tells when an item was changed last."""
    with _opened(*request.param, tmp_path) as opened:
        yield opened


@contextmanager
def _opened(name: str, where: str, tmp_path: Path) -> Iterator[Bench]:
    example = EXAMPLES[name]
    if where == "memory":
        with together([example.source()], seed=1, grace=5.0) as at:
            at.contents, at.writers = example.table, example.in_memory
            yield InMemory(example, at)
        return
    with world(
        tmp_path, {"old": example.source()}, grace=0.02, contents=example.table,
        writers=example.at_exchange,
    ) as opened:
        yield AtExchange(example, opened)
