"""One command at work: where it speaks, what it was given, and the engine."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import wiring
from engine.errors import Cause, FatalError, Side
from engine.migration.account import Account
from engine.migration.giving_back import give_back
from engine.migration.record import Migration
from engine.migration.visit import Engine
from engine.store.masks import Masks
from engine.store.patience import PATIENCE, Patient
from engine.store.vault import Secret, kept_by
from terminal.log_file import keep_log
from terminal.output import Output
from terminal.passwords import Passwords
from terminal.usage import usage
from wiring import environment

if TYPE_CHECKING:
    from bot.services import Trail
    from bot.stored.threads import Threads


STILL_GRANTED = (
    "Google has not taken back OMM's access to the account yet. The next omm command tries it again, for a day. You "
    "can remove it yourself at https://myaccount.google.com/connections"
)
GIVEN_UP = (
    "OMM could not give its access to the Google account{} back for a day, and has forgotten it. Remove it at "
    "https://myaccount.google.com/connections"
)


@dataclass(frozen=True, slots=True)
class Tasks:
    """What the operator steers with, as `bot.services.TaskServices`: every task of the store, and no Slack."""

    engine: Engine
    threads: Threads
    clock: Callable[[], datetime]
    trail: Trail
    team: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """What every command works with. `granted` is what somebody has granted to it in the browser."""

    out: Output
    settings: wiring.Settings
    masks: Masks
    passwords: Passwords
    log: Path
    granted: list[Secret] = field(default_factory=list)
    _engines: list[Engine] = field(default_factory=list)     # whose store keeps it meanwhile

    @contextmanager
    def doors(self) -> Iterator[wiring.Doors]:
        """The engine and its store, while the context lasts. Hosts typed by the person at this terminal are allowed."""
        with ExitStack() as stack:
            with usage():
                opened = stack.enter_context(wiring.doors(self.settings, trusts_person=True, masks=self.masks))
            stack.push(partial(self._leaving, opened))
            self._engines.append(opened.engine)
            yield opened

    def _leaving(self, opened: wiring.Doors, _kind: object, error: BaseException | None, _at: object) -> None:
        """Gives back what nothing needs any more: what was granted to this command and is kept by no task, above all.

        Whoever has pressed Ctrl-C does not wait for that: the next command does it. What somebody in Slack has granted
        is left to a worker, who tells them.
        """
        from terminal.held_grants import let_go  # noqa: PLC0415 - few commands have something to give back

        engine = opened.engine
        self._engines[:] = [one for one in self._engines if one is not engine]
        if isinstance(error, FatalError) and error.cause is Cause.STORE:
            return
        let_go(engine)
        if error is None or isinstance(error, Exception):
            from bot.work.given_back import is_of  # noqa: PLC0415 - few commands have something to give back

            left = give_back(engine, failed=self._given_up, ours=partial(is_of, tasks_of(opened).threads, ""))
            if left and self.granted:
                self.out.say(STILL_GRANTED)

    @property
    def opened(self) -> Engine | None:
        """The engine whose store keeps what is granted to this command; None while none is open."""
        return self._engines[-1] if self._engines else None

    def _given_up(self, name: str) -> None:
        of = kept_by(name)
        self.out.say(GIVEN_UP.format(f" of migration {of}" if of and not of.startswith("terminal-") else ""))

    def holds(self, secret: Secret) -> Secret:
        """What was granted to this command: kept out of the log, and in the store until a task keeps it."""
        from terminal.held_grants import hold  # noqa: PLC0415 - few accounts need it

        self.granted.append(secret)
        for engine in self._engines:
            hold(engine, secret)
        return self.hidden(secret)

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """The engine alone."""
        with self.doors() as opened:
            yield opened.engine

    @contextmanager
    def tasks(self) -> Iterator[Tasks]:
        """The engine, and where it is written down who has steered a task."""
        with self.doors() as opened:
            yield tasks_of(opened)

    def password(self, side: Side, account: Account) -> Secret:
        """The account's password, prepared or typed; it is kept out of the log from now on."""
        return self.hidden(self.passwords.of(side, account))

    def prepared(self, side: Side) -> Secret | None:
        """The password that a file or the environment holds."""
        found = self.passwords.prepared(side)
        return None if found is None else self.hidden(found)

    def hidden(self, secret: Secret) -> Secret:
        """The secret, kept out of the log."""
        self.masks.hide(secret)
        return secret


def tasks_of(doors: wiring.Doors) -> Tasks:
    """What steers the tasks of that store."""
    from bot.services import Trail  # noqa: PLC0415 - looking at tasks needs none of these
    from bot.stored.audit import Audit  # noqa: PLC0415
    from bot.stored.audit_entries import Surface  # noqa: PLC0415
    from bot.stored.threads import Threads  # noqa: PLC0415

    clock = doors.engine.clock
    trail = Trail(Audit(Patient(doors.redis)), Surface.TERMINAL, operator=user_name())
    return Tasks(doors.engine, Threads(doors.redis, clock=clock, patience=PATIENCE), clock, trail)


def user_name() -> str:
    """Who types here: the name of the process's user by the system's own list, not by the environment."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"


def open_session(out: Output, masks: Masks, files: Mapping[Side, str | None], *, verbose: bool = False) -> Session:
    """Reads the settings and begins the log. Raises UsageError."""
    with usage():
        settings = wiring.settings()
    for secret in environment.own_secrets(settings.environ):
        masks.hide(secret)
    level = "DEBUG" if verbose else settings.log_level
    log = keep_log(settings.state_dir, masks, level, log_format=settings.log_format)
    return Session(out, settings, masks, Passwords(files, settings.environ), log)


def held(engine: Engine, migration: Migration) -> bool:
    """True: a process is at work on it."""
    return engine.store.held(f"migration:{migration.task_id}") is not None
