"""Each content at each destination."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import pytest

from tests.contract.contents import desks, from_exchange
from tests.contract.contents.bench import EXAMPLES, AtExchange, Bench, BetweenExchanges, InMemory
from tests.contract.contents.contacts import ContactsBetween
from tests.contract.contents.groups import GroupsBetween
from tests.histories.world import world as together
from tests.servers.exchange.pair import pair_of
from tests.servers.world import world

# Mail at Exchange has tests of its own (tests/recovery), with more of it.
PAIRS = product(EXAMPLES, ("memory", "exchange"))
LEFT_OUT = (("mail", "exchange"), ("contacts", "memory"), ("contact groups", "memory"))
ROWS = [pair for pair in PAIRS if pair not in LEFT_OUT]
BETWEEN: dict[str, type[BetweenExchanges | ContactsBetween | GroupsBetween]] = {
    "calendars": BetweenExchanges, "contacts": ContactsBetween, "contact groups": GroupsBetween,
}
ROWS.append((from_exchange.NAME, "exchange"))
ROWS += [(name, "exchange") for name in desks.KINDS]


@pytest.fixture(params=ROWS, ids=" in ".join)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """Each content at each destination."""
    with _opened(*request.param, tmp_path) as opened:
        yield opened


@pytest.fixture(params=[pair for pair in ROWS if pair[0] not in ("mail", from_exchange.NAME)], ids=" in ".join)
def typed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """Each content whose items can change at the source."""
    with _opened(*request.param, tmp_path) as opened:
        yield opened


@pytest.fixture(params=[pair for pair in ROWS if pair == ("calendars", "memory")], ids=" in ".join)
def calendar(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """Calendars in memory, whose source tells what is asked of it."""
    with _opened(*request.param, tmp_path) as opened:
        yield opened


@contextmanager
def _opened(name: str, where: str, tmp_path: Path) -> Iterator[Bench]:
    if name == from_exchange.NAME:
        with from_exchange.bench(tmp_path) as between:
            yield between
        return
    if name in desks.KINDS:
        with desks.bench(tmp_path, name) as of_desks:
            yield of_desks
        return
    example = EXAMPLES[name]
    if where == "memory":
        with together([example.source()], seed=1, grace=5.0) as at:
            at.contents, at.writers = example.table, example.in_memory
            yield InMemory(example, at)
        return
    if name in BETWEEN:
        with pair_of(tmp_path, "2019", contents=example.table) as pair:
            yield BETWEEN[name].seeded(example, pair)
        return
    with world(
        tmp_path, {"old": example.source()}, grace=0.02, contents=example.table,
        writers=example.at_exchange,
    ) as opened:
        yield AtExchange(example, opened)
