"""Turns: which migrations may work now, where the admins of a workspace have set how many may at once.

The oldest come first. One that waits for its server lets others pass, and one that waits for its owner's other
migrations, too; but no younger one of the same owner passes it, so that it never waits for ever.
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
UNREAD = WAITING + "the settings of this workspace, which OMM cannot read. Its operator can see to it"


def waiting(policy: Policy, known: Mapping[str, Wanting], at_work: Collection[str]) -> Mapping[str, str]:
    """What each migration of one workspace that is not at work waits for, by task ID. Left out: its turn has come.

    `known` are all of them, and `at_work` is the IDs of those that are.
    """
    hosts: Counter[str] = Counter()
    owners: Counter[str] = Counter()
    busy, found = 0, {}
    for task_id in sorted(known, key=lambda task_id: (task_id not in at_work, known[task_id].since, task_id)):
        each = known[task_id]
        if task_id not in at_work and (full := _full(policy, each, busy, hosts, owners)):
            found[task_id] = full
        else:
            busy += 1
            hosts.update(set(each.hosts))
        owners[each.owner] += 1
    return found


def _full(
    policy: Policy, wanting: Wanting, busy: int, hosts: Mapping[str, int], owners: Mapping[str, int]
) -> str:
    """What one more would be too many of; '' for nothing."""
    of_a_host = max((hosts.get(host, 0) for host in wanting.hosts), default=0)
    limits = (
        (policy.most_of_a_person, owners.get(wanting.owner, 0), OF_A_PERSON),
        (policy.most_with_a_host, of_a_host, OF_A_HOST),
        (policy.most, busy, IN_ALL),
    )
    return next((
        words.format("1 migration" if most == 1 else f"{most:,} migrations")
        for most, taken, words in limits if most is not None and taken >= most
    ), "")


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
