"""A whole installation as a company runs it: mail servers, Slack, and every door of the Procfile, each a process.

Its people act and look through Slack alone. Whoever tests it may also kill what runs, and look over its shoulder.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil
from cryptography.fernet import Fernet
from redis import Redis

from bot.ids import Action, Block
from bot.words import standing
from demo.doors import Slack, slack_and_doors
from demo.program import ROOT, Program
from emulators.slack import Ack, NotPossibleError
from emulators.slack.control import Control
from engine.errors import OmmError
from engine.keys import secret_keys
from engine.migration import Content, Migration, State
from engine.store import Store
from tests.recovery.store.doors import pid
from tests.servers.installation import PASSWORD, Installation

CARD = re.compile(r"Migration (\w{4}-\w{4}): ([^.]+)\.(?:.*?(\d[\d,]*) of )?")
BIN = Path(sys.executable).parent
PATIENCE = 60.0     # seconds for one thing to happen
DOORS = ("web", "worker", "checker", "notifier")
ORDER = {"Waiting in line": 0, "Running": 1, "Completed": 2}    # the words of a card that nobody disturbs


def until(look: Callable[[], Any], *, seconds: float = PATIENCE, every: float = 0.05) -> Any:
    """What is seen, as soon as there is anything."""
    over = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < over, "it did not happen"
        time.sleep(every)
    return found


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a card said, from when on (seconds since 1970). `settled` is how many messages it counted."""

    at: float
    task_id: str
    word: str
    settled: int


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at their Slack. `channel` is where they type."""

    slack: Control
    key: str = "owner"
    channel: str = "migrations"

    def opens_form(self) -> dict[str, Any]:
        """Types the command, and waits for the form, which takes the place of whatever window is open."""
        before = [view["id"] for view in self.slack.views(self.key)]
        assert self.slack.slash(self.key, self.channel, "migrate").outcome == "ok"
        (form,) = until(lambda: [v for v in self.slack.views(self.key) if v["id"] not in before], every=0.2)
        return dict(form)

    def sends(self, view: Mapping[str, Any], typed: Mapping[str, str]) -> Ack:
        """Fills in the form and sends it."""
        names = [block["block_id"] for block in view["blocks"]]
        values = {next(name for name in names if name.startswith(field)): value for field, value in typed.items()}
        return self.slack.submit(self.key, view["id"], values)

    def presses(self, task_id: str, action: Action) -> Ack:
        """A button of the task's card, as soon as it is there."""
        ack: Ack = until(lambda: self.tries(task_id, action))
        return ack

    def tries(self, task_id: str, action: Action) -> Ack | None:
        """A button of the task's card; None while there is no such button."""
        with suppress(NotPossibleError, IndexError):
            return self.slack.press(self.key, self.cards(task_id)[0]["ts"], action)
        return None

    def cards(self, task_id: str) -> list[dict[str, Any]]:
        """The task's cards where they typed."""
        return [one for one in self._messages() if one["text"].startswith(f"Migration {task_id}:")]

    def told(self, task_id: str) -> list[str]:
        """The first line of everything that stands in the thread of the task's card, in order."""
        threads = {card["ts"] for card in self.cards(task_id)}
        return [one["text"].splitlines()[0] for one in self._messages() if one.get("thread_ts") in threads]

    def letters(self, task_id: str) -> list[str]:
        """The first line of every message about the task in their own conversation, cards and threads aside."""
        found = [one for one in self.slack.messages("dm", self.key) if not one.get("thread_ts")]
        lines = [one["text"].splitlines()[0] for one in found]
        return [line for line in lines if task_id in line and not CARD.match(line)]

    def _messages(self) -> list[dict[str, Any]]:
        return self.slack.messages(self.channel, self.key)


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody's migration to a mailbox."""

    person: Person
    address: str
    task_id: str

    @property
    def card(self) -> str:
        """What the one card says."""
        (card,) = self.person.cards(self.task_id)
        return str(card["text"])

    @property
    def told(self) -> list[str]:
        """What stands in the card's thread."""
        return self.person.told(self.task_id)

    @property
    def letters(self) -> list[str]:
        """What they were written."""
        return self.person.letters(self.task_id)

    def is_told(self) -> bool:
        """Whether the last they will hear of it is there: on the card, in its thread, in a message of their own."""
        cards = [card["text"] for card in self.person.cards(self.task_id)]
        ends = [line for line in (*self.told, *self.letters) if "is completed" in line]
        return any("Completed" in text for text in cards) and len(ends) >= 2


