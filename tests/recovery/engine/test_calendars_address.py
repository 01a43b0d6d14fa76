"""The owner's other addresses become the new one, as the login does."""

from __future__ import annotations

from pathlib import Path

from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.network.pinning import Network
from engine.migration.record import State
from tests.contract.exchange.conftest import account
from tests.recovery.engine.test_calendars_moved import moving_from
from tests.servers.calendars.planting import plant
from tests.servers.calendars.seeds import ANN, ATTENDEE, INVITED, Seed, clock, people
from tests.servers.world import ADDRESS, PASSWORD

EVE, ALIAS = "eve@example.org", "evelyn@example.org"


def test_an_owner_who_was_invited_by_another_address_has_the_new_one(tmp_path: Path) -> None:
    """The directory does not tell that address with their others; it knows whose it is when it is asked for it."""
    with moving_from(tmp_path, "2019") as moving:
        moving.old.emulator.add_mailbox(EVE, password=PASSWORD, aliases=(ALIAS,))
        there = account(moving.old.emulator.url, EVE)
        moving.at.connectors.sources["eve"] = ExchangeSource(  # type: ignore[assignment]  # a source
            there, PASSWORD, Network(trusts_person=True), waits=(0.0,))
        plant(moving.old.database, EVE, [Seed("review", clock(2027, 1, 15, 9), kept=INVITED, elements=people(
            ANN, ATTENDEE.format("Eve", ALIAS, "SMTP", "Accept")))])
        done = moving.at.migrate("eve")

        assert done.state is State.COMPLETED
        item = moving.new.shown(f'<t:ItemId Id="{moving.new.ids()[0]}"/>')
        shown = [one.text for one in item.iterfind("{*}RequiredAttendees//{*}EmailAddress")]
        assert shown == ["ann@example.net", ADDRESS], moving.said(done)
