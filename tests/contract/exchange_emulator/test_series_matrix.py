"""Series with every kind of exception, compared with what dateutil makes of them; the whole matrix is in tests/load."""

import pytest

from .series_matrix import MATRIX, Direct, Row, compare, direct, drawn

__all__ = ["direct"]        # a fixture
TENTH = drawn(len(MATRIX) // 10)


@pytest.mark.parametrize("row", TENTH, ids=lambda row: f"{row.pattern}, {row.end}, {row.zone}")
def test_a_series_is_what_a_second_implementation_makes_of_it(direct: Direct, row: Row) -> None:
    """Moved, renamed, deleted, with a file, with a reminder: each occurrence by index, in views, in its series."""
    compare(direct, row)


def test_the_matrix_is_whole() -> None:
    """Six patterns, three ends and five zones, and the drawn tenth has each of them."""
    assert len(set(MATRIX)) == 6 * 3 * 5
    assert {one.zone for one in TENTH} == {one.zone for one in MATRIX}
    assert {(one.pattern, one.end) for one in MATRIX} >= {(one.pattern, one.end) for one in TENTH}
