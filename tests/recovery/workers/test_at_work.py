"""What the doors do for people while nothing goes wrong with them, and for whoever runs them."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rq import Queue
from rq.serializers import JSONSerializer

import wiring
from bot.stored.drafts import DraftState
from bot.stored.outbox import Letter
from bot.views import dialogs
from emulators.exchange import Fault
from engine.errors import Cause
from engine.migration.record import State
from tests.recovery.workers.conftest import new_mailbox
from tests.recovery.workers.workshop import CHECKS, ROOT, Workshop, until
from tests.servers.processes.installation import PASSWORD, SOURCE_PASSWORD


@contextmanager
def silent_server() -> Iterator[int]:
    """A server that takes connections and never says a word; gives its port."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as server:
        yield server.getsockname()[1]


def test_a_server_that_is_silent_holds_up_no_other_form(shop: Workshop, address: str) -> None:
    """While checks hang on somebody's dead server, other people's forms are answered."""
    shop.open("checks")
    with silent_server() as port:
        stuck = [shop.form(address) for _ in range(3)]
        for draft in stuck:
            fields = replace(draft.fields, source_server=f"localhost:{port}")
            shop.desktop.send(shop.desktop.change(draft, fields=fields))

        task_id = shop.start(new_mailbox(shop.at))

        assert shop.state(task_id) is State.WAITING
        assert {shop.desktop.now(draft).state for draft in stuck} == {DraftState.CHECKING}


def test_a_wrong_password_is_said_and_nothing_starts(shop: Workshop, address: str) -> None:
    """The verdict of the real servers reaches the open form."""
    shop.open("checks")
    shop.at.emulator.change_password(address, "another one")
    draft = shop.desktop.send(shop.form(address))

    until(lambda: shop.desktop.now(draft).state is DraftState.OPEN)
    until(lambda: "Signing in" not in shop.desktop.seen())

    verdict = shop.desktop.now(draft).verdict
    assert verdict is not None
    assert verdict.cause == Cause.SIGN_IN
    assert "Destination" in shop.desktop.seen()
    assert shop.state(draft.id) is None
    until(lambda: shop.orders.all() == [])


def test_a_rollback_waits_behind_no_migration(shop: Workshop, address: str) -> None:
    """While every mover is busy for hours, a rollback is done all the same."""
    shop.open("checks")
    shop.open("migrations", OMM_WORKERS="1")
    done = shop.start(address)
    shop.completed(done)
    shop.at.emulator.add_fault(Fault(operation="CreateItem", nth=3, action="hold", name="hours"))
    busy = shop.start(new_mailbox(shop.at))
    assert shop.at.emulator.wait_held("hours", 90)

    shop.services.jobs.roll_back(done, "U0OWNER001", items=300, kept=0, discard=False)

    until(lambda: shop.state(done) is State.ROLLED_BACK)
    assert shop.state(busy) is State.RUNNING
    shop.at.emulator.release("hours")
    shop.completed(busy)


def test_who_waits_for_anothers_mailbox_holds_up_nobody(shop: Workshop, address: str) -> None:
    """Behind a task that takes hours, others into the same mailbox wait without a worker; then they follow."""
    shop.open("checks")
    shop.open("migrations", OMM_WORKERS="2")
    shop.at.emulator.add_fault(Fault(operation="CreateItem", nth=3, action="hold", name="hours"))
    busy = shop.start(address)
    assert shop.at.emulator.wait_held("hours", 90)
    waiting = shop.start(address)
    until(lambda: shop.services.engine.store.load(waiting).waits_for == busy)

    for _ in range(3):
        shop.completed(shop.start(new_mailbox(shop.at)))

    assert (shop.state(busy), shop.state(waiting)) == (State.RUNNING, State.WAITING)
    shop.at.emulator.release("hours")
    shop.completed(busy)
    shop.completed(waiting)
    assert len(shop.at.emulator.messages(address)) == 300


def test_a_count_fills_the_dialog(shop: Workshop, address: str) -> None:
    """What a rollback would remove is counted by a job, into the dialog that is open."""
    shop.open("checks")
    shop.open("migrations")
    task_id = shop.start(address)
    shop.completed(task_id)
    view_id = shop.desktop.open(dialogs.rollback_counting(shop.services.engine.store.load(task_id)))

    shop.services.jobs.count(task_id, view_id, "U0OWNER001")

    until(lambda: "300 messages" in shop.desktop.seen())


