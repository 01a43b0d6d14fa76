"""Overseeing: everybody's migrations in a workspace, the workers and what they have to do, servers that fail.

For its admins and owners; all raise NotAllowedError. Nobody sees a migration of another workspace. One that was begun
at the terminal is seen by the admins of each, who may steer it, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.audit.auditing import audited, only_refusals
from bot.people import Person
from bot.permissions import check_admin
from bot.services import Services
from bot.stored.audit_entries import What
from bot.stored.lists import Wanted
from bot.stored.orders import QUEUES, Queue
from bot.stored.threads import Card, Seen
from bot.work.crews import Ordered
from bot.work.heartbeats import Role
from engine.errors import Cause, Side
from engine.migration.record import Migration, State

A_PAGE = 20                         # migrations
LATELY = timedelta(hours=24)        # in which what failed is counted
MOST_STOPPED = 1000                 # migrations, the newest, of which servers that fail are told
STOPPED_SINCE = (State.NEEDS_ATTENTION, State.FAILED, State.ROLLBACK_STOPPED)
OF_THE_SERVER = frozenset({
    Cause.HOST_UNKNOWN, Cause.HOST_NOT_ALLOWED, Cause.UNREACHABLE, Cause.TIMEOUT, Cause.TLS, Cause.WRONG_PROTOCOL,
    Cause.NO_EWS, Cause.TOO_OLD, Cause.FORBIDDEN, Cause.REFUSALS, Cause.BUSY,
})      # causes that are a server's, and no account's


@dataclass(frozen=True, slots=True)
class Overseen:
    """A migration as an admin sees it. `owner` is '' for one that was begun at the terminal."""

    migration: Migration
    owner: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of everybody's migrations. `first` is the place of its first in the list, from 0, of `count`."""

    wanted: Wanted
    first: int
    count: int
    found: tuple[Overseen, ...]

    @property
    def newer(self) -> int | None:
        """Where the page before begins; None without one."""
        return max(0, self.first - A_PAGE) if self.first else None

    @property
    def older(self) -> int | None:
        """Where the page behind begins; None without one."""
        return self.first + A_PAGE if self.first + A_PAGE < self.count else None


@dataclass(frozen=True, slots=True)
class Line:
    """What waits in one queue: how many orders, and since when the oldest, in seconds since 1970; 0.0 for none."""

    queue: Queue
    waiting: int
    oldest: float


@dataclass(frozen=True, slots=True)
class Failing:
    """A server for whose reasons migrations have stopped lately: why, and how many."""

    host: str
    cause: Cause
    migrations: int


@dataclass(frozen=True, slots=True)
class Working:
    """Who works, and on what. `troubled` are orders that were begun again and again."""

    absent: tuple[Role, ...]
    at_work: tuple[Ordered, ...]
    lines: tuple[Line, ...]
    troubled: tuple[Ordered, ...]
    failing: tuple[Failing, ...]


@audited(What.EVERYBODY, only_refusals)
def everybodys(services: Services, person: Person, wanted: Wanted, *, first: int = 0) -> Page:
    """A page of everybody's migrations, newest first, from that place in the list on."""
    check_admin(person, services.team)
    count, task_ids = services.lists.page(services.team, wanted, first=first, most=A_PAGE)
    if not task_ids and first:      # some have gone meanwhile
        first = max(0, (count - 1) // A_PAGE * A_PAGE)
        count, task_ids = services.lists.page(services.team, wanted, first=first, most=A_PAGE)
    found = [each for each in _looked_up(services, task_ids) if _is_wanted(each, wanted)]
    return Page(wanted, first, count, tuple(found))


def _looked_up(services: Services, task_ids: Sequence[str]) -> list[Overseen]:
    """Those of the migrations that are this workspace's, and that can be read."""
    seen = {one.task_id: one for one in services.threads.some(task_ids) if _is_ours(services, one)}
    return [
        Overseen(task, there.thread.owner if there.thread else "", there.cards)
        for task in services.engine.store.some(task_ids) if (there := seen.get(task.task_id)) is not None
    ]


def _is_ours(services: Services, seen: Seen) -> bool:
    return seen.is_read and (seen.thread is None or seen.thread.team == services.team)


def _is_wanted(found: Overseen, wanted: Wanted) -> bool:
    """True: the record says what the list has said."""
    request = found.migration.request
    hosts = {account.host.casefold() for account in (request.source, request.destination)}
    return (
        wanted.state in (None, found.migration.state) and wanted.owner in ("", found.owner)
        and (not wanted.host or wanted.host.casefold() in hosts)
    )


# Workers and servers


@audited(What.WORKERS, only_refusals)
def working(services: Services, person: Person) -> Working:
    """Who works on what for this workspace, what waits, what is tried again and again, and which servers fail."""
    check_admin(person, services.team)
    ordered = _of_this_workspace(services, services.crews.ordered())
    waiting = [one for one in ordered if not one.at_work]
    return Working(
        absent=tuple(services.crews.absent()),
        at_work=tuple(one for one in ordered if one.at_work),
        lines=tuple(_line(queue, waiting) for queue in Queue),
        troubled=tuple(one for one in ordered if one.tries),
        failing=tuple(_failing(services)),
    )


def _of_this_workspace(services: Services, ordered: Sequence[Ordered]) -> list[Ordered]:
    """Those that were ordered here, or about a task that an admin of this workspace sees."""
    strange = [one.order.about[0] for one in ordered if not one.order.team]
    ours = {seen.task_id for seen in services.threads.some(strange) if _is_ours(services, seen)}
    return [
        one for one in ordered if one.order.team == services.team or (not one.order.team and one.order.about[0] in ours)
    ]


def _line(queue: Queue, waiting: Sequence[Ordered]) -> Line:
    since = [one.order.since for one in waiting if QUEUES[one.order.kind] is queue]
    return Line(queue, len(since), min(since, default=0.0))


def _failing(services: Services) -> list[Failing]:
    """The servers for whose reasons migrations stand still since LATELY, those with the most of them first."""
    since = (services.clock() - LATELY).timestamp()
    task_ids = services.lists.of_state(services.team, STOPPED_SINCE, since)[:MOST_STOPPED]
    found = Counter(
        (host, cause) for one in _looked_up(services, task_ids) if (cause := _cause(one.migration)) is not None
        and (host := _host(one.migration))
    )
    return [Failing(host, cause, times) for (host, cause), times in found.most_common()]


def _cause(migration: Migration) -> Cause | None:
    """Why it has stopped; None for what is no server's reason."""
    stopped = migration.attention
    cause = Cause(stopped.cause) if stopped is not None and stopped.cause in set(Cause) else None
    return cause if cause in OF_THE_SERVER else None


def _host(migration: Migration) -> str:
    """The server at which it has stopped; '' where that is not known."""
    stopped, request = migration.attention, migration.request
    if stopped is None or stopped.side not in set(Side):
        return ""
    return (request.source if stopped.side == Side.SOURCE else request.destination).host
