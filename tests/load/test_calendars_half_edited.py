"""An owner writes into a series of which half is there, after each request: the task goes on each time.

`make test` takes a task back after each of these requests, and lets it go on after one.
"""

from __future__ import annotations

import pytest

from tests.contract.exchange.test_calendars_half_written import EDITS, Edit, Halves, halves, stays

__all__ = ["halves"]     # a fixture


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_whatever_an_owner_changes_stays_beside_the_whole_series(halves: Halves, edit: Edit) -> None:
    """Another run copies nothing, and a rollback leaves what was changed."""
    stays(halves, edit, range(len(halves.moments)))
