"""Events keep their hours in every zone, whatever Windows calls it, and whatever hours it had."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from lxml import etree

from emulators.exchange.calendar import zones as exchange_zones
from engine.connectors.exchange.soap import TYPES
from tests.servers.google.events import calendar, days, element, event, exception, item_of, shown, wall, words
from tests.unit.google.test_calendar_recurrences import google

# Zones that Windows has under another one's name, or none, or whose clocks followed no rule in some of these years.
ODD = (
    "Antarctica/Troll", "Antarctica/Casey", "America/Scoresbysund", "Asia/Almaty", "Europe/Volgograd",
    "Africa/Casablanca", "America/Sao_Paulo", "Asia/Pyongyang", "America/Argentina/San_Luis", "Pacific/Apia",
    "America/Nuuk", "Asia/Gaza", "Etc/GMT+5", "Europe/Istanbul", "America/Caracas", "Asia/Kolkata",
)


def zone_of(found: etree._Element) -> etree._Element:
    """Its StartTimeZone."""
    zone = found.find(f"{TYPES}StartTimeZone")
    assert zone is not None
    return zone


@pytest.mark.parametrize("zone", ODD)
def test_a_series_keeps_its_hour_over_all_years(zone: str) -> None:
    """Each day at nine, through everything that the zone's clocks did since 2007 and will do."""
    start = wall(2007, 1, 15, 9)
    item = item_of(event(start, "RRULE:FREQ=DAILY;INTERVAL=3", zone=zone), entry=calendar(zone))

    assert not item.further
    assert shown(item) == google("FREQ=DAILY;INTERVAL=3", start, zone)


@pytest.mark.parametrize("zone", ODD)
def test_whole_days_are_midnights_of_the_calendar(zone: str) -> None:
    """As the server sees them, in the zone that it is told; the day after the last is where it ends."""
    item = item_of(days("2009-05-04", "2009-05-06"), entry=calendar(zone))
    read, _ = exchange_zones.read(zone_of(element(item)))
    start, end = (datetime.fromisoformat(one or "") for one in words(item, "Start", "End"))

    assert words(item, "IsAllDayEvent") == ["true"]
    assert [read.to_local(one.replace(tzinfo=None)) for one in (start, end)] == [
        wall(2009, 5, 4), wall(2009, 5, 6),
    ]
    assert start == datetime(2009, 5, 4, tzinfo=ZoneInfo(zone))


def test_a_moved_occurrence_stays_in_the_zone_of_its_series() -> None:
    """Which the server is told once: of the occurrence only its hours differ."""
    series = event(wall(2019, 6, 3, 9), "RRULE:FREQ=WEEKLY", zone="Antarctica/Troll")
    item = item_of(series, exception(series, wall(2025, 6, 2, 9), wall(2025, 6, 2, 11), zone="Antarctica/Troll"))

    assert [b"TimeZone" in one.element for one in item.changed] == [False]


def test_a_zone_that_windows_has_goes_by_its_name_alone() -> None:
    """So that its owner sees it by that name."""
    zone = zone_of(element(item_of(event(None, "RRULE:FREQ=DAILY"))))

    assert zone.get("Id") == "Romance Standard Time"
    assert not len(zone)


def test_a_zone_that_nobody_knows_is_named_in_the_report() -> None:
    """Its moments stay; how clocks show them there is not known."""
    at = {"dateTime": "2024-03-04T09:00:00+05:00", "timeZone": "Mars/Olympus"}
    item = item_of(event(start=at, end=at | {"dateTime": "2024-03-04T10:00:00+05:00"}), entry=calendar("Mars/Olympus"))

    assert words(item, "Start") == ["2024-03-04T04:00:00Z"]
    assert zone_of(element(item)).get("Id") == "UTC"
    assert "Mars/Olympus" in item.untold


def test_an_event_may_end_in_another_zone_than_it_begins_in() -> None:
    """As a flight does."""
    landing = {"dateTime": "2024-03-04T12:00:00-05:00", "timeZone": "America/New_York"}
    item = item_of(event(end=landing))

    assert words(item, "Start", "End") == ["2024-03-04T08:00:00Z", "2024-03-04T17:00:00Z"]
    assert element(item).find(f"{TYPES}EndTimeZone").get("Id") == "Eastern Standard Time"  # type: ignore[union-attr]


def test_the_hours_between_two_offsets_are_told_by_the_definition() -> None:
    """Every hour of ten years, in a zone that Windows knows by another one's name."""
    zone = "Antarctica/Troll"
    item = item_of(event(wall(2019, 6, 1, 9), "RRULE:FREQ=DAILY", zone=zone))
    read, _ = exchange_zones.read(zone_of(element(item)))
    hours = [datetime(2019, 1, 2, tzinfo=UTC) + timedelta(hours=7 * one) for one in range(12_000)]

    assert [read.to_local(one.replace(tzinfo=None)) for one in hours] == [
        one.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for one in hours
    ]
