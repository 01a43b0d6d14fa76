"""A day's quota of one of Google's interfaces is used up: what its owner, and whoever runs OMM, read of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from engine.clock import utc_now
from engine.connectors.google.rest.denials import meaning
from engine.connectors.google.rest.interfaces import Interface
from engine.contents import CONTENTS, contents
from engine.errors import LaterError
from engine.migration.account import parse_account
from engine.migration.content import Content
from engine.migration.record import State
from terminal import words
from tests.servers.google.told import Account, Json, Told
from tests.servers.world import world

SPENT = {"error": {"code": 403, "errors": [{"reason": "dailyLimitExceeded"}]}}


class Spent(Told):
    """Its tasks were asked for too often today, by all who use OMM's project at Google."""

    def pages(self, interface: Interface, path: str, items: str, **query: object) -> Iterator[Json]:
        raise meaning(interface, 403, SPENT, back_off=None, now=utc_now())


def test_it_is_not_called_gmails_share(tmp_path: Path) -> None:
    """It has nothing to do with Gmail's 2,500 MB: it is named, so that whoever runs OMM may have it raised."""
    error = meaning(Interface.TASKS, 403, SPENT, back_off=None, now=utc_now())
    assert isinstance(error, LaterError)
    with world(tmp_path, {"old": Account(Spent())}, grace=0.02, contents=contents(CONTENTS[Content.TASKS])) as at:
        task_id = at.begin().task_id
        done = at.run(task_id)
    shown = replace(done, request=replace(done.request, source=parse_account("gmail://ann@gmail.com")))

    assert done.state is State.WAITING
    assert done.not_before is not None
    assert timedelta() < done.not_before - utc_now() <= timedelta(days=1, hours=1)
    assert "Tasks API only so much in a day" in " ".join(words.more_from(shown))
