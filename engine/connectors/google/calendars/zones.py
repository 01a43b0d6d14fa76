"""Zones of the tz database as an appointment names them: by the id of Windows (exchangelib's table, of CLDR).

Where the zone that Windows means by it has other hours in the years of an appointment, or none is meant, the zone goes
with a definition of its own: an occurrence stays when Google shows it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from exchangelib.winzone import IANA_TO_MS_TIMEZONE_MAP, MS_TIMEZONE_TO_IANA_MAP
from lxml import etree

from engine.connectors.exchange.typed import xml
from engine.connectors.google.calendars.times import UTC_NAME, When
from engine.connectors.google.calendars.zone_rules import CUSTOM, offset, write_definition

# Zones that Windows Update brought last: a server that has had none since refuses their ids (ErrorTimeZone). Microsoft,
# "Daylight saving time help and support": a new zone comes by Windows Update. Sao Tome is not among those that an
# Exchange was seen to list (GetServerTimeZones).
LATE = frozenset({
    "Qyzylorda Standard Time", "Sao Tome Standard Time", "South Sudan Standard Time", "Volgograd Standard Time",
    "Yukon Standard Time",
})
ENDLESS = datetime(2037, 12, 31, tzinfo=UTC)    # the last year that all tables of the tz database have


def windows_id(zone: str) -> str:
    """The id that Windows has of a zone; "" where it has none."""
    return UTC_NAME if zone == UTC_NAME else str(IANA_TO_MS_TIMEZONE_MAP.get(zone, ("",))[0])


@lru_cache(maxsize=4096)
def _is_as_windows(zone: str, year: int) -> bool:
    """True: the zone that CLDR takes for the one of Windows has the same hours on each day of that year."""
    windows = windows_id(zone)
    meant = MS_TIMEZONE_TO_IANA_MAP.get(windows)
    if windows in LATE:
        return False
    if meant is None or meant == zone:
        return zone in (meant, UTC_NAME)
    noon = datetime(year, 1, 1, 12, tzinfo=UTC)
    days = (noon + timedelta(days=one) for one in range(366))
    return all(offset(zone, day) == offset(meant, day) for day in days)


def put_zones(item: etree._Element, start: When, end: When, years: tuple[int, int]) -> None:
    """Says in which zones an appointment begins and ends; from the first of these years to the last they must hold."""
    _put(item, "StartTimeZone", start.zone, *years)
    if end.zone != start.zone:
        _put(item, "EndTimeZone", end.zone, *years)


def _put(item: etree._Element, name: str, zone: str, first: int, last: int) -> None:
    last = max(first, min(last, ENDLESS.year))
    if all(_is_as_windows(zone, year) for year in range(first, last + 1)):
        xml.add(item, name, Id=windows_id(zone))
        return
    write_definition(xml.add(item, name, Id=CUSTOM, Name=zone), zone, first - 1, last)
