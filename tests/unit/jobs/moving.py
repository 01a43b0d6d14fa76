"""A services on a world in which mail really moves: a source in memory, the Exchange emulator, Slack."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from redis import Redis

import wiring
from bot.services import Services
from bot.stored.threads import Thread
from bot.work import beside
from emulators.slack import SlackEmulator
from engine.clock import utc_now
from engine.migration.record import Migration
from engine.pace.halt import Halt
from engine.ports.source import Role, SourceFolder
from tests.servers.memory.source import MemorySource, mail
from tests.servers.slack.signed_world import services_on
from tests.servers.slack.workspace import OWNER, TEAM
from tests.servers.world import World, world

INBOX = SourceFolder(("INBOX",), "INBOX", Role.INBOX)


@dataclass
class Moving:
    """A task that was begun in Slack, and what a test needs of its world."""

    services: Services
    world: World
    source: MemorySource
    task_id: str

    @property
    def record(self) -> Migration:
        return self.services.engine.store.load(self.task_id)

    def move(self) -> Migration:
        """To the end, by nobody's job."""
        return self.world.run(self.task_id)

    def halt_midway(self) -> Halt:
        """A halt that is set when some messages have arrived and others have not been read."""
        halt = Halt()

        def before_read(uids: Sequence[int]) -> None:
            if max(uids) > 100:
                while not self.world.messages():
                    time.sleep(0.005)
                halt.set()

        self.source.before_read = before_read
        return halt


@contextmanager
def moving(directory: Path, redis: Redis, slack: SlackEmulator) -> Iterator[Moving]:
    """A hundred and twenty messages to be moved, by a task that is in line."""
    source = MemorySource({INBOX: [mail(f"in {n}") for n in range(120)]})
    with world(directory, {"old": source}) as built:
        engine = replace(built.engine, clock=utc_now).with_hooks(beside.showing(redis))
        services = services_on(wiring.Doors(engine, redis, ""), slack.url)
        task_id = built.begin().task_id
        services.threads.open(Thread(task_id, TEAM, OWNER, ""))
        services.threads.look_again(task_id, None)
        yield Moving(services, built, source, task_id)
