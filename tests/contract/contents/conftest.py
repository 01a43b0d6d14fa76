"""Each content at each destination."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.contents.bench import EXAMPLES, AtExchange, Bench, InMemory
from tests.examples.toy_content import TOYS, ExchangeToys, MemoryToys
from tests.histories.world import world as together
from tests.servers.world import world


@pytest.fixture(params=[("mail", "memory"), ("toys", "memory"), ("toys", "exchange")], ids=" in ".join)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """Each content at each destination; mail at Exchange has tests of its own (tests/recovery)."""
    name, where = request.param
    example = EXAMPLES[name]
    if where == "memory":
        with together([example.source()], seed=1, grace=5.0) as at:
            at.contents, at.writers = example.table, {TOYS: MemoryToys}
            yield InMemory(example, at)
        return
    with world(
        tmp_path, {"old": example.source()}, grace=0.02, contents=example.table, writers={TOYS: ExchangeToys}
    ) as opened:
        yield AtExchange(example, opened)
