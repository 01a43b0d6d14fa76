"""What people read at the terminal of settings."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import fakeredis

from engine.contents import CONTENTS, contents
from engine.migration.request import Choice
from engine.settings.switching_on import switch_on
from terminal.switching_on import run_switch_on
from tests.contract.exchange.test_out_of_office_moved import BLANK, OOF, Desk, away
from tests.servers.exchange_pair import pair_of
from tests.servers.terminal_session import session


def test_after_a_rollback_nobody_reads_that_it_is_on(tmp_path: Path) -> None:
    """It was switched on, and rolled back: replies go out no more."""
    with pair_of(tmp_path, "2019", contents=contents(CONTENTS[OOF])) as pair:
        desk, said = Desk(pair), StringIO()
        desk.sets(pair.old, away("Enabled"))
        desk.sets(pair.new, BLANK)
        done = desk.migrates(Choice.LEAVE_OFF)
        switch_on(pair.at.engine, done.task_id)
        pair.at.roll_back(done.task_id)

        try:
            run_switch_on(
                session(pair.at.engine, said, redis=fakeredis.FakeRedis(server=pair.at.server)), done.task_id)
        except Exception as error:  # noqa: BLE001 - whatever is said of it is read
            said.write(str(error))

    assert "rolled back" in said.getvalue()


def test_what_its_owner_has_switched_on_is_not_to_be_switched_on(tmp_path: Path) -> None:
    """They have done it by hand already."""
    with pair_of(tmp_path, "2019", contents=contents(CONTENTS[OOF])) as pair:
        desk, said = Desk(pair), StringIO()
        desk.sets(pair.old, away("Enabled"))
        desk.sets(pair.new, BLANK)
        done = desk.migrates(Choice.LEAVE_OFF)
        desk.sets(pair.new, away("Enabled"))

        try:
            run_switch_on(
                session(pair.at.engine, said, redis=fakeredis.FakeRedis(server=pair.at.server)), done.task_id)
        except Exception as error:  # noqa: BLE001 - whatever is said of it is read
            said.write(str(error))

    assert "so it stays as it is. Its owner can switch it on there" not in said.getvalue()
