"""A mailbox with all seven contents moves while the engine dies thirty times; each ends whole, and goes again."""

from __future__ import annotations

import os
import random
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from engine.migration.record import Migration, State
from tests.contract.exchange.test_calendars_unproven import KINDEST
from tests.recovery.engine import test_calendars_seeded as calendars
from tests.recovery.engine.test_items_killed import half, small
from tests.recovery.engine.test_items_seeded import excused, mine
from tests.recovery.engine.test_settings_seeded import (
    OWN_RULES,
    as_before,
    away_judged,
    colours_judged,
    mail_judged,
    meaning,
    rules_judged,
    state_of,
)
from tests.servers.calendars import judge as calendar_judge
from tests.servers.calendars import planting as calendar_planting
from tests.servers.calendars import seeds as calendar_seeds
from tests.servers.exchange.pair import OLD
from tests.servers.items import moving as items_moving
from tests.servers.items import planting as item_planting
from tests.servers.items.judge import Judge
from tests.servers.settings import rule_seeds
from tests.servers.settings.colour_seeds import categories, own
from tests.servers.settings.judge import Categories
from tests.servers.settings.moving import ALIAS, Moving, moving
from tests.servers.settings.out_of_office_seeds import NOTHING, OWN_ON
from tests.servers.settings.rule_mail import Letter, letters
from tests.servers.world import ADDRESS, World

pytestmark = pytest.mark.timeout(1800)

KILLS, FEWEST, ALL = 24, 8, 30      # while it moves, at most and at least; and while it is taken back, too
FARTHEST = 45                       # requests to either server that a process makes before it dies, at most
MAIL = 30


@dataclass
class Everything:
    """Both mailboxes with all there is, and what looks at each content."""

    settings: Moving
    items: items_moving.Moving
    diary: calendars.Planted
    post: list[Letter]
    colours: tuple[Categories, Categories | None]

    @property
    def at(self) -> World:
        """Where it happens."""
        return self.settings.at

    def mail(self, which: str) -> Counter[tuple[str, str, bool, tuple[str, ...]]]:
        """What lies where in the old or the new mailbox, and how it is marked; of mail alone."""
        old = which == "old"
        looking, emulator = (self.settings.old, self.settings.left) if old else (self.settings.new, self.at.emulator)
        subjects = {one.subject for one in self.post}
        return Counter(
            (looking._path("/".join(one.folder)), one.subject, one.is_read, tuple(one.categories))
            for one in emulator.messages(looking.address)
            if one.subject in subjects or one.subject.startswith("lies in "))


@contextmanager
def everything(directory: Path) -> Iterator[Everything]:
    """Everything is where it belongs; the owner of the new mailbox has some of each."""
    with moving(directory) as at:
        at.at.emulator.configure(**KINDEST)
        post = [replace(one, subject=f"old {one.subject}") for one in letters(MAIL, 7)]
        for one in post:
            at.left.deliver(OLD, one.to({"me": OLD, "alias": ALIAS}))
        series = [*calendar_seeds.singles(), *calendar_seeds.rules(), *calendar_seeds.lacking()]
        at.left.add_system_folders(OLD)
        item_planting.plant(directory / "old.sqlite", OLD, small())
        calendar_planting.plant(directory / "old.sqlite", OLD, series)
        at.plant_old(rule_seeds.small(), categories()[::2], OWN_ON)
        item_planting.plant(directory / "exchange.sqlite", ADDRESS, mine())
        calendar_planting.plant(directory / "exchange.sqlite", ADDRESS, [
            replace(one, subject=f"my {one.subject}") for one in series[:2]])
        at.plant_new(OWN_RULES, own())
        there, colours = at.old.categories(), at.new.categories()
        assert there is not None
        yield Everything(at, _items(at), _diary(at, series), post, (there, colours))


def _items(at: Moving) -> items_moving.Moving:
    names = {"<t:Owner>old<": "<t:Owner>claire<", "<t:LastModifiedName>old<": "<t:LastModifiedName>claire<"}
    ends = [items_moving.End(emulator, looking.address, at.directory, looking.mailbox, "Exchange2016")
            for emulator, looking in ((at.left, at.old), (at.at.emulator, at.new))]
    return items_moving.Moving(
        at.at, *ends, small(), Judge(at.old.mailbox, small(), names), Judge(at.new.mailbox, small()), mine(), at.before)


