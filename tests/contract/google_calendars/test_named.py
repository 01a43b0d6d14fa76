"""What is not carried of an event is named."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from engine.connectors.exchange.soap import TYPES
from engine.migration.content import Content
from tests.contract.google_calendars.diary import at, insert
from tests.servers.google.events import event, item_of, wall
from tests.servers.google.moving import google_moving

MOVED = (Content.CALENDARS,)


def test_a_period_lasts_as_long_as_it_says_or_is_named() -> None:
    """RDATE;VALUE=PERIOD says how long that occurrence lasts (RFC 5545 3.8.5.2)."""
    item = item_of(event(
        wall(2026, 6, 1, 9), "RRULE:FREQ=DAILY;COUNT=2", "RDATE;VALUE=PERIOD:20260620T070000Z/PT3H"))
    ends = [etree.fromstring(one.element).findtext(f"{TYPES}End") for one in (item, *item.further)]

    assert "2026-06-20T10:00:00Z" in ends or "last" in item.untold, (ends, item.untold)


def test_a_colour_that_the_owner_gave_an_event_is_named(tmp_path: Path) -> None:
    """Exchange has colours of categories alone."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        insert(moving, summary="Deadline", colorId="11", start=at("2026-12-08T12:00:00+01:00"),
               end=at("2026-12-08T13:00:00+01:00"))
        done = moving.migrate(MOVED)

        assert "colour" in " ".join(moving.said(done)), moving.said(done)

