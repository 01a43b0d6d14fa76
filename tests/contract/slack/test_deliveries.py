"""Deliveries that come twice, as Slack sends again what it saw no answer to: what they ask for is done once."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest

from bot.ids import Action, View
from bot.listeners.deliveries import Deliveries
from bot.stored.threads import Act
from emulators.slack import Fault
from engine.clock import utc_now
from engine.migration.account import parse_account
from engine.migration.content import Content
from engine.migration.record import State
from engine.migration.request import MigrationRequest
from tests.servers.slack.signed import JSON, post
from tests.servers.slack.world import OWNER, TEAM, SlackWorld, words


def drafts(world: SlackWorld) -> int:
    return len(world.redis.keys("omm:draft:*"))


@pytest.fixture
def twice(world: SlackWorld) -> SlackWorld:
    world.slack.configure(copies=2)
    return world


def test_a_command_twice_opens_one_form(twice: SlackWorld) -> None:
    """The command that came twice made one draft and opened one form."""
    ack = twice.slash("migrate")

    assert ack.outcome == "ok"
    assert drafts(twice) == 1
    assert [call.method for call in twice.slack.requests].count("views.open") == 1


def test_a_shortcut_twice_opens_one_form(twice: SlackWorld) -> None:
    """So did the shortcut."""
    ack = twice.slack.shortcut("owner", View.SHORTCUT)
    twice.listeners.settle()

    assert ack.outcome == "ok"
    assert drafts(twice) == 1
    assert len(twice.slack.views("owner")) == 1


def test_a_form_twice_starts_one_task(twice: SlackWorld) -> None:
    """A form that came twice is answered the same twice, checked once and signed in once, and starts one task."""
    twice.open_form()

    ack = twice.send()
    twice.work()

    assert ack.outcome == "ok"
    assert [kind for kind, *_ in twice.orders.placed] == ["check", "migrate"]
    assert len(twice.sides.signed_in) == 1
    assert [task.state for task in twice.tasks()] == [State.COMPLETED]


def test_a_faulty_form_twice_says_the_same_twice(world: SlackWorld) -> None:
    """The answer to the second copy is that to the first, whichever of them Slack takes."""
    world.open_form()
    first = world.slack.submit("owner", world.view()["id"])
    body_of_second = world.slack.submit("owner", world.view()["id"])

    assert first.errors == body_of_second.errors != {}


def test_a_button_twice_is_one_act(twice: SlackWorld) -> None:
    """A button that came twice is written down once, and nobody is told that it is paused already."""
    task_id = twice.start().task_id

    ack = twice.press(Action.PAUSE)

    assert ack.outcome == "ok"
    assert [press.act for press in twice.services.threads.pressed(task_id)] == [Act.PAUSE]
    assert twice.record(task_id).state is State.PAUSED
    assert twice.slack.ephemerals("owner") == []


def test_a_dialog_twice_is_one_act(twice: SlackWorld) -> None:
    """A dialog that came twice closes, cancels once, and tells nobody that it is too late."""
    task_id = twice.start().task_id
    twice.press(Action.CANCEL)

    ack = twice.submit()

    assert ack.outcome == "ok"
    assert twice.slack.views("owner") == []
    assert [press.act for press in twice.services.threads.pressed(task_id)] == [Act.CANCEL]
    assert twice.record(task_id).state is State.CANCELLED


def test_a_rollback_twice_is_one(twice: SlackWorld) -> None:
    """A rollback that was confirmed once and came twice is ordered once."""
    task_id = twice.migrated().task_id
    twice.press(Action.ROLLBACK)
    twice.work("count")

    twice.submit()
    twice.work()

    assert [kind for kind, *_ in twice.orders.placed].count("roll_back") == 1
    assert [press.act for press in twice.services.threads.pressed(task_id)] == [Act.ROLLBACK]
    assert twice.record(task_id).state is State.ROLLED_BACK


def test_a_right_guess_twice_follows_once(twice: SlackWorld) -> None:
    """The login that came twice is taken once, and the form closes."""
    task_id = twice.start(channel="general").task_id
    twice.slash(f"follow {task_id}", "colleague")

    ack = twice.submit("colleague", {"login": "claire@example.net"})

    assert ack.errors == {}
    assert [press.act for press in twice.services.threads.pressed(task_id)] == [Act.FOLLOW]


def test_what_was_not_taken_is_taken_when_it_comes_again(world: SlackWorld) -> None:
    """A delivery that failed because Redis was away counts as new when Slack sends it again."""
    event = {"type": "app_home_opened", "user": OWNER, "tab": "home"}
    body = json.dumps({"type": "event_callback", "event_id": "Ev1", "team_id": TEAM, "event": event}).encode()

    world.store.connected = False
    failed = post(world.url, body, kind=JSON)
    world.store.connected = True
    again = post(world.url, body, kind=JSON)
    world.listeners.settle()

    assert (failed, again) == (500, 200)
    assert world.slack.home("owner") is not None


def test_two_clicks_are_two_clicks(world: SlackWorld) -> None:
    """Nobody is kept from doing a thing again on purpose."""
    world.slash("migrate")
    world.slash("migrate")

    assert drafts(world) == 2


def test_a_lost_answer_of_slack_opens_no_second_form(world: SlackWorld) -> None:
    """When Slack opens a form and its answer is lost, its owner is told, and no second form is tried."""
    world.slack.add_fault(Fault(method="views.open", when="after", action="drop"))

    world.slash("migrate")

    assert len(world.slack.views("owner")) == 1
    assert "does not answer" in words(world.slack.ephemerals("owner"))
    assert world.slack.views("owner")[0]["callback_id"] == View.FORM


def test_what_a_dead_door_had_taken_is_taken_by_the_next(world: SlackWorld) -> None:
    """While a door may still answer, a copy of its click is not acknowledged; a minute later it is done, once."""
    source, destination = (parse_account(url) for url in ("imaps://a@imap.example.net", "ews+https://a@ex.example.org"))
    task_id = world.begin(MigrationRequest(source, destination, (Content.MAIL,))).task_id
    click = {"action_id": Action.PAUSE, "block_id": "buttons", "value": task_id, "type": "button"}
    payload = {"type": "block_actions", "user": {"id": OWNER}, "trigger_id": "1.2.3", "actions": [click]}
    body = urlencode({"payload": json.dumps(payload)}).encode()

    # It may answer for another nine minutes, so that the test may be slow.
    taken_by_another_door(world, "1.2.3:omm_pause", utc_now() + timedelta(minutes=9))
    while_it_may_answer = post(world.url, body)
    before = world.record(task_id).state
    taken_by_another_door(world, "1.2.3:omm_pause", utc_now() - timedelta(minutes=1))
    later = [post(world.url, body), post(world.url, body)]

    assert (while_it_may_answer, before) == (503, State.WAITING)
    assert later == [200, 200]
    assert world.record(task_id).state is State.PAUSED
    assert [press.act for press in world.services.threads.pressed(task_id)] == [Act.PAUSE]


def taken_by_another_door(world: SlackWorld, delivery: str, at: datetime) -> None:
    """A door took it at that time, and has not answered."""
    other = Deliveries(world.redis, clock=lambda: at)
    other.forget(delivery)
    other.take(delivery)
