"""A task that was begun in Slack and is steered at the terminal: its card says who did it, and blames nobody else."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from io import StringIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

import fakeredis
import pytest

import wiring
from bot import rolling_back, steering
from bot.buttons import ButtonGoneError, NoLongerError
from bot.notices.milestones import Notice, milestones
from bot.people import Person
from bot.permissions import Operator
from bot.services import Services
from bot.stored.audit import Audit
from bot.stored.threads import Act, Thread
from bot.views.cards import button_gone, card
from bot.views.message import Shown
from engine.errors import InputError
from engine.migration.back import CountChangedError, Expected
from engine.migration.content import Content
from engine.migration.record import Attention, Counts, State, Step
from engine.migration.states import Ask
from engine.migration.visiting import visit
from engine.pace.halt import Halt
from engine.store.patience import Patient
from terminal.going_back import run_rollback
from terminal.going_on import run_resume, run_retry
from terminal.session import Session, Tasks
from terminal.steering import run_cancel, run_forget, run_pause
from tests.servers.slack.signed_world import services_on
from tests.servers.slack.workspace import CHANNEL, TEAM
from tests.servers.terminal_session import session
from tests.unit.life.world import NOW, Life

ANN = Person("U0ANN00001", TEAM, (TEAM,))
COPIED = {"started": NOW, "ended": NOW, "steps": {Content.MAIL: Step(Counts(found=9, copied=8, failed=1), NOW, NOW)}}
REFUSED = {"started": NOW, "attention": Attention("No.", "other", None)}
# What is typed, where the task stands then, and what its card says afterwards.
TYPED: Mapping[str, tuple[Callable[[Session, str], int], State, Mapping[str, Any], str]] = MappingProxyType({
    "pause": (run_pause, State.RUNNING, {"started": NOW}, "Paused by"),
    "cancel": (run_cancel, State.PAUSED, {"started": NOW}, "Cancelled by"),
    "cancel --now": (lambda at, task: run_cancel(at, task, now=True), State.PAUSED, {"started": NOW}, "Stopped by"),
    "resume": (run_resume, State.NEEDS_ATTENTION, REFUSED, "Resumed by"),
    "resume after a kill": (run_resume, State.RUNNING, {"started": NOW}, "Resumed by"),
    "retry": (run_retry, State.CANCELLED, COPIED, "Run again by"),
    "rollback": (
        lambda at, task: run_rollback(at, task, yes=True, discard_changes=False), State.COMPLETED,
        {"started": NOW, "ended": NOW},
        "Rollback asked for by",
    ),
})


@pytest.fixture
def life(tmp_path: Path) -> Life:
    return Life(fakeredis.FakeServer(), tmp_path)


@pytest.fixture
def services(life: Life) -> Services:
    return services_on(wiring.Doors(life.engine, life.redis, ""))


def begun(life: Life, services: Services, state: State, **changes: Any) -> str:
    """A task of Ann's in Slack; its ID."""
    task_id = life.put(state, **changes)
    services.threads.open(Thread(task_id, TEAM, ANN.id, CHANNEL))
    return task_id


def terminal(life: Life, said: StringIO | None = None) -> Session:
    return session(life.engine, said or StringIO(), redis=life.redis)


def drawn(life: Life, services: Services, task_id: str) -> str:
    """What the card says of who did what, without the times."""
    thread = services.threads.load(task_id)
    assert thread is not None
    shown = Shown(life.record(task_id), thread, services.threads.pressed(task_id), life.clock())
    context = [block for block in card(shown).blocks if block.get("block_id", "").startswith("pressed")]
    return re.sub(r" <!date[^>]*>", "", str(context[0]["elements"][0]["text"])) if context else ""


@pytest.mark.parametrize("typed", TYPED)
def test_a_card_says_what_was_done_at_the_terminal(life: Life, services: Services, typed: str) -> None:
    """Nobody in Slack has pressed anything, and it says by whom the task was steered."""
    command, state, changes, words = TYPED[typed]
    task_id = begun(life, services, state, **changes)

    command(terminal(life), task_id)

    assert drawn(life, services, task_id) == f"{words} the operator at the terminal"


@pytest.mark.parametrize("typed", ["cancel", "cancel --now", "retry", "rollback"])
def test_a_message_says_what_was_asked_for_at_the_terminal(life: Life, services: Services, typed: str) -> None:
    """In words: no reader of Slack is named, and none is asked."""
    command, state, changes, _ = TYPED[typed]
    task_id = begun(life, services, state, **changes)

    command(terminal(life), task_id)

    told = milestones(life.record(task_id), services.threads.pressed(task_id))
    assert ["Asked for by the operator at the terminal" in complete(notice) for notice in told].count(True) == 1


