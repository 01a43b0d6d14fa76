"""Contacts, groups, tasks and notes: a process dies at every request, of a migration and of a rollback."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from tests.recovery.engine.test_items_killed import killed, rolled_back, small
from tests.servers.items.moving import moving

pytestmark = pytest.mark.timeout(1800)


def test_a_death_at_any_request_leaves_nothing_twice_and_nothing_half(tmp_path: Path) -> None:
    """Photos, attachments and members among them; each is resumed, moved again, and taken back."""
    with moving(tmp_path, small()) as at:
        assert killed(at, count(1)) > 2 * len(at.seeds)


def test_a_death_at_any_request_of_a_rollback_is_finished_by_whoever_comes_after(tmp_path: Path) -> None:
    """The mailbox is as it was before."""
    with moving(tmp_path, small()) as at:
        assert rolled_back(at, count(1)) > len(at.seeds)
