"""The audit at the terminal: what the operator does is in it, and they read that of every workspace."""

from __future__ import annotations

import csv
import io
import os
import pwd
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import click
import fakeredis
import pytest

import wiring
from bot import steering
from bot.audit.auditing import began
from bot.people import Person
from bot.services import Services
from bot.stored.audit_entries import Entry, What
from bot.stored.drafts import Draft
from bot.stored.threads import Thread
from engine.errors import OmmError, Side, SignInError
from engine.migration.content import Content
from engine.migration.record import Counts, State, Step
from engine.store.vault import Secret
from terminal.auditing import run_audit
from terminal.going_back import run_rollback
from terminal.going_on import run_resume, run_retry
from terminal.moving import run_migrate
from terminal.session import Session
from terminal.steering import run_cancel, run_forget, run_pause
from tests.servers.slack.signed_world import services_on
from tests.servers.slack.workspace import TEAM
from tests.servers.terminal_session import session
from tests.unit.life.world import NOW, REQUEST, Life

ME = pwd.getpwuid(os.getuid()).pw_name
ELSEWHERE = "T0ELSEWHER"
ANN = Person("U0ANN00001", TEAM, (TEAM,))
COPIED = {"started": NOW, "ended": NOW, "steps": {Content.MAIL: Step(Counts(found=9, copied=8, failed=1), NOW, NOW)}}


@pytest.fixture
def life(tmp_path: Path) -> Life:
    return Life(fakeredis.FakeServer(), tmp_path)


@pytest.fixture
def services(life: Life) -> Services:
    return services_on(wiring.Doors(life.engine, life.redis, ""))


def terminal(life: Life, said: StringIO | None = None) -> Session:
    at: Any = session(life.engine, said or StringIO(), redis=life.redis)
    at.password = lambda side, _account: Secret("one" if side is Side.SOURCE else "two")
    return at


def begun(life: Life, services: Services, state: State, **changes: Any) -> str:
    """A task of Ann's in Slack; its ID."""
    task_id = life.put(state, **changes)
    services.threads.open(Thread(task_id, TEAM, ANN.id, ""))
    return task_id


def written(services: Services, team: str = TEAM) -> list[tuple[str, str, str, str]]:
    """Who did what from where, with what result, in a workspace; the oldest first."""
    found = [placed.entry for placed in services.trail.audit.entries(team)]
    return [(e.who, e.surface, e.what, e.result) for e in reversed(found) if e and e.what not in ("state", "forgotten")]


def rolled_back(at: Session, task_id: str) -> int:
    return run_rollback(at, task_id, yes=True, discard_changes=False)


@pytest.mark.parametrize(("command", "state", "changes", "what", "result"), [
    (run_pause, State.RUNNING, {"started": NOW}, "pause", "done"),
    (run_pause, State.COMPLETED, COPIED, "pause", "refused"),
    (run_cancel, State.PAUSED, {"started": NOW}, "cancel", "done"),
    (lambda at, task: run_cancel(at, task, now=True), State.PAUSED, {"started": NOW}, "stop now", "done"),
    (run_resume, State.PAUSED, {"started": NOW}, "resume", "done"),
    (run_resume, State.ROLLBACK_STOPPED, {"started": NOW}, "resume", "refused"),
    (run_retry, State.CANCELLED, COPIED, "retry", "done"),
    (run_retry, State.RUNNING, {"started": NOW}, "retry", "refused"),
    (rolled_back, State.COMPLETED, {"started": NOW, "ended": NOW}, "rollback", "done"),
    (rolled_back, State.WAITING, {}, "rollback", "refused"),
    (lambda at, task: run_forget(at, task, yes=True), State.COMPLETED, COPIED, "forget", "done"),
    (lambda at, task: run_forget(at, task, yes=True), State.RUNNING, {"started": NOW}, "forget", "refused"),
])
def test_what_the_operator_does_is_in_the_audit_of_the_tasks_workspace(
    life: Life, services: Services, command: Callable[[Session, str], int], state: State, changes: Any, what: str,
    result: str,
) -> None:
    """Once, by their name on this machine, refusals too."""
    task_id = begun(life, services, state, **changes)

    try:
        command(terminal(life), task_id)
    except OmmError:
        assert result == "refused"

    assert written(services) == [(ME, "terminal", what, result)]


