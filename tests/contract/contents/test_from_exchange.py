"""The old mailbox of `from_exchange` is one that leaves no way of reading out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.connectors.exchange.reading.rebuilt import REBUILT
from tests.contract.contents import from_exchange
from tests.contract.contents.from_exchange import FromExchange

QUESTIONS = {"GetFolder", "FindFolder", "SyncFolderItems", "GetItem", "FindItem", "GetAttachment"}
MOST = 60       # requests of one migration, each of which a process dies at


@pytest.fixture
def between(tmp_path: Path) -> Iterator[FromExchange]:
    with from_exchange.bench(tmp_path) as made:
        yield made


def test_one_migration_asks_every_kind_of_question(between: FromExchange) -> None:
    """Few requests in all; keys are asked for, one message comes through a file, and one is put together."""
    old, new = between.pair.left, between.at.emulator
    before = len(old.requests), len(new.requests)
    task = between.begin()
    between.run(task)
    asked, told = old.requests[before[0]:], new.requests[before[1]:]

    assert {request.operation for request in asked} == QUESTIONS
    assert len(asked) + len(told) <= MOST
    assert [line.item for line in between.report(task) if line.reason == REBUILT] == ["1 message"]
    assert between.source.listed_with_keys
    assert between.source.through_files == 1
