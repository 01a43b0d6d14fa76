"""Whom the directory is asked for, for appointments that nobody was invited to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed.addresses import Directory
from engine.connectors.exchange.typed.made import made
from engine.connectors.exchange.typed.whole import Whole
from engine.errors import RetryableError


@dataclass(frozen=True)
class At:
    directory: Directory
    now: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_an_appointment_without_people_needs_no_directory() -> None:
    """A user would wait for a directory that is busy before an appointment of their own is moved that names nobody."""
    def busy(_address: str) -> list[str]:
        raise RetryableError("The directory is busy.")

    item = etree.fromstring(
        f'<t:CalendarItem xmlns:t="{TYPES[1:-1]}"><t:Subject>Dentist</t:Subject>'
        "<t:Start>2026-04-01T09:00:00Z</t:Start><t:End>2026-04-01T10:00:00Z</t:End></t:CalendarItem>"
    )

    found = made(1, Whole(item), At(Directory(busy, owner="ann@old.example", becomes="ann@new.example")))

    assert b"Dentist" in found.element