def complete(notice: Notice) -> str:
    """A message as it is read."""
    (block,) = notice.message().blocks
    lines = [section["elements"] for section in block["elements"]]
    return "".join(piece.get("text", "") for pieces in lines for piece in pieces)


def test_a_rollback_that_cannot_begin_is_on_no_card(life: Life, services: Services) -> None:
    """The mailbox has changed since it was counted, so nothing is removed, and nobody is named for it."""
    task_id = begun(life, services, State.COMPLETED, started=NOW, ended=NOW)

    with pytest.raises(CountChangedError), terminal(life).tasks() as tasks:
        rolling_back.roll_back_here(
            tasks, Operator(), task_id, Expected(1, 0), discard=False, agreed=life.clock(), halt=Halt(),
            hook=lambda _event: None,
        )

    assert drawn(life, services, task_id) == ""


def test_a_task_in_line_is_worked_on_without_a_word(life: Life, services: Services) -> None:
    """Nobody has stopped it, so nobody resumes it."""
    task_id = begun(life, services, State.WAITING)

    assert run_resume(terminal(life), task_id) == 0

    assert drawn(life, services, task_id) == ""


def test_a_task_of_the_terminal_leaves_no_card_to_look_at(life: Life, services: Services) -> None:
    """Where no notifier runs, nobody would take it from the list."""
    task_id = life.put(State.RUNNING, started=NOW)

    run_pause(terminal(life), task_id)

    assert services.threads.due(life.clock().timestamp()) == []
    assert [press.act for press in services.threads.pressed(task_id)] == [Act.PAUSE]


def test_the_operator_may_pause_again_what_has_not_heard_yet(life: Life, services: Services) -> None:
    """Typed twice while the task is at work, the command waits twice; a cancel that was asked for wins over it."""
    task_id = begun(life, services, State.RUNNING, started=NOW)
    with visit(life.opened(), task_id):
        for _ in range(2):
            steering.pause(Tasks(life.engine, services.threads, life.clock, services.trail), Operator(), task_id)
        life.engine.store.ask(task_id, Ask.CANCEL)
        with pytest.raises(NoLongerError, match="is being cancelled already"):
            run_pause(terminal(life), task_id)


def test_whoever_forgets_at_the_terminal_is_the_operator(life: Life, services: Services) -> None:
    """The line that stays says so, whosever task it was; while a rollback is about to start, it is refused."""
    task_id = begun(life, services, State.COMPLETED, started=NOW, ended=NOW)
    services.threads.press(task_id, ANN.id, Act.ROLLBACK, at=life.clock() + timedelta(seconds=1))

    with pytest.raises(InputError, match="starts soon"):
        run_forget(terminal(life), task_id, yes=True)
    life.clock.move(seconds=2)
    life.engine.store.save(life.record(task_id))        # a worker came to it
    run_forget(terminal(life), task_id, yes=True)

    (line,) = Audit(Patient(life.redis, patience=1)).lines(TEAM)
    assert (line["task"], line["user"], line["by"]) == (task_id, ANN.id, "operator")


def test_the_terminal_steers_without_slacks_library() -> None:
    """`omm` works where nothing of Slack is set or installed."""
    asked = "import sys, cli, terminal.steering, terminal.moving, terminal.going_back; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.split()

    assert {"terminal.steering", "bot.steering", "bot.rolling_back"} <= set(loaded)
    assert {"slack_sdk", "slack_bolt", "flask", "rq"}.isdisjoint(loaded)


def test_a_migration_that_begins_loads_nothing_that_steers_or_takes_back() -> None:
    """`omm migrate` of two new accounts starts without what only a task that there is needs."""
    asked = "import sys, cli, terminal.moving; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.split()

    assert {"terminal.moving", "engine.migration.forwards"} <= set(loaded)
    assert {"bot.steering", "bot.stored.threads", "engine.migration.back", "dotenv"}.isdisjoint(loaded)


def test_who_pressed_before_is_not_blamed_for_what_the_operator_did(life: Life, services: Services) -> None:
    """Ann paused the task and resumed it; its second pause is the operator's, and a late press of hers is told so."""
    task_id = begun(life, services, State.RUNNING, started=NOW)
    steering.pause(services, ANN, task_id)
    life.clock.move(minutes=1)
    steering.resume(services, ANN, task_id)
    life.clock.move(minutes=1)

    run_pause(terminal(life), task_id)

    with pytest.raises(ButtonGoneError) as refused:
        steering.pause(services, ANN, task_id)
    assert drawn(life, services, task_id).endswith(" · Paused by the operator at the terminal")
    assert "paused by the operator at the terminal" in button_gone(
        refused.value.action, refused.value.migration, refused.value.pressed
    )
