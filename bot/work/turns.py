"""Turns: which migrations may work now, where the admins of a workspace have set how many may at once.

The oldest come first. One that waits for a server lets others pass, but at its two servers: the first in line at a full
one has its place at the other one, too, so that younger ones do not take turns at both for ever. One that waits for its
owner's other migrations lets others pass, and no younger one of the same owner passes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping

from bot.services import Services
from bot.stored.policies import Policy
from bot.stored.room import Wanting
from engine.errors import UnreadableError
from engine.migration.record import Migration

WAITING = "waiting for "        # a stage begins with it
IN_ALL = WAITING + "its turn: in this workspace, {} may work at once"
OF_A_HOST = WAITING + "its turn: in this workspace, {} may work with one server at once"
OF_A_PERSON = WAITING + "its turn: in this workspace, {} of one person may work at once"
OF_AN_OLDER = WAITING + "its turn: an older migration of the same person goes first"
UNREAD = WAITING + "the settings of this workspace, which OMM cannot read. Its operator can see to it"


def waiting(policy: Policy, known: Mapping[str, Wanting], at_work: Collection[str]) -> Mapping[str, str]:
    """What each migration of one workspace that is not at work waits for, by task ID. Left out: its turn has come.

    `known` are all of them, and `at_work` is the IDs of those that are.
    """
    line, found = _Line(policy), {}
    for task_id in sorted(known, key=lambda task_id: (task_id not in at_work, known[task_id].since, task_id)):
        each = known[task_id]
        if task_id not in at_work and (words := line.full(each)):
            found[task_id] = words
            line.waits(each)
        else:
            line.works(each)
    return found


class _Line:
    """Whoever was looked at so far: at work, or older than the next one."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._busy = 0
        self._hosts: Counter[str] = Counter()       # at work, and places that are kept
        self._working: Counter[str] = Counter()     # by owner
        self._waiting: Counter[str] = Counter()     # by owner
        self._awaited: set[str] = set()             # servers

    def works(self, wanting: Wanting) -> None:
        """Counts one that is at work, or may be."""
        self._busy += 1
        self._hosts.update(set(wanting.hosts))
        self._working[wanting.owner] += 1

    def waits(self, wanting: Wanting) -> None:
        """Counts one that waits. Whoever is the first in line at its full servers keeps a place at each of its own."""
        held_up = self._of_its_owner(wanting)
        self._waiting[wanting.owner] += 1
        full = {host for host in wanting.hosts if self._is_full(host)}
        if held_up or not full:
            return
        first = self._awaited.isdisjoint(full)
        self._hosts.update(set(wanting.hosts) if first else ())
        self._awaited.update(wanting.hosts if first else full)

    def full(self, wanting: Wanting) -> str:
        """What one more would be too many of; '' for nothing."""
        if words := self._of_its_owner(wanting):
            return words
        if any(map(self._is_full, wanting.hosts)):
            return _limited(OF_A_HOST, self._policy.most_with_a_host)
        most = self._policy.most
        return _limited(IN_ALL, most) if most is not None and self._busy >= most else ""

    def _of_its_owner(self, wanting: Wanting) -> str:
        most, working = self._policy.most_of_a_person, self._working[wanting.owner]
        if most is None or working + self._waiting[wanting.owner] < most:
            return ""
        return _limited(OF_A_PERSON, most) if working >= most else OF_AN_OLDER

    def _is_full(self, host: str) -> bool:
        return self._policy.most_with_a_host is not None and self._hosts[host] >= self._policy.most_with_a_host


def _limited(words: str, most: int | None) -> str:
    return words.format("1 migration" if most == 1 else f"{most:,} migrations")


def take(services: Services, migration: Migration, team: str, owner: str, policy: Policy) -> str:
    """Takes the room that a migration needs, if it is its turn. Returns what it waits for, '' for nothing.

    Whoever calls this has the lease of its order, which keeps the room.
    """
    words = ""

    def decide(others: Mapping[str, Wanting]) -> Wanting:
        nonlocal words
        request = migration.request
        wants = Wanting(team, owner, (request.source.host, request.destination.host), migration.created)
        of_team = {task_id: each for task_id, each in others.items() if each.team == team}
        at_work = at_work_of(of_team, services.engine.store.held)
        words = waiting(policy, {**of_team, migration.task_id: wants}, at_work).get(migration.task_id, "")
        return Wanting(team, owner, wants.hosts, wants.since, began=not words)

    services.room.settle(migration.task_id, decide)
    return words


def at_work_of(known: Mapping[str, Wanting], held: Callable[[str], str | None]) -> frozenset[str]:
    """The IDs of those that have room and a process. `held` says who has a lease."""
    return frozenset(task_id for task_id, each in known.items() if each.began and held(f"job:migrate:{task_id}"))


def without_room(
    known: Mapping[str, Wanting], load: Callable[[str], Policy], held: Callable[[str], str | None]
) -> frozenset[str]:
    """The IDs of all migrations whose turn has not come. `load` gives the policy of a workspace.

    Nothing new begins where that cannot be read.
    """
    found: set[str] = set()
    for team in {each.team for each in known.values()}:
        of_team = {task_id: each for task_id, each in known.items() if each.team == team}
        at_work = at_work_of(of_team, held)
        try:
            found.update(waiting(load(team), of_team, at_work))
        except UnreadableError:
            found.update(of_team.keys() - at_work)
    return frozenset(found)
