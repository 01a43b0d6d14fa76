"""Everybody is answered, whoever else asks and whatever is away; `bench.promises` measures how soon."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest

from bot.ids import Action, View
from emulators.slack import Ack, Fault
from engine.migration.record import State
from tests.servers.slack.signed import post
from tests.servers.slack.world import OWNER, TEAM, SlackWorld, slack_world, words

AWAY = "OMM is being restarted"


def test_thirty_forms_at_once(world: SlackWorld) -> None:
    """Thirty people send their forms in the same moment: each is answered, each becomes one task."""
    view = world.open_form()
    world.slack.fill("owner", view["id"], world.typed(view))
    drafts = [world.services.drafts.new(team=TEAM, owner=OWNER, channel="").id for _ in range(30)]
    together = threading.Barrier(30)

    def send(draft_id: str) -> int:
        filled = {**world.view(), "private_metadata": draft_id, "id": f"V{draft_id}"}
        payload = {"type": "view_submission", "user": {"id": OWNER}, "trigger_id": draft_id, "view": filled}
        body = urlencode({"payload": json.dumps(payload)}).encode()
        together.wait()
        return post(world.url, body)

    with ThreadPoolExecutor(30) as people:
        answers = list(people.map(send, drafts))
    world.work("check")

    assert answers == [200] * 30
    assert {task.task_id for task in world.tasks()} == set(drafts)


def test_one_form_thirty_times_at_once(world: SlackWorld) -> None:
    """One form, sent thirty times in the same moment, is one task; each time is answered."""
    view = world.open_form()
    world.slack.fill("owner", view["id"], world.typed(view))

    with ThreadPoolExecutor(30) as hands:
        acks = list(hands.map(lambda _: world.slack.submit("owner", view["id"]), range(30)))
    world.work()

    assert [ack.outcome for ack in acks] == ["ok"] * 30
    assert [task.state for task in world.tasks()] == [State.COMPLETED]


def test_thirty_commands_at_once(world: SlackWorld) -> None:
    """Thirty commands in the same moment are answered, and all their windows are asked for."""
    world.slack.configure(rate_limits=False)

    with ThreadPoolExecutor(30) as people:
        acks = list(people.map(lambda _: world.slack.slash("owner", "migrations", "migrate"), range(30)))
    world.listeners.settle()

    assert [ack.outcome for ack in acks] == ["ok"] * 30
    assert [call.ok for call in world.slack.requests if call.method == "views.open"] == [True] * 30


def test_whatever_is_asked_is_answered(world: SlackWorld) -> None:
    """From the form to the rollback, with everything between."""
    world.migrated()
    for text in ("help", "list", "what", "follow 7K2F-9QXD"):
        world.slash(text)
    world.press(Action.REPORT)
    world.press(Action.ROLLBACK)
    world.work("count")
    world.submit()
    world.work()
    world.start(channel="general")
    for action in (Action.PAUSE, Action.RESUME, Action.CANCEL):
        world.notify()
        world.press(action, where=world.card(channel="general")["ts"])
    world.submit()

    assert {task.state for task in world.tasks()} == {State.ROLLED_BACK, State.CANCELLED}
    assert {ack.outcome for ack in world.slack.acks} == {"ok"}


def test_a_refusal_is_no_late_answer(world: SlackWorld) -> None:
    """What fails at once is answered as well: a click that is refused leaves no warning sign behind."""
    world.start()
    card = world.card("guest")["ts"]

    acks = [world.slack.press("guest", card, Action.PAUSE) for _ in range(20)]

    assert {ack.outcome for ack in acks} == {"ok"}


def test_a_slow_slack_makes_no_answer_late(tmp_path: Path) -> None:
    """Everything that Slack has to be asked for comes after the answer, so Slack's own slowness delays none."""
    with slack_world(tmp_path, slack_answers=600) as world:
        slack = world.slack
        slack.add_fault(Fault(method="users.info", action="hold", name="slow"))

        acks = [slack.slash("owner", "migrations", text) for text in ("migrate", "follow 7K2F-9QXD", "list", "help")]
        acks.append(slack.shortcut("owner", View.SHORTCUT))
        acks.append(slack.open_home("owner"))
        slack.release("slow")
        slack.clear_faults()
        world.listeners.settle()

    assert [ack.outcome for ack in acks] == ["ok"] * 6


def test_a_dead_slack_delays_no_dialog_beyond_its_time(world: SlackWorld) -> None:
    """A dialog is only taken from somebody whom Slack vouches for. When it does not, that is said."""
    world.start()
    world.press(Action.CANCEL)
    world.forget_people()
    world.slack.add_fault(Fault(method="users.info", action="hold", name="dead"))

    ack = world.slack.submit("owner", world.view()["id"])

    world.slack.release("dead")
    assert ack.outcome == "ok"
    assert "did not say who you are" in world.told()[-1]
    assert world.tasks()[0].state is State.WAITING


# Redis is away


def command(world: SlackWorld) -> Ack:
    return world.slack.slash("owner", "migrations", "migrate")


def shortcut(world: SlackWorld) -> Ack:
    return world.slack.shortcut("owner", View.SHORTCUT)


def button(world: SlackWorld) -> Ack:
    return world.slack.press("owner", world.card()["ts"], Action.PAUSE)


def form(world: SlackWorld) -> Ack:
    return world.slack.submit("owner", world.slack.views("owner")[0]["id"])


@pytest.mark.parametrize("deed", [command, shortcut, button, form])
def test_everybody_is_told_that_redis_is_away(world: SlackWorld, deed: Callable[[SlackWorld], Ack]) -> None:
    """Whatever somebody does meanwhile, they are told in time to try again; done again later, it works."""
    world.start()
    view = world.open_form()
    world.slack.fill("owner", view["id"], world.typed(view))
    world.store.connected = False

    ack = deed(world)
    world.listeners.settle()

    assert ack.outcome == "ok"
    assert AWAY in " ".join([*world.told(), words(world.slack.ephemerals("owner"))])
    world.store.connected = True
    if world.slack.views("owner")[-1]["callback_id"] == View.WORDS:
        world.slack.close("owner", world.view()["id"])
    assert deed(world).outcome == "ok"
    world.listeners.settle()
    assert AWAY not in " ".join(world.told()[1:])


def test_what_was_typed_survives_a_restart_of_redis(world: SlackWorld) -> None:
    """The window that says so lies over the form: closed, the form is there with everything in it, and can be sent."""
    view = world.open_form()
    world.slack.fill("owner", view["id"], world.typed(view))
    world.store.connected = False
    world.submit()
    world.store.connected = True

    world.slack.close("owner", world.view()["id"])
    world.submit()
    world.work()

    assert [task.state for task in world.tasks()] == [State.COMPLETED]


def test_a_fault_of_ours_is_said_and_not_shown(world: SlackWorld, caplog: pytest.LogCaptureFixture) -> None:
    """An error that nobody had foreseen is told in plain words; the log says where it was, and not what was typed."""
    world.start()
    key = "omm:task:" + world.tasks()[0].task_id
    record = json.loads(world.redis.hget(key, "record") or "")
    impossible = {"state": "completed", "ended": "9999-12-31T00:00:00+00:00", "stage": "hunter2-in-redis"}
    world.redis.hset(key, "record", json.dumps(record | impossible))

    world.press(Action.PAUSE)

    assert "because of an error of its own" in words(world.slack.ephemerals("owner"))
    assert "engine/migration/record.py" in caplog.text
    assert "OverflowError" in caplog.text
    assert "hunter2-in-redis" not in caplog.text
