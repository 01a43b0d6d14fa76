"""The job door: `worker.py migrations | checks | notices` carries out what was ordered in Slack, and tells of it."""

from __future__ import annotations

import argparse
import logging
import mmap
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

from redis.exceptions import RedisError

import wiring
from bot.stored.approvals import Approvals
from bot.stored.lists import Lists
from bot.stored.orders import Orders, Queue
from bot.stored.threads import Threads
from bot.work import approvals, given_back
from bot.work.heartbeats import BEAT_EVERY, Heartbeats, Role
from bot.work.keeper import Keeper
from bot.work.programs import Programs
from bot.work.sweep import SOON, Sweep
from bot.workspace import Workspace
from crew import NO_USE, Crew, ProcessSpec, on_sigterm
from engine.errors import InputError, OmmError
from engine.migration.forwards import keep_on
from engine.store.masks import Masks
from engine.store.patience import PATIENCE
from jobs import Jobs, Queues, WorkerContext
from rq_worker import worker

CHECKERS = 4            # processes that sign in to somebody's servers; one that hangs must not hold up the others
COUNTERS = 2            # processes that count what rollbacks would remove; a form waits for none of them
IN_LINE = 3.0           # seconds that a task may hold a process only to wait for another one's mailbox
KEPT_EVERY = 1.0        # seconds
ADOPTED_EVERY = 600.0   # seconds
GIVEN_BACK_EVERY = 5.0  # seconds between two looks for access that is needed no more
SLACK_AWAY = 5.0        # seconds between two attempts to learn which workspace it is
log = logging.getLogger("worker")


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0 after being told to stop, 3 for what cannot be started like this."""
    role = Role(_parser().parse_args(arguments).kind)
    try:
        chosen = wiring.settings()
        slack = wiring.slack_settings(chosen.environ)
        wiring.check(chosen)
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        return NO_USE
    if role is not Role.NOTICES:
        wiring.load_connectors()
    masks = wiring.log_to_stderr(chosen.log_level, log_format=chosen.log_format, environ=chosen.environ)
    return Crew(_posts(role, Door(chosen, slack, masks))).run()


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Says what was wrong."""
        self.print_usage(sys.stderr)
        self.exit(NO_USE, f"{self.prog}: {message}\n")


def _parser() -> _Parser:
    parser = _Parser(prog="worker.py", description="Carries out what was ordered in Slack, until it is told to stop.")
    parser.add_argument("kind", choices=[role.value for role in Role], help="what this one is for")
    return parser


@dataclass(frozen=True, slots=True)
class Door:
    """What every process of the crew opens for itself."""

    settings: wiring.Settings
    slack: wiring.SlackSettings
    masks: Masks

    @contextmanager
    def open(self) -> Iterator[wiring.Doors]:
        """The engine and its store."""
        with wiring.doors(self.settings, masks=self.masks, first_contact=PATIENCE, in_line=IN_LINE) as opened:
            yield opened

    @contextmanager
    def context(self) -> Iterator[WorkerContext]:
        """Where a job is carried out. Which workspace it is for, the order or its task says."""
        with self.open() as opened:
            redis, environ = opened.redis, self.settings.environ
            of = wiring.workspaces(opened, [self.slack], lambda team: Jobs(redis, team=team), environ=environ)
            yield WorkerContext(of(""), Orders(redis, patience=PATIENCE), Queues(redis), of)


class Address:
    """The store's URL, told by the process that has the store opened to those that must not.

    They fork, and a fork would share the locks by which the doors of the bundled server know each other.
    """

    SIZE = 4096

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, self.SIZE)     # of all processes that are forked from here

    def tell(self, url: str) -> None:
        """Says it to everybody."""
        whole = url.encode() + b"\n"
        self._shared[: len(whole)] = whole

    def wait(self) -> str:
        """The URL, once it is known."""
        while b"\n" not in (known := self._shared[:]):
            time.sleep(0.02)
        return known.partition(b"\n")[0].decode()


