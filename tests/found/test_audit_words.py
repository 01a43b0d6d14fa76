"""The audit's words, as the admins of a workspace read them."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

import fakeredis
import pytest

import wiring
from bot import steering
from bot.admin import read_audit
from bot.audit_lines import GONE
from bot.buttons import ButtonGoneError
from bot.people import Person
from bot.permissions import NotAllowedError
from bot.stored.audit_entries import Surface
from bot.views.audit import audit_view
from engine.errors import Side
from engine.migration.record import State
from engine.store.keys import SecretKeys
from engine.store.patience import Patient
from engine.store.task_keys import TaskKeys
from engine.store.vault import Secret
from terminal.moving import run_migrate
from tests.servers.signed_world import services_on, words
from tests.servers.terminal_session import session
from tests.unit.audit.test_reading import ADMIN, ANN, TEAM, begun, fill, life, services  # noqa: F401 - fixtures
from tests.unit.life.world import NOW, REQUEST, Life


def shown(services, task_id: str) -> str:  # noqa: F811
    return words(audit_view(read_audit(services, ADMIN, task_id))["blocks"])


def test_no_name_of_the_code_stands_in_it(life: Life, services) -> None:  # noqa: F811
    """Somebody has pressed Pause on an old card."""
    task_id = begun(life, services)
    life.engine.store.save(replace(life.record(task_id), state=State.COMPLETED, ended=NOW))
    with pytest.raises(ButtonGoneError):
        steering.pause(services, ANN, task_id)

    assert re.findall(r"omm_\w+", shown(services, task_id)) == []


def test_no_raw_mention_stands_in_it(life: Life, services) -> None:  # noqa: F811
    """Whoever was refused was told who may: a person, and not their number between brackets."""
    task_id = begun(life, services)
    with pytest.raises(NotAllowedError):
        steering.pause(services, Person("U0BOB00001", TEAM, (TEAM,)), task_id)
    view = audit_view(read_audit(services, ADMIN, task_id))
    texts = re.findall(r"'type': 'text', 'text': '([^']*)'", str(view["blocks"]))

    assert [text for text in texts if "<@" in text] == []


def test_a_key_that_was_taken_out_is_not_called_deleted_data(tmp_path: Path) -> None:
    """docs/operate.md lets the old key be taken out when tasks have ended; their data are still there."""
    server = fakeredis.FakeServer()
    life = Life(server, tmp_path)  # noqa: F811
    services = services_on(wiring.Doors(life.engine, life.redis, ""))  # noqa: F811
    task_id = begun(life, services)
    assert "old on imap.example.net" in shown(services, task_id)
    life.engine.store.task_keys = TaskKeys(
        Patient(life.redis, patience=1), keys=SecretKeys([secrets.token_bytes(32)])
    )
    assert life.record(task_id)

    assert GONE not in shown(services, task_id)


def test_the_operators_page_names_every_place_where_an_act_is_done() -> None:
    """docs/operate.md lists them."""
    text = Path("docs/operate.md").read_text(encoding="utf-8")
    [listed] = re.findall(r"from where\s*\(([^)]*)\)", text)

    assert {surface.value for surface in Surface} - {""} <= set(listed.replace("\n", " ").split(", "))


def test_who_turns_to_a_page_that_was_cut_off_can_turn_back(life: Life, services) -> None:  # noqa: F811
    """The sweep has cut the oldest off while the window was open."""
    fill(life, 25)
    first = read_audit(services, ADMIN)
    assert first.older is not None
    services.trail.audit.cut_off(NOW + timedelta(seconds=5), most=20)

    page = read_audit(services, ADMIN, before=first.older.before)

    assert page.newer is not None


def test_a_migration_that_is_taken_up_by_omm_migrate_is_not_started_twice(
    life: Life, services, monkeypatch: pytest.MonkeyPatch,  # noqa: F811
) -> None:
    """It says so at the terminal: the open one goes on."""
    import terminal.moving

    monkeypatch.setattr(terminal.moving, "work", lambda *_: 0)
    at = session(life.engine, StringIO(), redis=life.redis)
    at.password = lambda side, _account: Secret("one" if side is Side.SOURCE else "two")
    run_migrate(at, REQUEST)
    [task] = life.engine.store.all()
    life.engine.store.save(replace(task, state=State.PAUSED, started=NOW))
    run_migrate(at, REQUEST)

    found = [placed.entry for placed in services.trail.audit.entries("terminal")]
    assert [e.what for e in found if e is not None and e.what in ("start", "resume")] == ["resume", "start"]