def test_whoever_leaves_the_question_for_a_password_has_done_nothing(life: Life, services: Services) -> None:
    """Ctrl-C there is no failure of anything."""
    task_id = begun(life, services, State.PAUSED, started=NOW)
    life.engine.vault.drop(task_id)
    at = terminal(life)
    at.password = left      # type: ignore[method-assign]  # they press Ctrl-C

    with pytest.raises(click.Abort):
        run_resume(at, task_id)

    assert written(services) == []


def left(*_: Any) -> Any:
    raise click.Abort


def test_a_migration_that_begins_at_the_terminal_is_in_the_audit(life: Life, services: Services) -> None:
    """With both mailboxes, once it has begun; what stopped it before has no task, and names no account."""
    run_migrate(terminal(life), REQUEST)
    life.check_source = refusing        # type: ignore[method-assign]  # its server refuses the password from now on
    with pytest.raises(SignInError):
        run_migrate(terminal(life), REQUEST)
    said = StringIO()

    run_audit(terminal(life, said), None, last=10)

    lines = said.getvalue().splitlines()
    assert written(services, "terminal") == [(ME, "terminal", "start", "done"), (ME, "terminal", "start", "failed")]
    assert "source: login or password" in lines[0]
    assert "imap.example.net" not in lines[0]
    assert "started it  old on imap.example.net to new on ex.example.org" in lines[-1]


def test_one_that_goes_on_is_not_started_twice(life: Life, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """`omm migrate` of the same accounts resumes the open one."""
    monkeypatch.setattr("terminal.moving.work", lambda *_: 0)
    for _ in range(2):
        run_migrate(terminal(life), REQUEST)
        [task] = life.engine.store.all()
        life.engine.store.save(replace(task, state=State.PAUSED, started=NOW))

    done = [what for _, _, what, _ in written(services, "terminal")]
    assert [what for what in done if what != What.PASSWORD] == ["start", "resume"]


def refusing(*_: Any) -> Any:
    raise SignInError("imap.example.net refused old.", side=Side.SOURCE)


def test_the_operator_reads_every_workspace(life: Life, services: Services) -> None:
    """And the terminal's, as many entries as are asked for; of one task alone where its ID is given."""
    audit = services.trail.audit
    told = [(TEAM, "7K2F-9QXD"), (ELSEWHERE, "3MNP-4RST"), ("", "3MNP-4RST"), (TEAM, "3MNP-4RST")]
    for number, (team, task_id) in enumerate(told):
        audit.append(team, Entry(NOW, f"U0NUMBER{number}", What.PAUSE, task_id))
    everything, one, few = StringIO(), StringIO(), StringIO()

    for said, task, last in ((everything, None, 50), (one, "3MNP-4RST", 50), (few, None, 2)):
        run_audit(terminal(life, said), task, last=last)

    users = [{line.split()[5] for line in said.getvalue().splitlines()} for said in (everything, one)]
    assert users == [{f"U0NUMBER{number}" for number in range(4)}, {"U0NUMBER1", "U0NUMBER2", "U0NUMBER3"}]
    assert {line.split()[3] for line in everything.getvalue().splitlines()} == {TEAM, ELSEWHERE, "terminal"}
    assert len(few.getvalue().splitlines()) == 2


def test_it_is_written_as_a_table(life: Life, services: Services, tmp_path: Path) -> None:
    """All of it, for its owner's eyes alone; what names the accounts of a task that is gone is not in it.

    Whoever takes it so is in the audit, for it names accounts of every workspace.
    """
    task_id = begun(life, services, State.RUNNING, started=NOW)
    began(services, Draft(task_id, TEAM, ANN.id, "", NOW), REQUEST)
    steering.stop(services, ANN, task_id)
    file = tmp_path / "audit.csv"

    run_audit(terminal(life), None, last=1, csv=str(file))
    before = list(csv.reader(io.StringIO(file.read_text("utf-8-sig"), newline="")))
    run_forget(terminal(life), task_id, yes=True)
    run_audit(terminal(life), None, last=1, csv=str(file))

    assert (file.stat().st_mode & 0o777, len(before)) == (0o600, 3)
    assert before[2] == [
        "2026-11-28 08:00:00", TEAM, ANN.id, "form", "started it", task_id, "done", "", "old on imap.example.net",
        "new on ex.example.org",
    ]
    assert "example" not in file.read_text("utf-8-sig")
    assert file.read_text("utf-8-sig").count(task_id) == 4
    took = (ME, "terminal", "take the audit as a file", "done")
    assert written(services, "terminal") == [took, took]
