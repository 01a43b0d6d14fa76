"""Who sends to a workspace: one notifier, which has all its leases or none."""

from __future__ import annotations

from typing import Any

import pytest

from bot.notices.sole import LEASE, acquire, lease_of
from engine.errors import Cause, FatalError
from engine.store.lease import Lease
from tests.servers.slack.notices import TEAM, Office


class Away:
    """A store that goes away after it has given the first lease."""

    def __init__(self, desk: Office) -> None:
        self.desk = desk

    def acquire(self, name: str, *, holder: str) -> Lease | str:
        if name == lease_of(TEAM):
            raise FatalError("Redis is away.", cause=Cause.STORE)
        return self.desk.store.acquire(name, holder=holder)


def test_who_gets_one_lease_only_gives_it_back(desk: Office) -> None:
    """Another notifier has the other: an earlier release's could not take over otherwise."""
    other = desk.store.acquire(lease_of(TEAM), holder="another notifier")

    assert isinstance(other, Lease)
    assert acquire(desk.store, TEAM, first=True) is None
    assert desk.store.held(LEASE) is None


def test_a_store_that_goes_away_half_way_leaves_no_lease_behind(desk: Office) -> None:
    """Else nobody could send as long as this process lives, itself included."""
    store: Any = Away(desk)

    with pytest.raises(FatalError):
        acquire(store, TEAM, first=True)

    assert desk.store.held(LEASE) is None


def test_only_the_first_workspaces_notifier_needs_the_earlier_lease(desk: Office) -> None:
    """A further workspace's sends whether an earlier release does or not."""
    with desk.store.acquire(LEASE, holder="the notifier"):      # type: ignore[union-attr]  # nobody else has it
        found = acquire(desk.store, "T0SECOND01", first=False)

    assert found is not None
    found.release()