def _diary(at: Moving, seeds: list[calendar_seeds.Seed]) -> calendars.Planted:
    names = {OLD: ADDRESS, "<t:Name>old<": "<t:Name>claire<"}
    return calendars.Planted(
        None, seeds, calendar_judge.Judge(at.old.mailbox, names),  # type: ignore[arg-type]  # what it moves by is here
        calendar_judge.Judge(at.new.mailbox), at.before)


def killed(at: Everything, chance: random.Random, work: Callable[[World], Any]) -> bool:
    """Does the work in a process of its own that dies at a request to either server. False: it ended before."""
    return at.settings.dies(chance.randint(1, FARTHEST), chance.choice(("before", "after")), work)


def looked_at(at: Everything, there: dict[str, list[dict[str, list[str]]]]) -> None:
    """Reads as the owner, whenever it died: nothing twice, nothing half without a mark, nothing sent."""
    assert half(at.items, there) == []
    assert at.mail("new") <= at.mail("old")
    mine = {one.name for one in OWN_RULES}
    found = Counter(one for one in at.settings.new.rules() if one.name not in mine)
    known = {meaning(one) for one in OWN_RULES}
    due = [one for one in at.settings.wanted(forwarding=False) if meaning(one) not in known]
    assert sum(found.values()) in (0, len(due))
    here = at.settings.new.categories()
    assert here is not None
    assert max(Counter(one["name"].casefold() for one in here.each).values()) == 1
    assert at.settings.new.away() in (at.settings.old.away(), state_of(NOTHING))
    assert [*at.at.emulator.outgoing(), *at.settings.left.outgoing()] == []


def whole(at: Everything, done: Migration, there: Any, days: Any) -> None:
    """Each content is what it was at the source."""
    said = at.settings.said(done)
    assert done.state is State.COMPLETED, (done.attention, said)
    assert [each for each in at.items.otherwise(there) if not excused(there, *each)[0]] == [], said
    assert at.diary.new.shown() - days[1] == calendar_judge.expected(at.diary.seeds), said
    assert calendars.alike(at.diary, days[0], at.diary.new.all(at.diary.seeds), KINDEST), said
    assert at.mail("new") == at.mail("old"), said
    colours_judged(at.settings, done, *at.colours)
    rules_judged(at.settings, done, OWN_RULES, forwarding=False)
    mail_judged(at.settings, OWN_RULES, letters(MAIL, 8), forwarding=False)
    away_judged(at.settings, done, NOTHING)


def test_all_seven_contents_killed_thirty_times_end_whole_and_go_again(tmp_path: Path) -> None:
    """After each death nothing is there twice; in the end all is there, and a rollback leaves what was there.

    KILLS_SEED has it die at the same requests again.
    """
    seed = int(os.environ.get("KILLS_SEED") or secrets.randbelow(1_000_000))
    print(f"KILLS_SEED={seed}")
    chance = random.Random(seed)
    with everything(tmp_path) as at:
        there, days = at.items.original(), (at.diary.old.all(at.diary.seeds), at.diary.new.shown())
        task, kills = at.settings.begin(), 0
        while kills < KILLS and killed(at, chance, lambda doomed: doomed.run(task)):
            kills += 1
            looked_at(at, there)
        at.settings.another_process()
        done = at.at.engine.store.load(task)
        whole(at, done if done.state is State.COMPLETED else at.at.run(task), there, days)
        assert kills > FEWEST
        at.settings.another_process()
        again = at.settings.migrate()
        assert {content: again.step(content).counts.copied for content in at.at.engine.contents} == dict.fromkeys(
            at.at.engine.contents, 0), at.settings.said(again)
        at.at.roll_back(again.task_id)
        while kills < ALL and killed(at, chance, lambda doomed: doomed.roll_back(task)):
            kills += 1
        back = at.at.roll_back(task)
        assert (back.state, back.rollback.kept) == (State.ROLLED_BACK, 0), at.settings.said(back)
        as_before(at.settings)
