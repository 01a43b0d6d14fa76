"""Appointments are written, and each request is lost in turn; `make test` loses the first and the last of each kind."""

from __future__ import annotations

from tests.contract.exchange.test_calendars_killed import lost, owner
from tests.servers.world import World

__all__ = ["owner"]     # a fixture


def test_a_request_that_is_lost_is_sent_again(owner: World) -> None:
    """Nothing came of it; what was half-written when it was lost goes, with all that came of that."""
    lost(owner, "before", lambda many: range(1, many + 1))
