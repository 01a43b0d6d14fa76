"""Ten thousand entries of the audit turn page by page as a thousand do."""

from __future__ import annotations

import pytest

from tests.unit.audit.test_reading import life, services, test_many_entries_turn_page_by_page

__all__ = ["life", "services", "test_many_entries_turn_page_by_page"]


@pytest.fixture
def many() -> int:
    return 10_000
