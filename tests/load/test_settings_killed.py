"""A process that moves rules, categories and out-of-office dies at each of its requests to either server."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.migration.record import State
from engine.migration.request import Choice
from tests.recovery.engine.test_settings_seeded import (
    OWN_RULES,
    as_before,
    away_judged,
    colours_judged,
    rules_judged,
    settings_of,
    taken_back,
)
from tests.servers.settings import rule_seeds
from tests.servers.settings.colour_seeds import categories, own
from tests.servers.settings.moving import AWAY, COLOURS, RULES, Moving, moving
from tests.servers.settings.out_of_office_seeds import NOTHING, OWN_ON

STEP, FEWEST = 3, 20        # of all requests, those that a process dies at; how many there are, at least


def planted(at: Moving) -> None:
    """Some of each, into a mailbox with its own."""
    at.plant_old([*rule_seeds.small()[::4], *rule_seeds.sending()], categories()[::6], OWN_ON)
    at.plant_new(OWN_RULES, own())


def test_a_death_at_any_request_leaves_nothing_twice_and_nothing_lost(tmp_path: Path) -> None:
    """Whoever comes after makes it whole; what is there then is what there would have been; and it goes again."""
    with moving(tmp_path, RULES, COLOURS, AWAY) as at:
        planted(at)
        there, before = at.old.categories(), at.new.categories()
        assert there is not None
        for number in count(1, STEP):
            task = at.begin(Choice.FORWARDING)
            when = ("before", "after")[number // STEP % 2]
            died = at.dies(number, when, lambda doomed, task=task: doomed.run(task))
            at.another_process()
            done = at.at.engine.store.load(task)
            done = done if done.state is State.COMPLETED else at.at.run(task)
            assert done.state is State.COMPLETED, (number, done.attention)
            colours_judged(at, done, there, before)
            rules_judged(at, done, OWN_RULES, forwarding=True)
            away_judged(at, done, NOTHING)
            assert at.at.emulator.outgoing() == []
            at.another_process()
            taken_back(at, task)
            as_before(at)
            if not died:
                break
        assert number > FEWEST


def test_a_death_in_a_rollback_is_finished_by_whoever_comes_after(tmp_path: Path) -> None:
    """What was there before is there in the end, and nothing of it was lost meanwhile."""
    with moving(tmp_path, RULES, COLOURS, AWAY) as at:
        planted(at)
        mine = settings_of(at)
        for number in count(1, STEP):
            at.another_process()
            task, when = at.migrate(Choice.FORWARDING).task_id, ("after", "before")[number // STEP % 2]
            died = at.dies(number, when, lambda doomed, task=task: doomed.roll_back(task))
            names = [one.name for one in at.new.rules()]
            assert names[: len(OWN_RULES)] == [one.name for one in OWN_RULES]
            at.another_process()
            taken_back(at, task)
            as_before(at)
            if not died:
                break
        assert number > FEWEST // 4
        assert len(mine) == len(settings_of(at))


WRITES = (
    "UpdateInboxRules", "SetUserOofSettingsRequest", "CreateUserConfiguration", "UpdateUserConfiguration",
    "DeleteUserConfiguration")  # fmt: skip


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_answer_that_is_lost_doubles_nothing(tmp_path: Path, when: str) -> None:
    """Of each request that writes, the first and the second; forwards and back."""
    with moving(tmp_path, RULES, COLOURS, AWAY) as at:
        planted(at)
        there, before = at.old.categories(), at.new.categories()
        assert there is not None
        for operation in WRITES:
            for nth in (1, 2):
                fault = Fault(operation=operation, nth=nth, when=when, action="drop")  # type: ignore[arg-type]  # one of two
                at.at.emulator.add_fault(fault)
                done = at.migrate(Choice.FORWARDING)
                at.at.emulator.clear_faults()
                colours_judged(at, done, there, before)
                rules_judged(at, done, OWN_RULES, forwarding=True)
                away_judged(at, done, NOTHING)
                at.at.emulator.add_fault(fault)
                taken_back(at, done.task_id)
                at.at.emulator.clear_faults()
                as_before(at)
