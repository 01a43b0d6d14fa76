"""Delete my data: what a person's own button removes, what stays, and what they read about it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from slack_sdk.errors import SlackClientError

from bot.ids import Action, View
from bot.stored.deletions import scope
from bot.stored.drafts import DraftState, Fields
from bot.stored.opened_homes import Owner
from bot.stored.orders import GivenUp
from bot.views.home import Home, delete_dialog, home
from bot.work.deleting import STAYS, forget_one, give_up_one
from engine.errors import Side
from engine.migration.record import Counts, Migration, State
from engine.pace.halt import Halt
from engine.store.lease import Lease
from engine.store.stored import as_json
from jobs import JOBS, Queues, WorkerContext, carry_out
from tests.unit.bot.records import complaints, migration, moving, read
from tests.unit.life.world import NOW
from tests.unit.listeners.door import CHANNEL, OWNER, TEAM, pressed, sent, view
from tests.unit.retention.house import OTHER, House


def dialog(house: House) -> dict[str, Any]:
    """Presses the button in the home tab; the dialog that opens."""
    house.door.deliver(pressed(Action.DELETE, "delete"))
    return dict(house.door.screen.opened[-1])


def agree(house: House, shown: dict[str, Any]) -> None:
    """Sends the dialog."""
    house.door.deliver(sent(View.DELETE, shown["private_metadata"], {}))


def work(house: House) -> None:
    """A worker does what is ordered."""
    office = WorkerContext(house.door.services, house.door.orders, Queues(house.redis))
    for order in house.door.orders.all():
        carry_out(office, order.key, Halt())


def tab(house: House, user: str = OWNER) -> str:
    """What their home tab says."""
    services = house.door.services
    tasks = [one for one in services.engine.store.all() if one.task_id in services.threads.of_owner(TEAM, user)]
    return read(home(Home(tasks, services.clock(), services.deletions.of(TEAM, user))))


def test_everything_of_a_person_goes_but_what_is_under_way(house: House) -> None:
    """Their tasks that are over or stand still are forgotten, and nobody else's; the home tab says how many."""
    gone = [house.task(state) for state in (State.COMPLETED, State.PAUSED, State.FAILED)]
    stays, others = house.task(State.RUNNING), house.task(owner=OTHER)
    shown = dialog(house)
    agree(house, shown)
    asked = tab(house)

    work(house)

    assert [house.record(task_id) for task_id in gone] == [None] * 3
    assert None not in (house.record(stays), house.record(others))
    assert {(line["task"], line["by"]) for line in house.lines()} == {(task_id, OWNER) for task_id in gone}
    assert "is being deleted" in asked
    assert "3 migrations" in tab(house)
    assert f"Not deleted: *{stays}*" in tab(house)


def test_the_dialog_says_what_goes(house: House) -> None:
    """How many, which rollbacks are lost, what cannot be resumed, which tasks stay, and that messages in Slack do."""
    for state in (State.COMPLETED, State.PAUSED, State.FAILED):
        house.task(state)
    stays = house.task(State.RUNNING)

    shown = dialog(house)

    text = read(shown)
    assert "*3 migrations*" in text
    assert "*2 migrations* can still be rolled back now, but not after this" in text
    assert "*1 migration* that stopped half-way" in text
    assert f"Still under way, so not deleted: *{stays}*" in text
    assert "Messages and cards in Slack stay" in text
    assert complaints(shown, "modal") == []


def test_what_was_said_to_stay_stays(house: House) -> None:
    """What ended or began after the dialog was shown is not deleted: its owner was told nothing of its rollback."""
    ends, over = house.task(State.RUNNING), house.task()
    shown = dialog(house)
    store = house.door.life.engine.store
    store.save(replace(store.load(ends), state=State.COMPLETED, ended=NOW))
    house.door.life.clock.move(minutes=1)
    later = house.task(days_ago=0)

    agree(house, shown)
    work(house)

    assert house.record(over) is None
    assert None not in (house.record(ends), house.record(later))


def test_a_task_that_is_at_work_by_then_is_named(house: House) -> None:
    """Somebody resumed it in between: it stays, and the home tab names it."""
    task_id, other = house.task(), house.task()
    agree(house, dialog(house))
    lease = house.door.life.opened().store.acquire(f"migration:{task_id}", holder=task_id)
    assert isinstance(lease, Lease)

    with lease:
        work(house)

    assert house.record(other) is None
    assert house.record(task_id) is not None
    assert f"Not deleted: *{task_id}*" in tab(house)


def test_a_task_of_a_later_release_is_named(house: House) -> None:
    """This release cannot tell whether it is over: the dialog and the home tab say that it stays."""
    task_id, other = house.task(), house.task()
    record = json.loads(as_json(house.redis.hget(f"omm:task:{task_id}", "record")))
    house.redis.hset(f"omm:task:{task_id}", "record", json.dumps(record | {"v": Migration.v + 1}))
    shown = dialog(house)

    agree(house, shown)
    work(house)

    assert "*1 migration*" in read(shown)
    assert f"not deleted: *{task_id}*" in read(shown)
    assert house.record(other) is None
    assert f"Not deleted: *{task_id}*" in tab(house)