def _posts(role: Role, door: Door) -> list[ProcessSpec]:
    address = Address()
    keeper = ProcessSpec("keeper", lambda: _keep(door, address, role), last=True)
    if role is Role.MIGRATIONS:
        movers = [_worker("mover", door, address, Queue.ROLLBACKS, Queue.MIGRATIONS)] * door.settings.workers
        return [keeper, *movers, _worker("rollback worker", door, address, Queue.ROLLBACKS)]
    if role is Role.CHECKS:
        checkers = [_worker("checker", door, address, Queue.CHECKS)] * CHECKERS
        return [keeper, *checkers, *[_worker("counter", door, address, Queue.COUNTS)] * COUNTERS]
    return [keeper, ProcessSpec("notifier", lambda: _notify(door))]


def _worker(name: str, door: Door, address: Address, *queues: Queue) -> ProcessSpec:
    return ProcessSpec(name, lambda: _work(door, address, *queues))


def _work(door: Door, address: Address, *queues: Queue) -> None:
    worker(address.wait(), queues, door.context).work(logging_level="WARNING")


def _keep(door: Door, address: Address, role: Role) -> None:
    """Keeps the store open for the whole crew, says that the crew is there, and keeps the orders moving."""
    stop = threading.Event()
    on_sigterm(stop.set)
    with _said(), door.open() as opened:
        address.tell(opened.url)
        wiring.warn(door.settings, opened)
        keeper = Keeper(opened.redis, opened.engine.store, Queues(opened.redis), clock=opened.engine.clock)
        kept, audited = door.settings.retention_days, door.settings.audit_days
        sweep = Sweep(opened.redis, opened.engine, days=kept, audit_days=audited)
        lists, threads = Lists(opened.redis), Threads(opened.redis)
        heartbeats, asked, programs = Heartbeats(opened.redis), Approvals(opened.redis), Programs(opened.redis)
        of = wiring.workspaces(
            opened, [door.slack], lambda team: Jobs(opened.redis, team=team), environ=door.settings.environ
        )
        giving = given_back.GivingBack(
            opened.engine, partial(given_back.tell, threads, of), partial(given_back.tell_in_vain, threads, of)
        )
        adopt_at = beat_at = sweep_at = give_back_at = 0.0
        while not stop.wait(KEPT_EVERY):
            try:
                if time.monotonic() >= beat_at:
                    heartbeats.beat(role)
                    programs.note(role, opened.engine.store.key_names())
                    beat_at = time.monotonic() + BEAT_EVERY
                if time.monotonic() >= adopt_at:
                    keeper.adopt(threads, Jobs(opened.redis), keep_on=partial(keep_on, opened.engine))
                    adopt_at = time.monotonic() + ADOPTED_EVERY
                    if lists.is_due():
                        opened.engine.store.mend_indexes()
                        lists.mend(threads)
                if time.monotonic() >= sweep_at:
                    sweep.look()
                    approvals.look(asked, of)
                    opened.engine.vault.purge(opened.engine.clock())
                    sweep_at = time.monotonic() + SOON
                if role is Role.MIGRATIONS and time.monotonic() >= give_back_at:
                    giving.look()
                    give_back_at = time.monotonic() + GIVEN_BACK_EVERY
                keeper.look()
            except (OmmError, RedisError) as error:
                log.warning("the orders could not be looked after: %s", error)


def _notify(door: Door) -> None:
    """Sends whatever is to be sent. Which workspace that is, Slack must have said first."""
    stop = threading.Event()
    on_sigterm(stop.set)
    with _said(), door.open() as opened:
        workspace = Workspace(opened.redis, wiring.slack_client(door.slack))
        while not (team := workspace.id()):
            if stop.wait(SLACK_AWAY):
                return
        wiring.notifier(opened, door.slack, door.settings, team=team).run(stop)


@contextmanager
def _said() -> Iterator[None]:
    """Has whoever runs this read what is wrong, and no traceback."""
    try:
        yield
    except InputError as error:
        log.error("%s", error)  # noqa: TRY400 - as promised
        sys.exit(NO_USE)
    except OmmError as error:
        log.error("%s", error)  # noqa: TRY400 - as promised
        sys.exit(1)


if __name__ == "__main__":
    sys.exit(main())
