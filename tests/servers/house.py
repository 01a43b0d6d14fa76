"""A whole installation as a company runs it: mail servers, Slack, and every door of the Procfile, each a process.

Its people act and look through Slack alone. Whoever tests it may also kill what runs, and look over its shoulder.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil
from cryptography.fernet import Fernet
from redis import Redis

from bot.ids import Block
from demo.doors import Slack, procfile, slack_and_doors
from demo.program import ROOT, Program
from engine.errors import OmmError
from engine.migration.record import Migration, State
from engine.store.keys import secret_keys
from engine.store.store import Store
from tests.recovery.store.doors import pid
from tests.servers.processes.installation import PASSWORD, Installation
from tests.servers.slack.person import PATIENCE, Move, Person, until
from tests.servers.slack.said import Said, said_by_cards, to_be_said

BIN = Path(sys.executable).parent
DOORS = ("web", "worker", "checker", "notifier")


@dataclass
class House:
    """Everything, running."""

    at: Installation
    slack: Slack
    state: Path

    @cached_property
    def store(self) -> Store:
        """The records, as somebody sees them who is no door: looking neither starts the store nor keeps it up."""
        redis = Redis(unix_socket_path=json.loads((self.state / "valkey.json").read_text())["socket"])
        return Store(redis, keys=secret_keys({"OMM_SECRET_KEYS": Fernet.generate_key().decode()}, self.state))

    # What people do

    def begins(self, person: Person, address: str, login: str, password: str) -> Move:
        """Somebody has `login` moved to `address`: they fill in the form and send it."""
        view = person.opens_form()
        assert person.sends(view, self.typed(address, login, password)).outcome == "ok"
        return Move(person, address, view["private_metadata"])

    def typed(self, address: str, login: str, password: str) -> dict[str, str]:
        """What somebody fills in who moves `login` to `address`."""
        return {
            Block.SOURCE_SERVER: f"localhost:{self.at.imap.imaps}", Block.SOURCE_LOGIN: login,
            Block.SOURCE_PASSWORD: password, Block.DESTINATION_SERVER: self.at.emulator.url,
            Block.DESTINATION_LOGIN: address, Block.DESTINATION_PASSWORD: PASSWORD,
        }

    # What can be seen

    def task(self, task_id: str) -> Migration | None:
        """The task's record, None while there is none."""
        with suppress(OmmError):
            return self.store.load(task_id)
        return None

    def fencing(self, task_id: str) -> int:
        """The number of the task's owner; the next owner has a higher one."""
        task = self.task(task_id)
        return 0 if task is None else task.fencing

    def is_in(self, state: State, *task_ids: str) -> bool:
        """Whether all those tasks are in that state."""
        found = [self.task(task_id) for task_id in task_ids]
        return all(task is not None and task.state is state for task in found)

    def said(self) -> dict[str, list[Said]]:
        """Everything that every card has ever said, by task, in order."""
        return said_by_cards(self.slack.control.requests)

    @contextmanager
    def watched(self, every: float = 0.2) -> Iterator[dict[str, list[Said]]]:
        """What the cards would say all the while if they were drawn at once, by task, in order."""
        seen: dict[str, list[Said]] = {}
        over = threading.Event()

        def look() -> None:
            while not over.wait(every):
                for task in self.store.all():
                    now, before = to_be_said(task), seen.setdefault(task.task_id, [])
                    if not before or before[-1].place != now.place:
                        before.append(now)

        thread = threading.Thread(target=look, name="watching", daemon=True)
        thread.start()
        try:
            yield seen
        finally:
            over.set()
            thread.join(PATIENCE)

    # What runs

    def program(self, name: str) -> Program:
        """A door by its name in the Procfile, `supervisor` where that opens them, or `slack`."""
        return self.slack.programs[name]

    def family(self, name: str) -> list[psutil.Process]:
        """A program's processes, itself first. The bundled server is nobody's child."""
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(self.program(name).process.pid)
            return [parent, *parent.children(recursive=True)]
        return []

    def server(self) -> psutil.Process:
        """The bundled Valkey, once it runs."""
        return psutil.Process(until(lambda: pid(self.state)))

    def kill(self, *doors: str, store: bool = False) -> None:
        """SIGKILL to every process of those doors and to the store, all at the same moment."""
        kill(lambda: [each for door in doors for each in self.family(door)] + ([self.server()] if store else []))
        for door in doors:
            self.program(door).process.wait(90)

    def open(self, *names: str) -> None:
        """Starts those doors, or `slack`, again where they have ended, as a supervisor does; waits until they work."""
        for name in names:
            self.program(name).start()
        for name in names:
            until(lambda name=name: self._is_open(name))

    def _is_open(self, name: str) -> bool:
        """Whether it takes what comes. A door for jobs does as soon as it has a crew."""
        if name == "slack":
            return bool(self.program(name).line(PATIENCE))
        return bool(self.slack.control.call("verify_url")) if name == "web" else len(self.family(name)) > 1


def kill(found: Callable[[], list[psutil.Process]]) -> None:
    """SIGKILL to all of them at the same moment, and to what they start in it: none sees another one die."""
    doomed: list[psutil.Process] = []
    while new := [each for each in found() if each not in doomed]:
        doomed += new
        for each in new:
            with suppress(psutil.NoSuchProcess):
                each.suspend()
    for each in doomed:
        with suppress(psutil.NoSuchProcess):
            each.kill()


@contextmanager
def house(
    at: Installation, directory: Path, *, supervised: bool = False, product: Path = ROOT, **settings: str
) -> Iterator[House]:
    """Slack and every door, between the servers of an installation; the doors `supervised` as by `make run`.

    `product` is the folder whose doors are opened, where it is another commit's.
    """
    directory.mkdir(exist_ok=True)
    more = {"OMM_COMMIT_GRACE": "1", "PATH": f"{BIN}:{os.environ['PATH']}", **settings}
    supervisor = [
        str(BIN / "supervisord"), "--nodaemon", "--configuration", str(ROOT / "supervisord.conf"),
        "--pidfile", str(directory / "supervisord.pid"),
    ]
    doors = {name: [python, str(product / file), *rest] for name, (python, file, *rest) in procfile().items()}
    ca_file = Path(at.environment["OMM_CA_FILE"])
    commands = {"supervisor": supervisor} if supervised else doors
    with slack_and_doors(directory, ca_file, commands=commands, **more) as slack:
        slack.control.configure(ack_seconds=PATIENCE, trigger_seconds=PATIENCE)
        yield House(at, slack, directory / "state")


def contents(at: Installation, address: str) -> Counter[tuple[Any, ...]]:
    """What a mailbox holds, ids and times of creation aside."""
    return Counter(
        (m.folder, m.mime, m.received, m.sent, m.is_read, m.is_draft, m.flag_status, tuple(m.categories))
        for m in at.emulator.messages(address)
    )
