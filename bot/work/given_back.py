"""Given back: whoever has begun a migration reads that OMM has no access to their Google account any more."""

from __future__ import annotations

from collections.abc import Callable

from bot.auditing import Outcome, came_of
from bot.notices.letters import letter
from bot.services import Services
from bot.stored.audit_entries import Result, Surface, What
from bot.stored.threads import Threads
from engine.store.vault import kept_by

GIVEN_BACK = "Migration {}: OMM's access to your Google account was given back to Google."


def tell(threads: Threads, of: Callable[[str], Services | None], name: str) -> None:
    """Writes to the owner of the migration that has kept what was given back, and into the audit.

    `name` is what the vault calls it, and `of` gives the services of a workspace, None of one that is not at hand. A
    form, and a migration that is forgotten, have nobody to be written to.
    """
    task_id = kept_by(name)
    thread = threads.load(task_id) if task_id else None
    services = None if thread is None else of(thread.team)
    if thread is None or services is None:
        return
    services.outbox.put(letter(f"given back:{name}", thread.owner, GIVEN_BACK.format(task_id)))
    came_of(services, thread.owner, What.REVOKE, task_id, Outcome(Result.DONE), Surface.OMM)
