"""ews-javascript-api looks at a calendar and at what it became when it moved from Exchange to Exchange."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.exchange.test_calendars_unproven import KINDEST
from tests.contract.exchange_emulator.series_matrix import drawn
from tests.recovery.engine.test_calendars_seeded import planted
from tests.second_opinions import npm
from tests.servers.calendars.seeds import meetings, of_row, rules, singles
from tests.servers.exchange.pair import OLD
from tests.servers.world import ADDRESS, PASSWORD

pytestmark = pytest.mark.skipif(not npm.installed(), reason=npm.MISSING)


def seen(url: str, address: str, version: str) -> dict[str, list[dict[str, Any]]]:
    """Each appointment by its subject, and behind a series the occurrences that have something of their own."""
    printed = npm.node("calendars.cjs", url, address, version, environment={"EWS_PASSWORD": PASSWORD})
    renamed = printed.replace(OLD, ADDRESS).replace('["old",', '["claire",')       # the owner has another address now
    return dict(json.loads(renamed))


def test_what_ews_javascript_api_can_read_of_it_is_the_same(tmp_path: Path) -> None:
    """One of each kind, field by field; reminders of what is past are silent, and no invitation waits to be sent."""
    try:
        npm.modules()
    except npm.NotInstalledError as error:
        pytest.skip(f"npm could not install ews-javascript-api: {error}")
    seeds = [*singles(), *rules(), *meetings(OLD), *(of_row(row) for row in drawn(6)[:1])]
    with planted(tmp_path, KINDEST, seeds) as at:
        there = seen(at.moving.old.emulator.url, OLD, "Exchange2010_SP1")
        at.moving.migrate()
        here = seen(at.moving.new.emulator.url, ADDRESS, "Exchange2013")

    assert set(there) == {seed.subject for seed in seeds}
    for seed in seeds:
        assert len(there[seed.subject]) == 1 + len(seed.own)
        assert (there[seed.subject][0]["recurrence"] is not None) == (seed.series is not None)
        for old, new in zip(there[seed.subject], here[seed.subject], strict=True):
            if not new["reminder"][0]:
                old["reminder"][0] = False
            of_one_day = seed.series is not None and old is not there[seed.subject][0]
            if seed.subject == "unsent meeting" or (of_one_day and old["meeting"][0]):
                old["meeting"][2] = True
            assert new == old
