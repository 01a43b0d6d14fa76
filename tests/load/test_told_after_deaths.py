"""The engine dies at each request while appointments are written to a server that keeps whatever it may keep."""

from __future__ import annotations

from pathlib import Path

from tests.contract.exchange.test_calendars_unproven import KINDEST
from tests.contract.exchange.test_told_after_deaths import told_once


def test_the_report_is_the_same_at_whatever_request_the_process_died(tmp_path: Path) -> None:
    """The little that it does not keep is told of each appointment, once, by its name."""
    told_once(tmp_path, KINDEST, "after")
