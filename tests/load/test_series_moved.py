"""Series of every pattern, end and zone, each with every kind of exception, move from one Exchange to another."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulators.exchange.settings import VersionName
from tests.contract.exchange_emulator.series_matrix import MATRIX, by_others
from tests.recovery.engine.test_calendars_moved import by_index, moving_from, put


@pytest.mark.parametrize("version", ["2010", "2019"])
def test_each_occurrence_is_where_dateutil_has_it(tmp_path: Path, version: VersionName) -> None:
    """All rows of the matrix at once; a second run copies none."""
    with moving_from(tmp_path, version) as moving:
        for row in MATRIX:
            put(moving.old, row)
        done, again = moving.migrate(), moving.migrate()
        found = [by_index(moving.new, one) for one in moving.new.ids()]

        assert moving.said(done) == []
    assert (moving.counts(done).copied, moving.counts(again).copied) == (len(MATRIX), 0)
    assert sorted(found, key=str) == sorted((by_others(row) for row in MATRIX), key=str)
