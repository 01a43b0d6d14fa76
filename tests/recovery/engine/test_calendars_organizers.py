"""A meeting whose organizer cannot be named in the new mailbox is named in the report, whatever came before it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.exchange.test_calendars_unproven import KINDEST
from tests.recovery.engine.test_calendars_moved import moving_from
from tests.servers.calendars.planting import plant
from tests.servers.calendars.seeds import ATTENDEE, INVITED, Seed, clock, people
from tests.servers.exchange.pair import OLD

ME = people(ATTENDEE.format("old", OLD, "SMTP", "Accept"))
GONE = "/o=Gone/ou=Exchange/cn=Recipients/cn=dave"
LOST = "not who invited them"


def _seeds(*, gone_first: bool) -> list[Seed]:
    known = Seed("known", clock(2027, 3, 8, 9), elements=ME, kept=INVITED)
    gone = Seed("gone", clock(2027, 3, 9, 9), elements=ME, kept=INVITED | {
        "uid": "gone@example.net", "organizer": ["Dave", GONE]})
    return [gone, known] if gone_first else [known, gone]


@pytest.mark.parametrize("gone_first", [True, False])
def test_only_the_meeting_that_lost_its_organizer_is_named(tmp_path: Path, *, gone_first: bool) -> None:
    """Of two meetings one is by somebody whom no directory knows any more."""
    with moving_from(tmp_path, "2010") as moving:
        moving.new.emulator.configure(**KINDEST)
        plant(moving.old.database, OLD, _seeds(gone_first=gone_first))
        done = moving.migrate()

        shows = {}
        for one in moving.new.ids():
            item = moving.new.shown(f'<t:ItemId Id="{one}"/>')
            shows[item.findtext("{*}Subject")] = (
                item.findtext("{*}Organizer/{*}Mailbox/{*}Name"), item.findtext("{*}MyResponseType"))
        lost = {name for name, (who, _) in shows.items() if who not in ("Boss", "Dave")}
        named = {name for name in shows if any(f": {name} (" in line and LOST in line for line in moving.said(done))}
        assert named == lost, (shows, moving.said(done))
