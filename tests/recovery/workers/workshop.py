"""The job doors as they really run, between real servers, and the ways in which they are ended."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from redis import Redis

import wiring
from bot.stored.drafts import Draft, Fields
from engine.errors import InputError, Side
from engine.migration.record import Migration, State
from engine.store import stored
from tests.recovery.store.doors import pid
from tests.servers.processes import zygote
from tests.servers.processes.installation import PASSWORD, SOURCE_LOGIN, SOURCE_PASSWORD, Installation
from tests.servers.processes.zygote import Forked
from tests.servers.slack.open_form import Desktop
from tests.servers.slack.signed import SECRET
from tests.servers.slack.signed_world import SignedWorld, slack_emulator
from tests.servers.slack.workspace import TOKEN
from tests.unit.emulators_slack.app import App
from worker import CHECKERS, COUNTERS

ROOT = Path(__file__).parents[3]
CHECKS = 2 + CHECKERS + COUNTERS     # processes of `worker.py checks`: the first one, and a keeper


def until(condition: Callable[[], Any], *, seconds: float = 150) -> Any:
    """What the condition brings when it holds; fails when it does not come to hold."""
    over = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < over, "it did not happen"
        time.sleep(0.05)
    return found


@dataclass
class WorkerDoor:
    """One `python worker.py KIND`, with everything that it started."""

    kind: str
    process: Forked
    log: Path

    @property
    def said(self) -> str:
        """What it wrote."""
        return self.log.read_text(errors="replace")

    def family(self) -> list[psutil.Process]:
        """Its processes, itself first. The bundled server is nobody's child."""
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(self.process.pid)
            return [parent, *parent.children(recursive=True)]
        return []

    def horses(self) -> list[psutil.Process]:
        """Whoever carries something out just now."""
        found = []
        for each in self.family()[1:]:
            with suppress(psutil.NoSuchProcess):
                if each.ppid() != self.process.pid:
                    found.append(each)
        return found

    def busy(self) -> psutil.Process:
        """The RQ worker that has a work-horse."""
        (horse,) = until(self.horses)
        return psutil.Process(horse.ppid())

    def end(self, what: signal.Signals = signal.SIGTERM) -> None:
        """Tells it to stop, and waits until nobody of it is left."""
        family = self.family()
        self.process.send_signal(what)
        assert left_of(family, 90) == []
        self.process.wait(90)


def left_of(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Those that still live after so long."""
    over = time.monotonic() + seconds
    while (left := [each for each in processes if lives(each)]) and time.monotonic() < over:
        time.sleep(0.02)
    return left


def lives(process: psutil.Process) -> bool:
    """False: it has ended, whether or not anybody has asked how."""
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


@dataclass(kw_only=True)
class Workshop(SignedWorld):
    """An installation with its Slack, and whoever works in it."""

    at: Installation
    environment: dict[str, str]
    desktop: Desktop = field(init=False)
    doors: list[WorkerDoor] = field(default_factory=list)

    def open(self, kind: str, **environment: str) -> WorkerDoor:
        """Starts `worker.py KIND`."""
        log = Path(self.environment["OMM_STATE_DIR"]).with_name(f"{len(self.doors)} {kind}.log")
        with log.open("wb") as output:
            process = zygote.start(
                "worker", [kind], self.environment | environment, stdout=output, stderr=output, new_session=True
            )
        self.doors.append(WorkerDoor(kind, process, log))
        return self.doors[-1]

    def close(self) -> None:
        """Ends every door, whatever a test has left of it."""
        self.at.emulator.clear_faults()
        families = [door.family() for door in self.doors]
        for door in self.doors:
            if door.process.poll() is None:
                door.process.terminate()
        for each in left_of([process for family in families for process in family], 15):
            each.kill()
        for door in self.doors:
            door.process.wait(90)

    def form(self, address: str) -> Draft:
        """A form that was filled in."""
        host = self.at.emulator.url.removeprefix("https://").partition("/")[0]
        fields = Fields(
            source_server=f"localhost:{self.at.imap.imaps}", source_login=SOURCE_LOGIN,
            destination_server=host, destination_login=address,
        )
        return self.desktop.fill(fields, {Side.SOURCE: SOURCE_PASSWORD, Side.DESTINATION: PASSWORD})

    def start(self, address: str) -> str:
        """Sends the form, and waits for its task; a door for checks must be open."""
        draft = self.desktop.send(self.form(address))
        until(lambda: self.state(draft.id) is not None)
        return draft.id

    # What can be seen

    def state(self, task_id: str) -> State | None:
        """Where the task stands, None before it is one."""
        with suppress(InputError):
            return self.services.engine.store.load(task_id).state
        return None

    def completed(self, task_id: str, *, seconds: float = 150) -> None:
        """Waits until it is."""
        until(lambda: self.state(task_id) is State.COMPLETED, seconds=seconds)

    def content(self, address: str) -> Counter[tuple[Any, ...]]:
        """What a mailbox holds, ids and times of creation aside."""
        return Counter(
            (m.folder, m.mime, m.received, m.sent, m.is_read, m.is_draft, m.flag_status, tuple(m.categories))
            for m in self.at.emulator.messages(address)
        )

    def fencing(self, task_id: str) -> int:
        """The number of the task's owner; the next owner has a higher one."""
        return self.services.engine.store.load(task_id).fencing

    def valkey(self) -> Redis:
        """The store itself, as somebody who got hold of it."""
        return Redis(unix_socket_path=str(Path(self.environment["OMM_STATE_DIR"]) / "valkey.sock"))

    def server(self) -> psutil.Process:
        """The bundled Valkey, once it runs."""
        return psutil.Process(until(lambda: pid(Path(self.environment["OMM_STATE_DIR"]))))

    @contextmanager
    def watched(self, task_id: str) -> Iterator[list[State]]:
        """Every state that its record shows meanwhile, in order, the present one first."""
        seen: list[State] = []
        over = threading.Event()

        def look() -> None:
            last, before = False, b""
            with self.valkey() as redis:
                while not last:
                    last = over.wait(0.005)
                    record = redis.hget(f"omm:task:{task_id}", "record")
                    if record == before or not isinstance(record, bytes):
                        continue
                    before, now = record, stored.read(Migration, record, name=task_id).state
                    if seen[-1:] != [now]:
                        seen.append(now)

        thread = threading.Thread(target=look)
        thread.start()
        try:
            until(lambda: seen)
            yield seen
        finally:
            over.set()
            thread.join()


@contextmanager
def workshop(at: Installation, directory: Path) -> Iterator[Workshop]:
    """Opens Slack, and services of the test's own, over a state directory of its own."""
    directory.mkdir(exist_ok=True)
    environment = {
        **{name: value for name, value in at.environment.items() if not name.endswith("_PASSWORD")},
        "OMM_STATE_DIR": str(directory / "state"), "OMM_ALLOWED_HOSTS": "localhost,127.0.0.1", "OMM_ENV_FILE": "",
        "SLACK_BOT_TOKEN": TOKEN, "SLACK_SIGNING_SECRET": SECRET,
        "PYTHONWARNINGS": "error", "PYTHONPATH": os.fspath(ROOT),
    }
    with App() as app, wiring.doors(wiring.settings(environment)) as opened, slack_emulator(opened, app.url) as slack:
        shop = Workshop(opened, slack, at=at, environment=environment | {"SLACK_API_URL": slack.url})
        shop.desktop = Desktop(shop.services, slack, app)
        try:
            yield shop
        finally:
            shop.close()