def test_migrations_run_side_by_side(shop: Workshop, undisturbed: Counter[tuple[Any, ...]]) -> None:
    """As many as OMM_WORKERS says run at once; those behind them follow by themselves."""
    shop.open("checks")
    shop.open("migrations", OMM_WORKERS="2")
    shop.at.emulator.configure(item_ms=5)
    addresses = [new_mailbox(shop.at) for _ in range(4)]
    tasks = [shop.start(address) for address in addresses]
    most = 0

    def all_done() -> bool:
        nonlocal most
        states = [shop.state(task_id) for task_id in tasks]
        most = max(most, states.count(State.RUNNING))
        return states == [State.COMPLETED] * 4

    until(all_done)

    assert most == 2
    assert [shop.content(address) for address in addresses] == [undisturbed] * 4


def test_a_letter_is_sent(shop: Workshop) -> None:
    """The door for notices posts what a job has put into the outbox."""
    shop.open("notices")
    shop.services.outbox.put(Letter("test", "U0OWNER001", "The form is waiting for you."))

    (message,) = until(lambda: shop.slack.messages("dm", "owner"))
    assert message["text"] == "The form is waiting for you."


def test_no_foreign_function_is_run(shop: Workshop, address: str, tmp_path: Path) -> None:
    """Whoever got hold of Redis cannot have a worker run a command; the worker says so, and goes on working."""
    door = shop.open("checks")
    proof = tmp_path / "proof"
    Queue("omm-checks", connection=shop.valkey(), serializer=JSONSerializer).enqueue_call(
        "os.system", args=(f"touch {proof}",)
    )

    shop.start(address)

    assert not proof.exists()
    assert "no job of ours" in door.said


def test_no_secret_leaves_the_vault(shop: Workshop, address: str) -> None:
    """Neither the logs nor anything readable in Redis nor Slack has seen a password, after jobs of every kind."""
    doors = [shop.open(kind, OMM_LOG_LEVEL="DEBUG") for kind in ("checks", "migrations", "notices")]
    redis = shop.valkey()
    task_id = shop.start(address)
    shop.completed(task_id)
    shop.services.jobs.roll_back(task_id, "U0OWNER001", items=1, kept=0, discard=False)
    until(lambda: shop.services.outbox.waiting() == [] and shop.orders.all() == [])
    shop.at.emulator.change_password(address, "another one")
    shop.desktop.send(shop.form(address))
    until(lambda: shop.orders.all() == [])

    seen = [redis.dump(key) or b"" for key in redis.scan_iter()]
    seen += [door.said.encode() for door in doors]
    seen += [json.dumps(call.arguments).encode() for call in shop.slack.requests]

    assert all(len(door.said) > 100 for door in doors[:2])
    assert [each for each in seen if SOURCE_PASSWORD.encode() in each or PASSWORD.encode() in each] == []


def test_nothing_piles_up_in_redis(shop: Workshop, address: str) -> None:
    """When everything is done, no order and no job of RQ's is left."""
    shop.open("checks")
    shop.open("migrations")
    shop.completed(shop.start(address))
    until(lambda: shop.orders.all() == [])
    redis = shop.valkey()

    left = until(lambda: not list(redis.scan_iter("rq:job:*")))

    assert left
    assert [key for key in redis.scan_iter("rq:*") if redis.type(key) == b"list" and redis.llen(key)] == []
    assert not redis.exists("omm:orders", "omm:orders:failures")


# Starting


def start(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "worker.py"), *arguments], env=environment, cwd=ROOT, text=True,
        capture_output=True, timeout=120, check=False,
    )


@pytest.mark.parametrize(("kind", "setting"), [("checks", "OMM_REDIS_URL"), ("notices", "OMM_SMTP_URL")])
def test_a_setting_that_is_wrong_is_said(shop: Workshop, kind: str, setting: str) -> None:
    """A door that can never work ends with status 3 and names the setting; a supervisor need not try for ever."""
    done = start(shop.environment | {setting: "rubbish"}, kind)

    assert done.returncode == 3
    assert setting in done.stderr
    assert "Traceback" not in done.stderr


def test_a_redis_that_comes_later_is_waited_for(shop: Workshop, address: str, tmp_path: Path) -> None:
    """Doors may be started before their store: they begin when it answers."""
    late = tmp_path / "late"
    socket_path = late / "valkey.sock"
    door = shop.open("checks", OMM_REDIS_URL=f"unix://{socket_path}")
    until(lambda: len(door.family()) == CHECKS)

    environment = shop.environment | {"OMM_STATE_DIR": str(late)}
    with wiring.doors(wiring.settings(environment)) as opened:
        until(lambda: opened.redis.smembers("rq:workers"))

    assert door.process.poll() is None


@pytest.mark.parametrize("kind", ["migrations", "checks", "notices"])
def test_no_network_is_needed_to_start(shop: Workshop, kind: str) -> None:
    """Slack being away keeps no door from opening."""
    door = shop.open(kind, SLACK_API_URL="http://127.0.0.1:9/")

    until(lambda: len(door.family()) >= 3)

    door.end()
    assert "Traceback" not in door.said