@dataclass
class House:
    """Everything, running."""

    at: Installation
    slack: Slack
    state: Path

    @cached_property
    def redis(self) -> Redis:
        """The store, as somebody who looks over its shoulder: no door, so it neither starts nor keeps the server."""
        return Redis(unix_socket_path=json.loads((self.state / "valkey.json").read_text())["socket"])

    @cached_property
    def store(self) -> Store:
        """The records in it."""
        return Store(self.redis, keys=secret_keys({"OMM_SECRET_KEYS": Fernet.generate_key().decode()}, self.state))

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

    def drawn(self) -> dict[str, list[Drawn]]:
        """Everything that every card has ever said, by task, in order."""
        versions: dict[str, list[Drawn]] = {}
        for call in self.slack.control.requests:
            found = CARD.match(call.arguments.get("text") or "")
            if call.ok and found and call.method in ("chat.postMessage", "chat.update"):
                settled = int((found[3] or "0").replace(",", ""))
                versions.setdefault(found[1], []).append(Drawn(call.at, found[1], found[2], settled))
        return versions

    @contextmanager
    def watched(self, every: float = 0.2) -> Iterator[dict[str, list[Drawn]]]:
        """What the card of every task would have said all the while, had it been drawn at once."""
        seen: dict[str, list[Drawn]] = {}
        over = threading.Event()

        def look() -> None:
            while not over.wait(every):
                with suppress(OmmError):
                    for task in list(self.store.all()):
                        self._note(seen.setdefault(task.task_id, []), task)

        thread = threading.Thread(target=look, name="watching", daemon=True)
        thread.start()
        try:
            yield seen
        finally:
            over.set()
            thread.join(PATIENCE)

    @staticmethod
    def _note(seen: list[Drawn], task: Migration) -> None:
        word, settled = standing(task).word, task.step(Content.MAIL).counts.settled
        if not seen or (seen[-1].word, seen[-1].settled) != (word, settled):
            seen.append(Drawn(time.time(), task.task_id, word, settled))

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
        kill(lambda: [each for door in doors for each in self.family(door)] + [self.server()] * store)
        for door in doors:
            self.program(door).process.wait(10)

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
def house(at: Installation, directory: Path, *, supervised: bool = False, **settings: str) -> Iterator[House]:
    """Slack and every door, between the servers of an installation; the doors `supervised` as by `make run`."""
    directory.mkdir(exist_ok=True)
    more = {"OMM_COMMIT_GRACE": "1", "PATH": f"{BIN}:{os.environ['PATH']}", **settings}
    supervisor = [
        str(BIN / "supervisord"), "--nodaemon", "--configuration", str(ROOT / "supervisord.conf"),
        "--pidfile", str(directory / "supervisord.pid"),
    ]
    commands = {"supervisor": supervisor} if supervised else None
    ca_file = Path(at.environment["OMM_CA_FILE"])
    with slack_and_doors(directory, ca_file, commands=commands, **more) as slack:
        yield House(at, slack, directory / "state")


def contents(at: Installation, address: str) -> Counter[tuple[Any, ...]]:
    """What a mailbox holds, ids and times of creation aside."""
    return Counter(
        (m.folder, m.mime, m.received, m.sent, m.is_read, m.is_draft, m.flag_status, tuple(m.categories))
        for m in at.emulator.messages(address)
    )


# How old a card is


def oldest(drawn: list[Drawn], records: list[Drawn], now: float) -> float:
    """For how many seconds at most a card went on saying what was no longer so."""
    ages = [0.0]
    for card, until_then in zip(drawn, [*(one.at for one in drawn[1:]), now], strict=True):
        later = [record.at for record in records if _place(record) > _place(card)]
        ages += [until_then - later[0]] if later else []
    return max(ages)


def _place(one: Drawn) -> tuple[int, int]:
    """How far it is: a card that nobody disturbs only goes forward."""
    return ORDER[one.word], one.settled
