"""Sole: makes sure that one notifier alone sends to a workspace, and knows which tasks are another workspace's."""

from __future__ import annotations

from contextlib import ExitStack, suppress

from bot.stored.threads import Threads
from engine.errors import UnreadableError
from engine.store.lease import Lease
from engine.store.store import Store

LEASE, HOLDER = "notifier", "the notifier"
MOST = 10_000       # tasks remembered


class SoleSender:
    """The leases of a workspace's notifier, held together: its own, and for the first workspace the earlier one.

    Releases that knew one workspace only had a single lease for it: while it is ours, their notifiers stand by.
    """

    def __init__(self, leases: tuple[Lease, ...]) -> None:
        """Use `acquire`."""
        self._leases = leases

    def remaining(self) -> float:
        """Seconds for which all of them are surely ours."""
        return min(lease.remaining() for lease in self._leases)

    def cover(self, seconds: float) -> None:
        """Makes sure that they are ours for `seconds` more. Raises LeaseLostError."""
        for lease in self._leases:
            lease.cover(seconds)

    def release(self) -> None:
        """Gives them back. Does nothing the second time."""
        for lease in self._leases:
            lease.release()


def acquire(store: Store, team: str, *, first: bool) -> SoleSender | None:
    """The leases of the notifier of the workspace `team`; None while another notifier has one of them.

    `first` is as in `bot.stored.conversations.Conversations`.
    """
    with ExitStack() as taken:      # what was taken is given back unless all of it is
        leases: list[Lease] = []
        for name in [LEASE, lease_of(team)] if first else [lease_of(team)]:
            found = store.acquire(name, holder=HOLDER)
            if not isinstance(found, Lease):
                return None
            leases.append(taken.enter_context(found))
        taken.pop_all()
    return SoleSender(tuple(leases))


def lease_of(team: str) -> str:
    """The name of the lease of that workspace's notifier."""
    return f"{LEASE}:{team}"


class Elsewhere:
    """The tasks that were begun in another workspace than ours: its own notifier shows them."""

    def __init__(self, threads: Threads, team: str) -> None:
        self._threads, self._team = threads, team
        self._here: set[str] = set()
        self._elsewhere: set[str] = set()

    def without(self, task_ids: list[str]) -> list[str]:
        """The same, but for those that are known to be another workspace's."""
        return [task_id for task_id in task_ids if task_id not in self._elsewhere]

    def has(self, task_id: str) -> bool:
        """True: the task was begun in another workspace. That never changes, so it is remembered."""
        if task_id not in self._here and task_id not in self._elsewhere:
            with suppress(UnreadableError):     # of a newer release: nobody knows
                self._learn(task_id)
        return task_id in self._elsewhere

    def _learn(self, task_id: str) -> None:
        thread = self._threads.load(task_id)
        if thread is None:
            return
        known = self._here if thread.team == self._team else self._elsewhere
        if len(known) >= MOST:
            known.clear()
        known.add(task_id)
