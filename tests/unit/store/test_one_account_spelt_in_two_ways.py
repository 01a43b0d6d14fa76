"""One Gmail account, whose owner types it in two ways (support.google.com 7436150 and 10313).

Dots do not count at gmail.com, and googlemail.com is the same.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import fakeredis
import pytest

from engine.errors import Cause, FatalError, LaterError
from engine.migration.account import parse_account
from engine.migration.request import Choice
from engine.migration.same_choice import check_same_choice
from engine.store.allowances import Allowances
from engine.systems import System
from tests.servers.world import world

FIRST, AGAIN = parse_account("gmail://ann.smith@gmail.com"), "gmail://annsmith@gmail.com"
SPELLINGS = [AGAIN, "gmail://ann.smith@googlemail.com"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_days_share_is_one(spelling: str) -> None:
    """Google counts by the account."""
    redis, now = fakeredis.FakeRedis(), datetime(2026, 3, 4, 5, 20, tzinfo=UTC)
    used = Allowances(redis, clock=lambda: now).of(FIRST)
    used.take(System.GOOGLE.row.a_day)
    used.keep()

    with pytest.raises(LaterError):
        Allowances(redis, clock=lambda: now).of(parse_account(spelling)).check()


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_choice_of_copies_is_one(tmp_path: Path, spelling: str) -> None:
    """With the other choice everything is copied once more, whichever way the account is typed."""
    with world(tmp_path, {}) as at:
        first = replace(at.begin_with(replace(at.request(), source=FIRST)), started=at.engine.clock(), wrote=True)
    again = replace(first, task_id="3MNP-4RST", request=replace(
        first.request, source=parse_account(spelling), choices=(Choice.COPIES,)
    ))
    knows_labels = cast("Any", SimpleNamespace(copies=lambda: None))

    with pytest.raises(FatalError) as caught:
        check_same_choice(again.request, knows_labels, lambda: [first])
    assert caught.value.cause is Cause.OTHER_CHOICE
