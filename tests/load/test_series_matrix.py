"""Every pattern, end and zone of a series with every kind of exception is what dateutil makes of it."""

from __future__ import annotations

import pytest

from tests.contract.exchange_emulator.conftest import schema_folder
from tests.contract.exchange_emulator.series_matrix import MATRIX, Direct, Row, compare, direct

__all__ = ["direct", "schema_folder"]       # fixtures


@pytest.mark.parametrize("row", MATRIX, ids=lambda row: f"{row.pattern}, {row.end}, {row.zone}")
def test_a_series_is_what_a_second_implementation_makes_of_it(direct: Direct, row: Row) -> None:
    """Each occurrence by index, in views, and in what the series says of itself."""
    compare(direct, row)
