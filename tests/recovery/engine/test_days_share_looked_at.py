"""What somebody who looks, or types the command again, is told while the day's share of Gmail is used up."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from engine.errors import FatalError
from engine.migration.looking_ahead import look_ahead
from engine.pace.halt import Halt
from engine.store.vault import Secret
from tests.servers.gmail.days_share import SIZE, Clock, Says, SharingSource, ration
from tests.servers.world import PASSWORD, world


def test_a_look_says_when_it_is_worth_while_again(tmp_path: Path) -> None:
    """`omm check` and *Check first*: the card of a migration would say when it goes on."""
    clock = Clock()
    source = SharingSource(20, 4 * SIZE, Says.BYE, clock)
    with world(tmp_path, {"old": source}) as at:
        ration(at, source, clock, 4 * SIZE)
        at.migrate()
        with pytest.raises(FatalError) as caught:
            look_ahead(at.engine, at.request(), source_password=Secret("-"), destination_password=Secret(PASSWORD),
                       halt=Halt())

    assert re.search(r"\d{1,2}:\d{2}", str(caught.value))


def test_a_migration_that_waits_by_a_clock_that_was_ahead_goes_on(tmp_path: Path) -> None:
    """Nobody has to know that the clock was wrong: nothing waits for longer than Google's day."""
    clock = Clock()
    clock.ahead = timedelta(days=30)
    source = SharingSource(20, 100 * SIZE, Says.BYE, clock)
    with world(tmp_path, {"old": source}) as at:
        ration(at, source, clock, 4 * SIZE)
        waiting = at.migrate()
        assert waiting.not_before is not None
        clock.ahead = timedelta(hours=26)       # it was set right, and a day has gone by
        assert not at.engine.store.load(waiting.task_id).is_early(clock())
