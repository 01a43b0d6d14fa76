"""300 contacts, 20 groups, 100 tasks and 20 notes move; raw XML judges what arrives."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from engine.migration.content import Content
from tests.recovery.engine.test_items_judged import everything
from tests.recovery.engine.test_items_killed import killed, small
from tests.recovery.engine.test_items_seeded import BOB, judged, mine, sample
from tests.servers import corpus
from tests.servers.items import people_seeds
from tests.servers.items.moving import moving


def test_everything_is_the_same(tmp_path: Path) -> None:
    """Every field of the schema, every pattern, 500 members; a second run copies nothing, and all of it goes again."""
    with moving(tmp_path, everything(BOB), mine=mine(), never=people_seeds.caches()) as at:
        judged(at)


def test_contacts_of_other_programs_are_the_same(tmp_path: Path) -> None:
    """The vCards of khard's tests (`make corpus`), some of which programs cannot read; without them, those of ours."""
    cards = corpus.contacts()
    seeds = list(people_seeds.of_vcards(cards.values())) if cards else list(people_seeds.of_vcards())
    assert len(seeds) >= 20
    with moving(tmp_path, seeds, wanted=(Content.CONTACTS,)) as at:
        judged(at)


def test_what_exchange_2010_has_is_the_same_on_2019(tmp_path: Path) -> None:
    """By what a client of 2010 sees of both."""
    with moving(tmp_path, sample(), mine=mine(), version="2010", asked="Exchange2010_SP1") as at:
        judged(at)


def test_servers_that_do_otherwise_what_nobody_has_proved_make_no_difference(tmp_path: Path) -> None:
    """A completion date that is kept, properties that are refused, short pages, other clocks; from 2010 to 2019."""
    with moving(
        tmp_path, sample(), mine=mine(), never=people_seeds.caches(), version="2010", asked="Exchange2010_SP1"
    ) as at:
        at.old.emulator.configure(refuses_foreign_properties=True, short_pages=True, mailbox_ahead_s=-70)
        at.new.emulator.configure(
            keeps_completion_date=True, refuses_foreign_properties=True, short_pages=True, mailbox_ahead_s=90
        )
        judged(at)


def test_a_death_at_a_third_of_all_requests_leaves_nothing_twice_and_nothing_half(tmp_path: Path) -> None:
    """Photos, attachments and members among them; each is resumed, moved again, and taken back."""
    with moving(tmp_path, small()) as at:
        assert killed(at, count(1, 3)) > 2 * len(at.seeds)
