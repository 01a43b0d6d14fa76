"""The sweep: what is over goes when its time has come, and nothing else."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.stored.approvals import LASTS, Approval, Decision, Subject
from bot.stored.conversations import EARLIER as CONVERSATIONS
from bot.stored.opened_homes import Owner
from bot.stored.threads import Act
from bot.work.sweep import MOST, ROUND, SLICE, SOON
from engine.migration.record import Rollback, State
from engine.migration.task_id import new_task_id
from engine.store.lease import Lease
from tests.unit.life.world import NOW
from tests.unit.listeners.door import CHANNEL, OWNER, TEAM
from tests.unit.retention.house import OTHER, House

STANDS = [State.PAUSED, State.NEEDS_ATTENTION, State.ROLLBACK_STOPPED]
OVER = [State.COMPLETED, State.CANCELLED, State.FAILED]


@pytest.mark.parametrize("state", [*OVER, *STANDS])
def test_a_task_goes_when_its_time_is_over(house: House, state: State) -> None:
    """Sixty days after it ended, or came to stand still, it is forgotten; a day before it is not."""
    old, young = house.task(state, days_ago=60.1), house.task(state, days_ago=59)

    assert house.look() == 1

    assert (house.record(old), house.record(young) is None) == (None, False)
    assert [(line["task"], line["why"], line["by"]) for line in house.lines()] == [(old, "retention", None)]


@pytest.mark.parametrize("state", [State.WAITING, State.RUNNING, State.ROLLING_BACK])
def test_what_is_under_way_stays(house: House, state: State) -> None:
    """However old its record is: its process may have died, and somebody takes it up again."""
    task_id = house.task(state, days_ago=999)

    assert house.look() == 0

    assert house.record(task_id) is not None


def test_what_a_process_works_on_stays(house: House) -> None:
    """A rollback may begin at this very moment: whoever has the lease is left alone, and the next task goes."""
    task_id, other = house.task(days_ago=99), house.task(days_ago=99)
    lease = house.door.life.opened().store.acquire(f"migration:{task_id}", holder=task_id)
    assert isinstance(lease, Lease)

    with lease:
        assert house.look() == 1

    assert house.record(task_id) is not None
    assert house.record(other) is None


def test_a_press_keeps_a_task_that_stands_still(house: House) -> None:
    """Whoever pressed ten days ago may come back; a press on what has ended keeps nothing."""
    stands, ended = house.task(State.PAUSED, days_ago=99), house.task(days_ago=99)
    for task_id in (stands, ended):
        house.door.services.threads.press(task_id, OWNER, Act.PASSWORD, at=NOW - timedelta(days=10))

    house.look()

    assert house.record(stands) is not None
    assert house.record(ended) is None


def test_a_rollback_is_an_end_as_well(house: House) -> None:
    """The days count from the end of the rollback."""
    long_ago, lately = NOW - timedelta(days=90), NOW - timedelta(days=50)
    back = Rollback(long_ago, lately)
    task_id = house.task(State.ROLLED_BACK, days_ago=90, ended=long_ago, rollback=back)

    assert house.look() == 0
    house.days = 49
    assert house.look() == 1

    assert house.record(task_id) is None


def test_one_broken_record_keeps_no_other(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be read is left as it is, for a later release; the log says nothing of what it holds."""
    broken, other = house.task(days_ago=99), house.task(days_ago=99)
    house.redis.hset(f"omm:task:{broken}", "record", '{"secret subject": 1}')

    assert house.look() == 1

    assert house.redis.hget(f"omm:task:{broken}", "record") == b'{"secret subject": 1}'
    assert not house.redis.exists(f"omm:task:{other}")
    assert "secret subject" not in caplog.text


def test_it_looks_at_a_few_tasks_at_a_time(house: House) -> None:
    """A look ends after so many tasks, the next one goes on behind them, and then an hour is quiet."""
    engine, clock = house.door.life.engine, house.door.life.clock
    for _ in range(SLICE):
        house.redis.zadd("omm:tasks", {f"none {_}": house.redis.incr("omm:tasks:number")})
    last = house.task(days_ago=99)

    first, at_once = house.look(again=False), house.look(again=False)
    clock.move(seconds=SOON)
    second = house.look(again=False)
    late = house.task(days_ago=99)
    clock.move(seconds=ROUND - 1)
    quiet = house.look(again=False)
    clock.move(seconds=1)
    third = house.look(again=False)
    clock.move(seconds=SOON)
    fourth = house.look(again=False)

    assert (first, at_once, second, quiet, third + fourth) == (0, 0, 1, 0, 1)
    assert [one.task_id for one in engine.store.all() if one.task_id in (last, late)] == []


