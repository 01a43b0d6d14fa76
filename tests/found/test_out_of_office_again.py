"""A second run knows the out-of-office that an earlier one has brought."""

from __future__ import annotations

import pytest

from engine.migration.record import Counts
from engine.migration.request import Choice
from tests.contract.exchange.test_out_of_office_moved import (  # noqa: F401 - a fixture
    BLANK,
    OOF,
    OWN,
    SOON,
    Desk,
    away,
    newest,
)


@pytest.mark.parametrize(("first", "then"), [
    ((Choice.LEAVE_OFF,), away("Enabled")),                 # left off, and the second run was not asked for that
    ((), away("Disabled")),                                 # its owner has come back, and switched it off
    ((), away("Enabled", SOON, "All")),                     # its owner has chosen another audience
])
def test_what_an_earlier_run_has_brought_is_not_called_the_mailboxs_own(
    newest: Desk, first: tuple[Choice, ...], then: str,  # noqa: F811 - the fixture
) -> None:
    """As with all else, it is already there, and has changed at the source since."""
    newest.sets(newest.pair.old, away("Enabled"))
    newest.sets(newest.pair.new, BLANK)
    newest.migrates(*first)
    newest.sets(newest.pair.old, then)

    second = newest.migrates()

    assert OWN not in str(newest.told(second))
    counts = second.step(OOF).counts
    assert (counts.found, counts.already_there) == (1, 1) == (Counts(found=1, already_there=1).found, 1)
