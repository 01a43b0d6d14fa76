"""Appointments are written; each request, or the answer to it, is lost in turn. `make test` loses a few of them."""

from __future__ import annotations

from typing import Literal

import pytest

from tests.contract.exchange.test_calendars_killed import lost, owner
from tests.servers.world import World

__all__ = ["owner"]     # a fixture


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_is_lost_at_any_request_changes_nothing_in_the_end(
    owner: World, when: Literal["before", "after"]
) -> None:
    """Whether it was carried out or not; what was half-written goes, with all that came of it."""
    lost(owner, when, lambda many: range(1, many + 1))
