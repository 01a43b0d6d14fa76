"""What the report says of appointments is true, and enough to find them."""

from __future__ import annotations

from pathlib import Path

from tests.recovery.engine.test_calendars_moved import moving_from
from tests.servers.calendars.planting import plant
from tests.servers.calendars.seeds import ANN, ATTENDEE, Seed, clock, people
from tests.servers.exchange.pair import OLD

GONE = "/o=Gone/ou=Exchange/cn=Recipients/cn={}"


def test_a_time_in_the_report_is_what_the_clocks_showed_or_says_that_it_is_utc(tmp_path: Path) -> None:
    """Exchange 2010 has no field for the time by the clocks; at nine in Sydney it is ten in the evening by UTC."""
    with moving_from(tmp_path, "2010") as moving:
        plant(moving.old.database, OLD, [Seed("review", clock(2025, 1, 15, 9), zone="Sydney", elements=people(ANN))])
        done = moving.migrate()

        [line] = [one for one in moving.said(done) if "review" in one]
        assert "2025-01-15 09:00" in line or "UTC" in line, line


def test_two_people_of_one_name_are_two_in_the_report(tmp_path: Path) -> None:
    """Neither has an address; whoever reads it learns that both are missing."""
    two = people(*(ATTENDEE.format("Maria Silva", GONE.format(one), "EX", "Accept") for one in ("m1", "m2")), ANN)
    with moving_from(tmp_path, "2019") as moving:
        plant(moving.old.database, OLD, [
            Seed("review", clock(2027, 1, 15, 9), elements=two, kept={"sent": True})])
        done = moving.migrate()

        said = " ".join(moving.said(done))
        assert said.count("Maria Silva") == 2 or "2 people" in said, said
