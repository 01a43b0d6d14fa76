"""What programs and the operator see of a migration that waits for Gmail's next day."""

from __future__ import annotations

import re
from pathlib import Path

from fakeredis import FakeRedis

from terminal import records
from terminal.waiting import lines, waiting
from tests.servers.gmail.days_share import SIZE, Clock, Says, SharingSource, ration
from tests.servers.world import world


def test_json_says_until_when_it_waits(tmp_path: Path) -> None:
    """A person reads "It goes on at …"; a program that runs `omm status --json` has to know it, too."""
    clock = Clock()
    source = SharingSource(20, 4 * SIZE, Says.BYE, clock)
    with world(tmp_path, {"old": source}) as at:
        ration(at, source, clock, 4 * SIZE)
        task = at.migrate()
    assert task.not_before is not None

    assert records.brief(task, held=False)["not_before"] == task.not_before.isoformat()


def test_the_operator_sees_for_what_it_waits(tmp_path: Path) -> None:
    """`omm waiting`: a task that waits for Google's day does not look as one without a worker."""
    clock = Clock()
    source = SharingSource(20, 4 * SIZE, Says.BYE, clock)
    with world(tmp_path, {"old": source}) as at:
        ration(at, source, clock, 4 * SIZE)
        task = at.migrate()
        [line] = [one for one in lines(waiting(at.engine, FakeRedis(server=at.server)), clock()) if task.task_id in one]

    assert re.search(r"waiting, .* gives more from .*:\d\d", line), line
