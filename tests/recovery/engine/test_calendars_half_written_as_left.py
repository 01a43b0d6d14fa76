"""What of a half-written series is as the migration left it, and what of it is its owner's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from emulators.exchange import Fault
from emulators.exchange.recurrence import Series
from engine.items.report.lines import HALF_WRITTEN
from engine.items.tags import UNFINISHED
from engine.migration.record import State
from tests.contract.exchange.calendar_box import FILE, occurrence
from tests.recovery.engine.test_calendars_moved import Moving, moving_from
from tests.servers.calendars.planting import plant
from tests.servers.calendars.seeds import Own, Seed, clock, told
from tests.servers.exchange.pair import OLD
from tests.servers.processes.mortal import Moment, as_of, moments_of
from tests.servers.world import World

START = clock(2027, 1, 4, 9)
LYON = Own(elements=told(Location="Lyon"))


def round_of(own: dict[int, Own]) -> Seed:
    return Seed("round", START, series=Series("DailyRecurrence", START.date(), interval=3, number=8), own=own)


@pytest.fixture
def moving(tmp_path: Path) -> Iterator[Moving]:
    with moving_from(tmp_path, "2019") as made:
        yield made


def halves(at: World) -> list[str]:
    return [one.item_id for one in at.messages()
            if any(str(value).endswith(UNFINISHED) for value in one.extended.values())]


def deaths(moving: Moving, task: str) -> list[Moment]:
    return moments_of(moving.at, lambda doomed: doomed.run(task), lambda number: Fault(
        operation="*", nth=number, when="after", action="hold", name=f"request {number}"), moving.at.emulator)


def half_written(moving: Moving, task: str) -> Iterator[World]:
    """Of each death that leaves something half-written."""
    for moment in deaths(moving, task):
        at = as_of(moving.at, moment)
        if halves(at):
            yield at


def named(at: World, task: str) -> list[str]:
    return [line.item for line in at.engine.store.reported(task).failures if line.reason == HALF_WRITTEN]


def answered(moving: Moving, *, files: bool = False) -> None:
    """A series that the owner has answered, of which one day may have a file of its own."""
    master = moving.old.answered()
    if files:
        moving.old.attach(moving.old.occurrence_id(master, 4), FILE.format("plan.txt", "QUJD"))


@pytest.mark.parametrize("kept", [True, False])
def test_a_meeting_of_which_one_day_was_answered_otherwise_is_there_once(moving: Moving, *, kept: bool) -> None:
    """Whether the server keeps what a guest has answered or not: nobody has changed it. A rollback leaves nothing."""
    moving.new.emulator.configure(organizer_by_property=kept)
    answered(moving)
    empty = moving.new.emulator.dump(moving.new.address)
    task, asked = moving.at.begin("old").task_id, 0
    for at in half_written(moving, task):
        asked += 1
        assert at.run(task).state is State.COMPLETED
        assert (len(moving.new.ids()), named(at, task)) == (1, []), asked
        at.roll_back(task)
        assert moving.new.emulator.dump(moving.new.address) == empty
    assert asked


def test_of_such_a_meeting_that_is_refused_in_the_end_nothing_stays(moving: Moving) -> None:
    """The new mailbox takes no file of an occurrence: the report says so, and of no change."""
    moving.new.emulator.configure(organizer_by_property=False)
    answered(moving, files=True)
    plant(moving.old.database, OLD, [Seed("plain", START)])
    for nth in range(1, 9):
        moving.new.emulator.add_fault(
            Fault(operation="CreateAttachment", nth=nth, action="items", positions=(0,), code="ErrorItemSave"))
    done = moving.at.migrate("old")

    assert (len(moving.new.ids()), named(moving.at, done.task_id)) == (1, [])
    assert not any("did not say for sure" in line for line in moving.said(done)), moving.said(done)


def test_a_reminder_that_is_dismissed_is_no_change(moving: Moving) -> None:
    """That of one occurrence, while another one never had any."""
    silent = Own(elements=told(ReminderIsSet="false", Location="Nice"))
    plant(moving.old.database, OLD, [round_of({3: LYON, 5: silent})])
    task = moving.at.begin("old").task_id
    there = [one for one in deaths(moving, task) if halves(as_of(moving.at, one))]
    at = as_of(moving.at, there[-1])
    [half] = halves(at)
    assert moving.new.shown(occurrence(half, 3)).findtext("{*}ReminderIsSet") == "true"
    moving.new.update(occurrence(half, 3), ("item:ReminderIsSet", "<t:ReminderIsSet>false</t:ReminderIsSet>"))

    at.run(task)

    assert len(moving.new.ids()) == 1


def test_a_file_of_its_owners_that_cannot_be_read_is_not_removed_with_a_half(moving: Moving) -> None:
    """The server does not give it at the moment; so it is with a link to a file, and with one that is too large."""
    plant(moving.old.database, OLD, [round_of({3: LYON})])
    task = moving.at.begin("old").task_id
    at = next(half_written(moving, task))
    [half] = halves(at)
    moving.new.attach(half, FILE.format("mine.txt", "QUJD"))
    moving.new.emulator.add_fault(Fault(
        operation="GetAttachment", nth=1, action="items", code="ErrorCannotOpenFileAttachment", positions=(0,)))

    at.run(task)

    assert half in moving.new.ids()


def test_a_kept_half_is_named_at_each_visit_and_no_third_one_is_made(moving: Moving) -> None:
    """Whenever the next visit dies as well; nor does a rollback and another migration make one."""
    plant(moving.old.database, OLD, [round_of({3: LYON})])
    task = moving.at.begin("old").task_id
    at = next(half_written(moving, task))
    [half] = halves(at)
    moving.new.update(f'<t:ItemId Id="{half}"/>', ("calendar:Location", "<t:Location>Nice</t:Location>"))
    for moment in deaths(replace(moving, at=at), task):
        at = as_of(moving.at, moment)
        if at.engine.store.load(task).state is not State.COMPLETED:
            at.run(task)
        assert (named(at, task), len(moving.new.ids())) == (["round"], 2)
    back = at.roll_back(task)
    assert (moving.new.ids(), back.rollback.kept) == ([half], 1)
    third = at.migrate("old")
    assert (moving.counts(third).copied, len(moving.new.ids())) == (1, 2)


def swapped(moving: Moving) -> None:
    """A series of which two occurrences changed places, so that they become appointments of their own."""
    daily = Series("DailyRecurrence", START.date(), number=8)
    plant(moving.old.database, OLD, [Seed("round", START, series=daily, own={
        3: Own(clock(2027, 1, 7, 12), told(Subject="third")), 4: Own(clock(2027, 1, 6, 14), told(Subject="fourth"))})])


def tags(at: World) -> dict[str, str]:
    found = ((one.item_id, str(value)) for one in at.messages() for value in one.extended.values())
    return {item_id: tag for item_id, tag in found if tag.count(":") > 2}


def with_finished_parts(moving: Moving, task: str) -> World:
    """The process died when the parts were finished, and the series was not."""
    for moment in deaths(moving, task):
        at = as_of(moving.at, moment)
        known = list(tags(at).values())
        if any("/" in tag and not tag.endswith(UNFINISHED) for tag in known) and halves(at):
            return at
    raise AssertionError("no part was finished before its series")


def test_a_finished_part_that_its_owner_has_changed_counts_among_what_a_rollback_keeps(moving: Moving) -> None:
    """Its series was not finished when the process died. The card counts it as the report names it."""
    swapped(moving)
    task = moving.at.begin("old").task_id
    at = with_finished_parts(moving, task)
    part = next(each for each, tag in tags(at).items() if "/" in tag)
    moving.new.update(f'<t:ItemId Id="{part}"/>', ("calendar:Location", "<t:Location>mine</t:Location>"))
    at.run(task)
    assert part in moving.new.ids()
    assert not any("no longer there" in line for line in moving.said(at.engine.store.load(task)))

    back = at.roll_back(task)

    assert moving.new.ids() == [part]
    assert back.rollback.kept == 1, moving.said(back)


def test_a_rollback_keeps_the_parts_of_a_half_that_its_owner_has_changed(moving: Moving) -> None:
    """Else the series that stays lacks an occurrence: the part was taken from it."""
    swapped(moving)
    task = moving.at.begin("old").task_id
    at = with_finished_parts(moving, task)
    [half] = halves(at)
    there = sorted(moving.new.ids())
    moving.new.update(f'<t:ItemId Id="{half}"/>', ("calendar:Location", "<t:Location>mine</t:Location>"))

    at.roll_back(task)

    assert sorted(moving.new.ids()) == there