def test_a_clock_that_was_set_back_keeps_nothing_longer(house: House) -> None:
    """The next look is due at once when it seems to be further away than it can be."""
    house.look()
    house.door.life.clock.move(days=-1)
    task_id = house.task(days_ago=99)

    assert house.look(again=False) == 1

    assert house.record(task_id) is None


def test_what_belongs_to_no_task_goes_too(house: House) -> None:
    """Guesses of before that time, and the conversations with people who have no task."""
    clock, services = house.door.life.clock, house.door.services
    house.redis.set("omm:workspace:0123", TEAM)
    house.task()
    for days, task_id in ((90, "AAAA-AAAA"), (61, "BBBB-BBBB"), (59, "CCCC-CCCC")):
        clock.now = NOW - timedelta(days=days)
        services.guesses.note(OTHER, task_id, right=False)
    clock.now = NOW
    places = {OWNER: "D0OWNER001", OTHER: "D0ANOTHER1", "C0SAME0001": "C0SAME0001", "C0MOVED001": "C0ELSE0001"}
    house.redis.hset(CONVERSATIONS, mapping=places)

    house.look()

    assert [json.loads(line)["task"] for line in house.redis.lrange("omm:guesses", 0, -1)] == ["CCCC-CCCC"]
    left = {place.decode(): found.decode() for place, found in house.redis.hgetall(CONVERSATIONS).items()}
    assert left == {OWNER: "D0OWNER001", "C0MOVED001": "C0ELSE0001"}


def test_nobody_loses_their_conversation_while_the_workspace_is_not_known(house: House) -> None:
    """Whoever has a task would be sent a second card."""
    house.redis.hset(CONVERSATIONS, OWNER, "D0OWNER001")

    house.look()

    assert house.redis.hget(CONVERSATIONS, OWNER) == b"D0OWNER001"


def test_a_look_forgets_a_few_tasks_and_the_next_one_the_rest(house: House) -> None:
    """Orders are looked after in between."""
    for _ in range(MOST + 1):
        house.task(days_ago=99)

    assert [house.look(), house.look(), house.look()] == [MOST, 1, 0]


def test_an_opened_home_is_kept_in_mind_for_a_day_or_while_there_are_tasks(house: House) -> None:
    """Whoever has no task and did not come back within a day is forgotten by the end of the round."""
    house.task(owner=OTHER)
    homes = house.door.services.homes
    for user in (OWNER, OTHER):
        homes.opened(Owner(TEAM, user))
    house.look()
    at_once = len(homes.opened_before(math.inf))

    house.door.life.clock.move(days=1.1)
    house.look()

    assert at_once == 2
    assert homes.opened_before(math.inf) == [Owner(TEAM, OTHER)]
    assert OWNER not in str({key: kept for key, kept in house.everything().items() if key.startswith("omm:homes:")})


def test_a_rollback_that_waits_for_approval_is_not_swept_away(house: House) -> None:
    """It counts as begun: the task stays until it is decided, and goes with the request then."""
    task_id, approvals = house.task(days_ago=house.days + 1), house.door.services.approvals
    request = Approval(Subject.ROLLBACK, task_id, TEAM, OWNER, NOW, NOW + LASTS)
    decided = replace(request, decision=Decision.DENIED, settled=True)
    approvals.change(Subject.ROLLBACK, task_id, lambda _before: request)

    house.look()
    waiting = house.record(task_id)
    approvals.change(Subject.ROLLBACK, task_id, lambda _before: decided)
    house.look()

    assert waiting is not None
    assert house.record(task_id) is None
    assert approvals.all() == []


def test_what_was_decided_about_a_form_goes_when_the_form_is_gone(house: House) -> None:
    """Not while it is there, and not while somebody is still to be told."""
    services = house.door.services
    there, gone, untold = services.drafts.new(team=TEAM, owner=OWNER, channel=CHANNEL).id, new_task_id(), new_task_id()
    for draft_id in (there, gone, untold):
        denied = Approval(Subject.SERVICE_ACCOUNT, draft_id, TEAM, OWNER, NOW, NOW + LASTS, {}, Decision.DENIED)
        request = replace(denied, settled=draft_id != untold)
        services.approvals.change(Subject.SERVICE_ACCOUNT, draft_id, lambda _before, request=request: request)

    house.look()

    assert {one.about for one in services.approvals.all()} == {there, untold}
