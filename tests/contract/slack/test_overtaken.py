"""Clicks that something else overtakes: what comes about is what the card says, and no card waits for ever."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from types import MappingProxyType
from typing import Any

import pytest

from bot.ids import Action
from bot.stored.orders import GivenUp
from bot.stored.threads import Act
from bot.views import dialogs
from bot.views.cards import card
from bot.views.message import Shown
from bot.work import driving
from engine.clock import utc_now
from engine.migration.account import parse_account
from engine.migration.back import Preview
from engine.migration.content import Content
from engine.migration.record import Counts, Migration, State, Step
from engine.migration.request import MigrationRequest
from engine.migration.steering import resume, retry
from engine.migration.visiting import visit
from terminal.steering import run_pause
from tests.servers.slack.signed_world import words
from tests.servers.slack.world import LOGIN, OWNER, SlackWorld
from tests.servers.terminal_session import session
from tests.servers.world import ADDRESS

REQUEST = MigrationRequest(
    parse_account(f"imaps://{LOGIN.replace('@', '%40')}@imap.example.net"),
    parse_account(f"ews+https://{ADDRESS.replace('@', '%40')}@ex.example.org"), (Content.MAIL,),
)
UNDER_WAY = MappingProxyType({Content.MAIL: Step(Counts(found=9, copied=2), utc_now())})


def task(world: SlackWorld, state: State, **changes: Any) -> Migration:
    """A task in that state, its card posted."""
    saved = world.save(world.begin(REQUEST), state=state, started=utc_now(), steps=UNDER_WAY, **changes)
    world.notify()
    return saved


def stands(world: SlackWorld, task_id: str) -> tuple[str, list[str]]:
    """The word on the card as it is drawn now, and its buttons."""
    threads = world.services.threads
    thread = threads.load(task_id)
    assert thread is not None
    drawn = card(Shown(world.record(task_id), thread, threads.pressed(task_id), utc_now()))
    rows = [block["elements"] for block in drawn.blocks if block["type"] == "actions"]
    return drawn.text.split(": ")[1].split(".")[0], [button["action_id"] for row in rows for button in row]


def agree(world: SlackWorld, migration: Migration) -> None:
    """Presses Rollback and agrees to what was counted, which is something else by then."""
    world.press(Action.ROLLBACK)
    counted = dialogs.rollback_confirm(migration, Preview(2, 1, 0, ()), world.services.clock())
    world.services.slack.views_update(view_id=world.view()["id"], view=counted)
    world.submit()


def test_a_pause_after_a_cancel_is_refused_and_the_cancel_stands(world: SlackWorld) -> None:
    """While it is being cancelled the card has no Pause; on one that is not drawn anew yet, Pause says why not."""
    migration = task(world, State.RUNNING)
    store, task_id = world.services.engine.store, migration.task_id
    with store.acquire(f"migration:{task_id}", holder="a worker"):
        world.press(Action.CANCEL)
        world.submit()
        world.press(Action.PAUSE)
        while_it_is_cancelled = stands(world, task_id)

    with visit(world.services.engine, task_id):
        pass        # whoever worked on it leaves it

    assert len(world.told()) == 1
    assert f"Migration {task_id} is being cancelled already" in world.told()[0]
    assert while_it_is_cancelled == ("Cancelling", [Action.STOP, Action.REPORT])
    assert stands(world, task_id)[0] == "Cancelled"
    assert [press.act for press in world.services.threads.pressed(task_id)] == [Act.CANCEL]


def test_a_task_that_is_resumed_at_the_terminal_runs(world: SlackWorld) -> None:
    """A rollback was asked for in Slack and has not begun: the card says that the task runs, and has its buttons."""
    migration = task(world, State.PAUSED)
    agree(world, migration)
    before = stands(world, migration.task_id)

    world.save(resume(world.services.engine, migration.task_id), state=State.RUNNING, stage="moving mail")

    assert before == ("Rollback starts soon", [Action.REPORT])
    assert stands(world, migration.task_id) == ("Running", [Action.PAUSE, Action.CANCEL, Action.REPORT])


def test_a_card_names_the_operator_not_who_pressed_before(world: SlackWorld) -> None:
    """Its owner has paused the task and resumed it; the next pause comes from the terminal, and Slack shows it."""
    migration = task(world, State.RUNNING)
    world.press(Action.PAUSE)
    world.notify()
    world.press(Action.RESUME)

    run_pause(session(world.services.engine, StringIO(), redis=world.redis), migration.task_id)
    world.notify()

    *_, last = words(world.card()["blocks"]).split(" · Paused by ")
    assert last.startswith("the operator at the terminal")
    assert world.card()["text"].startswith(f"Migration {migration.task_id}: Paused")


def refused(world: SlackWorld, _migration: Migration) -> None:
    """The mailbox holds something else by now."""
    world.work("roll_back")


def given_up(world: SlackWorld, migration: Migration) -> None:
    """A fault of ours, each time that a worker has tried."""
    agreed = {"user": OWNER, "items": 2, "kept": 1, "discard": False}
    driving.give_up_rollback(world.services, task_id=migration.task_id, why=GivenUp.BROKEN, **agreed)


@pytest.mark.parametrize("overtake", [refused, given_up])
def test_a_rollback_that_does_not_come_about_can_be_asked_for_again(
    world: SlackWorld, overtake: Callable[[SlackWorld, Migration], None]
) -> None:
    """Refused or given up, the card stands as before, with its button."""
    migration = world.migrated()
    agree(world, migration)
    before = stands(world, migration.task_id)

    overtake(world, migration)

    assert before == ("Rollback starts soon", [Action.REPORT])
    assert stands(world, migration.task_id) == ("Completed", [Action.ROLLBACK, Action.REPORT])


def test_a_retry_at_the_terminal_overtakes_a_cancel(world: SlackWorld) -> None:
    """Cancelled in Slack, run again at the terminal: the card says that it runs, and offers to pause and to cancel."""
    migration = task(world, State.PAUSED)
    world.press(Action.CANCEL)
    world.submit()
    assert world.record(migration.task_id).state is State.CANCELLED

    retry(world.services.engine, migration.task_id)
    world.save(world.record(migration.task_id), state=State.RUNNING)

    word, buttons = stands(world, migration.task_id)
    assert word == "Running"
    assert {Action.PAUSE, Action.CANCEL} <= set(buttons)
    with world.services.engine.store.acquire(f"migration:{migration.task_id}", holder="a terminal"):
        world.notify()
        world.press(Action.CANCEL)
        world.submit()
    assert stands(world, migration.task_id)[0] == "Cancelling"
