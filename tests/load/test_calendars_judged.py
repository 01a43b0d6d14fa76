"""Seeds of calendars in small groups, each judged within seconds: `test_engine_broken.py` runs them, too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from tests.contract.exchange.test_calendars_unproven import HARSHEST, KINDEST
from tests.contract.exchange_emulator.series_matrix import MATRIX, drawn
from tests.recovery.engine.test_calendars_moved import moving_from
from tests.recovery.engine.test_calendars_seeded import judged, planted
from tests.servers.calendars.attachments import holding
from tests.servers.calendars.judge import Judge
from tests.servers.calendars.planting import plant
from tests.servers.calendars.seeds import Seed, fewer_files, lacking, large, meetings, of_row, orphans, rules, singles
from tests.servers.exchange.pair import OLD, Mailbox

GROUPS: Mapping[str, tuple[Callable[[], list[Seed]], Mapping[str, object]]] = {
    "exceptions": (lambda: [of_row(drawn(6)[1])], KINDEST),
    "custom zone": (lambda: [next(of_row(row) for row in MATRIX if row.zone == "a custom one")], KINDEST),
    "lacking": (lambda: [*lacking(), fewer_files()], KINDEST),
    "meetings": (lambda: meetings(OLD), KINDEST),
    "meetings, harshest": (lambda: meetings(OLD), HARSHEST),
    "singles": (singles, KINDEST),
    "attachments": (holding, KINDEST),
    "orphans": (lambda: orphans(OLD), KINDEST),
    "orphans, harshest": (lambda: orphans(OLD), HARSHEST),
    "many": (lambda: large()[:1], KINDEST),
    "beyond": (lambda: large()[1:], HARSHEST),
}


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_of_seeds_is_moved_as_it_is(tmp_path: Path, group: str) -> None:
    """Equal by raw XML, at dateutil's times, copied once, taken back whole."""
    made, behaviour = GROUPS[group]
    with planted(tmp_path, behaviour, made()) as at:
        judged(at, behaviour)


def test_the_hour_at_which_it_is_read_changes_nothing(tmp_path: Path) -> None:
    """A judge tells the same before an occurrence and after it, though the server then names the next one."""
    seeds = list(rules())
    with moving_from(tmp_path, "2010") as moving:
        plant(moving.old.database, OLD, seeds)
        judge = Judge(Mailbox(moving.old.sessions))
        told = judge.all(seeds)
        moving.old.emulator.configure(mailbox_ahead_s=timedelta(days=2).total_seconds())

        assert judge.all(seeds) == told