def test_forms_that_were_not_sent_go_with_their_passwords(house: House) -> None:
    """A form of the same person goes; one that they opened since, one that has started, and another's stay."""
    services, vault, clock = house.door.services, house.door.life.engine.vault, house.door.life.clock

    def form(owner: str = OWNER) -> str:
        fields = Fields(source_login="old")
        draft = services.drafts.new(team=TEAM, owner=owner, channel=CHANNEL, fields=fields)
        vault.put(draft.id, Side.SOURCE, "one")
        return draft.id

    gone, started, others = form(), form(), form(OTHER)
    services.drafts.change(started, lambda now: replace(now, state=DraftState.STARTED))
    agree(house, dialog(house))
    clock.move(minutes=1)
    later = form()

    work(house)

    drafts = (gone, started, others, later)
    assert [(services.drafts.load(one) is None, vault.has(one, Side.SOURCE)) for one in drafts] == [
        (True, False), (False, True), (False, True), (False, True)
    ]
    assert "Deleted: forms that you had not sent." in tab(house)


def test_a_task_is_counted_once_however_often_it_is_begun(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that died over it is followed by another: the home tab has the number that went with both."""
    for _ in range(3):
        house.task()
    agree(house, dialog(house))
    (order,) = house.door.orders.all()
    JOBS[order.kind].do(house.door.services, Halt(), **order.arguments)

    work(house)

    assert "3 migrations" in tab(house)
    assert len(house.lines()) == 3


def test_slack_that_does_not_answer_holds_nothing_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The data is deleted although the home tab cannot be drawn; it says so when it is opened."""
    task_id = house.task()
    agree(house, dialog(house))

    def away(**_given: object) -> None:
        raise SlackClientError

    monkeypatch.setattr(house.door.screen, "views_publish", away)

    work(house)

    assert house.record(task_id) is None
    assert house.door.orders.all() == []
    assert "OMM had stored about 1 migration" in tab(house)


def test_a_result_that_slack_did_not_take_is_drawn_later(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The home tab is due until somebody has drawn it."""
    house.task()
    agree(house, dialog(house))

    def away(**_given: object) -> None:
        raise SlackClientError

    monkeypatch.setattr(house.door.screen, "views_publish", away)

    work(house)

    assert list(house.door.services.homes.due()) == [Owner(TEAM, OWNER)]


def test_the_button_in_the_home_tab_has_it_followed(house: House) -> None:
    """Whoever deleted everything, and then migrates a mailbox from the tab that is still open, sees it there."""
    tab_of_slack = view("", "", {}) | {"type": "home"}

    house.door.deliver(pressed(Action.NEW, "new") | {"view": tab_of_slack})

    house.door.services.homes.changed(Owner(TEAM, OWNER))
    assert list(house.door.services.homes.due()) == [Owner(TEAM, OWNER)]


def test_a_fault_of_ours_is_said(house: House) -> None:
    """Whoever asked reads in their home tab that it did not work, and who can help."""
    house.task()
    agree(house, dialog(house))
    (order,) = house.door.orders.all()

    JOBS[order.kind].give_up(house.door.services, why=GivenUp.BROKEN, **order.arguments)

    assert "could not delete all of your data" in tab(house)


def test_what_a_later_release_noted_is_passed_over(house: House) -> None:
    """A home tab without a result is better than none."""
    house.redis.set(f"omm:deletion:{TEAM}:{OWNER}", json.dumps({"v": 2}))

    assert "were deleted" not in tab(house)
    assert "Not deleted" not in tab(house)


def test_a_home_of_the_most_tasks_is_taken_by_slack() -> None:
    """Also with its result, and a dialog before it that names many."""
    tasks = [replace(migration(step=moving(counts=Counts(3))), task_id=f"AAAA-{n:04}") for n in range(400)]
    shown = delete_dialog(scope(tasks, NOW), NOW)

    assert complaints(shown, "modal") == []
    assert len(shown["private_metadata"]) <= 3000
    assert "and 380 more" in read(shown)


def test_one_task_is_forgotten_and_its_owner_is_told(house: House) -> None:
    """The audit says who asked; carried out once more, it says the same."""
    task_id = house.task()

    for _ in range(2):
        assert forget_one(house.door.services, Halt(), task_id=task_id, user=OWNER)

    assert house.record(task_id) is None
    assert [line["by"] for line in house.lines()] == [OWNER]
    assert [(one.to, one.text) for one in house.door.services.outbox.waiting()] == [
        (OWNER, f"Migration {task_id} is forgotten. {STAYS}")
    ]


def test_one_that_is_under_way_is_refused(house: House) -> None:
    """In the owner's words, and nothing is written down."""
    task_id = house.task(State.RUNNING)

    assert forget_one(house.door.services, Halt(), task_id=task_id, user=OWNER)

    (said,) = house.door.services.outbox.waiting()
    assert "was not forgotten" in said.text
    assert "It can be forgotten when it has ended" in said.text
    assert house.lines() == []


def test_a_forgetting_that_is_given_up_says_what_to_do(house: House) -> None:
    """The mailboxes are as they were, and the same command tries once more."""
    task_id = house.task()

    give_up_one(house.door.services, task_id=task_id, user=OWNER, why=GivenUp.BROKEN)

    (said,) = house.door.services.outbox.waiting()
    assert said.text.startswith(f"Migration {task_id} was not forgotten. ")
    assert f"Both mailboxes are as they were. Type /omm forget {task_id} once more." in said.text
