"""Given back: whoever has begun a migration reads that OMM has no access to their Google account any more."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from redis.exceptions import RedisError

from bot.audit.auditing import Outcome, came_of
from bot.notices.letters import letter
from bot.services import Services
from bot.stored.audit_entries import Result, Surface, What
from bot.stored.threads import Threads
from engine.errors import OmmError
from engine.migration.giving_back import give_back
from engine.migration.visit import Engine
from engine.store.vault import kept_by

AGAIN = 60.0        # seconds after which is tried again what could not be given back
log = logging.getLogger(__name__)

GIVEN_BACK = "Migration {}: OMM's access to your Google account was given back to Google."
NOT_GIVEN_BACK = (
    "Migration {}: OMM could not give its access to your Google account back to Google for a day, and has forgotten "
    "it. Remove OMM's access at https://myaccount.google.com/connections"
)


def tell(threads: Threads, of: Callable[[str], Services | None], name: str) -> None:
    """Writes to the owner of the migration that has kept what was given back, and into the audit.

    `name` is what the vault calls it, and `of` gives the services of a workspace, None of one that is not at hand. A
    form, and a migration that is forgotten, have nobody to be written to.
    """
    _tell(threads, of, name, GIVEN_BACK, Result.DONE)


def tell_in_vain(threads: Threads, of: Callable[[str], Services | None], name: str) -> None:
    """As `tell`, of what could not be given back for a day: only its owner can end it now."""
    _tell(threads, of, name, NOT_GIVEN_BACK, Result.FAILED)


def _tell(threads: Threads, of: Callable[[str], Services | None], name: str, words: str, result: Result) -> None:
    task_id = kept_by(name)
    thread = threads.load(task_id) if task_id else None
    services = None if thread is None else of(thread.team)
    if thread is None or services is None:
        return
    services.outbox.put(letter(f"given back:{name}", thread.owner, words.format(task_id)))
    came_of(services, thread.owner, What.REVOKE, task_id, Outcome(result), Surface.OMM)


def is_of(threads: Threads, team: str, name: str) -> bool:
    """True: what goes back under that name is of a task of that workspace, or of nobody who would be written to.

    '' is the terminal.
    """
    thread = threads.load(task_id) if (task_id := kept_by(name)) else None
    return thread is None or thread.team == team


class GivingBack:
    """Gives back in a thread of its own, so that a Google that does not answer holds up nothing else."""

    def __init__(
        self, engine: Engine, told: Callable[[str], None], failed: Callable[[str], None] = lambda _name: None, *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`told` and `failed` are as for `give_back`, `clock` gives seconds."""
        self._engine, self._told, self._failed, self._clock = engine, told, failed, clock
        self._not_before = clock()
        self._at_work: threading.Thread | None = None

    def look(self) -> None:
        """Begins to give back what is due, unless the last look is not over, or something failed in it just now."""
        is_free = self._at_work is None or not self._at_work.is_alive()
        if is_free and self._clock() >= self._not_before:
            self._at_work = threading.Thread(target=self._look, name="giving back", daemon=True)
            self._at_work.start()

    def wait(self) -> None:
        """Until the last look is over."""
        if self._at_work is not None:
            self._at_work.join()

    def _look(self) -> None:
        left = 1
        try:
            left = give_back(self._engine, self._told, failed=self._failed)
        except (OmmError, RedisError) as error:
            log.warning("what was granted could not be given back: %s", error)
        if left:
            self._not_before = self._clock() + AGAIN
