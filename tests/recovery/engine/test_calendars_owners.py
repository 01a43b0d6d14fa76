"""Two people's calendars move into one mailbox: what both were invited to is there as each of them had it, or named."""

from __future__ import annotations

from pathlib import Path

from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.network.pinning import Network
from tests.contract.exchange.conftest import account
from tests.recovery.engine.test_calendars_moved import moving_from
from tests.servers.calendars.planting import plant
from tests.servers.calendars.seeds import ATTENDEE, INVITED, Seed, clock, people
from tests.servers.exchange.pair import OLD
from tests.servers.world import PASSWORD

BOB = "bob@example.org"
ALL = people(*(ATTENDEE.format(one, one, "SMTP", "Accept") for one in (OLD, BOB)))


def test_what_the_second_owner_has_noted_of_a_shared_meeting_is_not_lost_silently(tmp_path: Path) -> None:
    """Both were invited; the second one has written notes into it, which the first one's entry does not have."""
    notes = {"Body": '<t:Body BodyType="Text">Notes of Bob alone</t:Body>'}
    when = clock(2027, 1, 4, 9)
    with moving_from(tmp_path, "2019") as moving:
        moving.old.emulator.add_mailbox(BOB, password=PASSWORD)
        there = account(moving.old.emulator.url, BOB)
        moving.at.connectors.sources["bob"] = ExchangeSource(  # type: ignore[assignment]  # a source
            there, PASSWORD, Network(trusts_person=True), waits=(0.0,))
        plant(moving.old.database, OLD, [
            Seed("shared", when, elements=ALL, kept=INVITED), Seed("mine", when), Seed("mine too", when)])
        plant(moving.old.database, BOB, [
            Seed("shared", when, elements=ALL | notes, kept=INVITED), Seed("Bob's", when), Seed("Bob's too", when)])
        moving.old.sql("UPDATE item SET modified='2024-01-01T00:00:00Z'")
        moving.migrate()
        second = moving.at.migrate("bob")

        texts = [moving.new.shown(f'<t:ItemId Id="{one}"/>').findtext("{*}Body") or "" for one in moving.new.ids()]
        is_there = any("Notes of Bob" in one for one in texts)
        assert is_there or any("shared" in line for line in moving.said(second)), (
            moving.counts(second), moving.said(second))
        assert not any("removed at the source" in line for line in moving.said(second))
