"""Visiting a migration: its lease is held meanwhile, and what was asked in that time is acted on at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace

from engine import threads
from engine.errors import Cause, FatalError, OmmError, TakenError, UnreadableError
from engine.migration.leaving import leave
from engine.migration.record import Migration
from engine.migration.states import Ask
from engine.migration.visit import ASKED_EVERY, Engine, Visit
from engine.pace.halt import Halt
from engine.store.lease import Lease
from engine.store.stored import NEWER


@contextmanager
def visit(engine: Engine, task_id: str, halt: Halt | None = None, *, works: bool = False) -> Iterator[Visit]:
    """Holds the migration's lease while the context lasts. Asks that came meanwhile are acted on before it ends.

    `works`: the visit moves the migration forwards and halts when somebody asks it to. Raises TakenError when another
    process is at work on it, UnreadableError as `_known`.
    """
    lease = engine.store.acquire(f"migration:{task_id}", holder=task_id)
    if not isinstance(lease, Lease):
        raise TakenError(f"Another process is working on migration {task_id}.")
    with lease:
        migration = replace(_known(engine, task_id), fencing=lease.fencing)
        with (halt or Halt()).part() as own:
            at = Visit(engine, migration, own, works=works)
            with _leaving(at, lease), _listening(at) if works else nullcontext():
                yield at


def _known(engine: Engine, task_id: str) -> Migration:
    """The record. Raises UnreadableError for one with a content that only a newer release can move."""
    migration = engine.store.load(task_id)
    if not set(migration.request.contents) <= set(engine.contents):
        raise UnreadableError(NEWER.format(f"Migration {task_id}"))
    return migration


@contextmanager
def _leaving(at: Visit, lease: Lease) -> Iterator[None]:
    """Leaves in order, however the visit ends; but for a store that is away, which cannot be asked."""
    try:
        yield
    except FatalError as error:
        if error.cause is not Cause.STORE:
            _leave(at, lease)
        raise
    except BaseException:
        _leave(at, lease)
        raise
    _leave(at, lease)


def _leave(at: Visit, lease: Lease) -> None:
    """Leaves. What goes wrong in that, another process in our place perhaps, must not hide how the visit ended."""
    try:
        leave(at, lease)
    except OmmError as error:
        at.decided("left without acting on what was asked", error=type(error).__name__)


@contextmanager
def _listening(at: Visit) -> Iterator[None]:
    """Halts the work when somebody asks for what is acted on at the next batch."""
    done = threads.Event()

    def listen() -> None:
        while not done.wait(ASKED_EVERY):
            with suppress(OmmError):      # a store that is away is noticed by whoever writes to it
                asked = at.engine.store.asked(at.task_id)
                if asked is not None and asked.ask is not Ask.CANCEL:
                    at.heard = True
                    at.halt.set()
                elif asked is None and at.engine.is_held_up():
                    at.halt.set()

    thread = threads.Thread(target=listen, name="asks", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
