"""Zones of the tz database as an appointment names them: by the id of Windows (exchangelib's table, of CLDR)."""

from __future__ import annotations

from datetime import datetime

from exchangelib.winzone import IANA_TO_MS_TIMEZONE_MAP
from lxml import etree

from engine.connectors.exchange.typed import xml
from engine.connectors.google.calendars.times import When


def windows_id(zone: str) -> str:
    """The id that Windows has of a zone; "" where it has none."""
    return str(IANA_TO_MS_TIMEZONE_MAP.get(zone, ("",))[0])


def put_zones(item: etree._Element, start: When, end: When, until: datetime | None) -> None:
    """Says in which zones an appointment begins and ends; `until` is how far these must hold."""
    xml.add(item, "StartTimeZone", Id=windows_id(start.zone) or "UTC")
    if end.zone != start.zone:
        xml.add(item, "EndTimeZone", Id=windows_id(end.zone) or "UTC")
