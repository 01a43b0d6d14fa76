"""A long history of many people, told again from the audit alone."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import fakeredis

import wiring
from bot import following, forgetting, rolling_back, starting, steering
from bot.buttons import NoLongerError
from bot.following import Following
from bot.people import Person
from bot.permissions import NotAllowedError, Operator
from bot.services import Services, Try
from bot.steering import PasswordsNeeded
from bot.stored.audit_entries import Entry, Result, Surface, What
from bot.stored.deletions import Agreed
from bot.stored.drafts import Fields
from bot.work import beside
from engine.errors import InputError, OmmError, Side
from engine.migration.back import Expected
from engine.pace.halt import Halt
from engine.store.vault import Secret
from jobs import Queues, WorkerContext, carry_out
from terminal.session import Tasks, tasks_of
from tests.servers.signed_world import services_on
from tests.servers.workspace import TEAM
from tests.unit.life.world import Life
from tests.unit.listeners.door import WebDoor

ACTS, SEED = 500, 7
ELSEWHERE = "T0ELSEWHER"
ANN, BEN = Person("U0ANN00001", TEAM, (TEAM,)), Person("U0BEN00001", TEAM, (TEAM,))
ADMIN = Person("U0ADMIN001", TEAM, (TEAM,), is_admin=True)
GUEST = Person("U0GUEST001", TEAM, (TEAM,), is_guest=True)
STRANGER = Person("U0BOSS0001", ELSEWHERE, (ELSEWHERE,), is_admin=True)
FIELDS = Fields(
    source_server="imap.example.net", source_login="old", offer="exchange", destination_server="ex.example.org",
    destination_login="new",
)
TYPED = {Side.SOURCE: Secret("one"), Side.DESTINATION: Secret("two")}
SURFACES = (Surface.CARD, Surface.DIALOG, Surface.COMMAND)
BESIDE = (What.STATE, What.FORGOTTEN, What.PASSWORD, What.START)        # not what somebody did in this test

Act = tuple[What, Callable[[Any, Any, str], object]]
IN_SLACK: tuple[Act, ...] = (
    (What.PAUSE, steering.pause),
    (What.CANCEL, steering.cancel),
    (What.STOP, steering.stop),
    (What.RESUME, lambda *who: steering.resume(*who, typed=TYPED)),
    (What.RESUME, steering.resume),
    (What.COPY_AGAIN, steering.copy_again),
    (What.RETRY, lambda *who: steering.retry(*who, typed=TYPED)),
    (What.RETRY, steering.retry),
    (What.ROLLBACK, lambda *who: rolling_back.roll_back(*who, Expected(0, 0))),
    (What.ACCESS, lambda *who: rolling_back.give_access(*who, TYPED)),
    (What.FOLLOW, following.follow),
    (What.FOLLOW, lambda *who: following.prove(*who, "old")),
    (What.FOLLOW, lambda *who: following.prove(*who, "another")),
    (What.FORGET, forgetting.forget),
)
AT_THE_TERMINAL: tuple[Act, ...] = (
    (What.PAUSE, steering.pause),
    (What.CANCEL, steering.cancel),
    (What.STOP, steering.stop),
    (What.RESUME, lambda *who: steering.go_on(*who, TYPED)),
    (What.RETRY, lambda *who: steering.begin_retry(*who, TYPED)),
    (What.FORGET, forgetting.forget_here),
)


def came_to(do: Callable[[], object]) -> Result | None:
    """What whoever does it is told; None: to do something else first."""
    try:
        came = do()
    except (NotAllowedError, NoLongerError, InputError):
        return Result.REFUSED
    except OmmError:
        return Result.FAILED
    if came is Following.LOGIN_NEEDED or isinstance(came, PasswordsNeeded):
        return None
    return Result.REFUSED if came in (Following.WRONG, Following.TOO_MANY) else Result.DONE


@dataclass
class House:
    """A workspace at work, with a terminal beside it and a second workspace on the same store.

    `acts` are when, who, from where, what, on which task, with which result.
    """

    life: Life
    chance: random.Random
    acts: list[tuple[datetime, str, str, str, str, str]] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.life.engine = self.life.engine.with_hooks(beside.recording(self.life.redis, self.life.clock))
        self.door = WebDoor(self.life)
        opened = wiring.Doors(self.life.engine, self.life.redis, "")
        self.elsewhere = services_on(opened, team=ELSEWHERE)
        self.terminal = tasks_of(opened)
        self.worker = WorkerContext(self.door.services, self.door.orders, Queues(self.life.redis))

    def somebody_acts(self) -> None:
        """One act of somebody, on a task of anybody, or on none that there is."""
        self.life.clock.move(seconds=self.chance.choice((1, 40, 5000)))
        task_id = self.chance.choice([*self.tasks, *self.tasks[-8:], "0000-0000"])
        turn = self.chance.random()
        if turn < 0.12 or not self.tasks:
            self._sends_a_form(self.chance.choice((ANN, BEN)))
        elif turn < 0.13:
            shown = Agreed(self.life.clock().timestamp())
            self._in_slack(
                self.chance.choice((ANN, BEN, GUEST)), What.DELETE_DATA, "",
                lambda at, who: forgetting.delete_data(at, who, shown),
            )
        elif turn < 0.3:
            what, do = self.chance.choice(AT_THE_TERMINAL)
            self._does(self.terminal, Operator(), self.terminal.trail.operator, what, task_id, do)
        else:
            what, do = self.chance.choice(IN_SLACK)
            person = self.chance.choice((ANN, BEN, ADMIN, ADMIN, ADMIN, ADMIN, GUEST, STRANGER))
            if what is not What.FORGET or self.chance.random() < 0.3:
                self._in_slack(person, what, task_id, lambda at, who: do(at, who, task_id))

    def _sends_a_form(self, person: Person) -> None:
        draft = self.door.services.drafts.new(team=TEAM, owner=person.id, channel="")
        self._in_slack(
            person, What.SEND, draft.id,
            lambda at, who: starting.send_form(at, who, draft.id, FIELDS, TYPED, view_id="V1"),
        )
        self.tasks.append(draft.id)

    def _in_slack(
        self, person: Person, what: What, task_id: str, do: Callable[[Services, Person], object]
    ) -> None:
        services = self.elsewhere if person is STRANGER else self.door.services
        at = services.at(self.chance.choice(SURFACES), Try(self.life.clock()))
        self._does(at, person, person.id, what, task_id, lambda at, who, _task: do(at, who))

    def _does(
        self, at: Services | Tasks, person: Person | Operator, who: str, what: What, task_id: str,
        do: Callable[[Any, Any, str], object],
    ) -> None:
        result = came_to(lambda: do(at, person, task_id))
        if result is not None:
            self.acts.append((self.life.clock(), who, at.trail.surface, what, task_id, result))

    def workers_work(self) -> None:
        """Some of what was ordered is carried out."""
        for order in self.door.orders.all():
            if self.chance.random() < 0.5:
                with suppress(OmmError):
                    carry_out(self.worker, order.key, Halt())


def told(entries: list[Entry]) -> list[tuple[datetime, str, str, str, str, str]]:
    """The same from the audit, in the order in which it was written; without what workers made of it."""
    did = [entry for entry in entries if entry.what not in BESIDE and entry.surface != Surface.OMM]
    return [(e.at, e.who, e.surface, e.what, e.task, e.result) for e in did]


def ended_as(entries: list[Entry]) -> dict[str, str]:
    """Where each task stands, by the audit."""
    found: dict[str, str] = {}
    for entry in entries:
        if entry.what == What.START and entry.result == Result.DONE:
            found[entry.task] = "waiting"
        elif entry.what == What.STATE:
            found[entry.task] = entry.state
        elif entry.what == What.FORGOTTEN:
            found[entry.task] = "forgotten"
    return found


def test_a_history_is_told_from_the_audit_alone(tmp_path: Path) -> None:
    """Who did what, when, from where, to which task, with what result; and where each task stands in the end."""
    house = House(Life(fakeredis.FakeServer(), tmp_path), random.Random(SEED))
    while len(house.acts) < ACTS:
        house.somebody_acts()
        if house.chance.random() < 0.1:
            house.workers_work()

    audit = house.door.services.trail.audit
    by_team = {team: list(audit.entries(team))[::-1] for team in audit.teams()}
    entries = [placed.entry for placed in chain.from_iterable(by_team.values()) if placed.entry is not None]
    stand = {one.task_id: one.state.value for one in house.life.engine.store.all()}

    assert sorted(told(entries)) == sorted(house.acts)
    assert told([one.entry for one in by_team[ELSEWHERE] if one.entry]) == [
        act for act in house.acts if act[1] == STRANGER.id
    ]
    assert {task: state for task, state in ended_as(entries).items() if state != "forgotten"} == stand
    assert {"waiting", "running", "paused", "completed", "cancelled"} <= {entry.state for entry in entries}
    assert {"waiting", "completed", "forgotten"} <= set(ended_as(entries).values())
    assert {result for *_, result in house.acts} == {Result.DONE, Result.REFUSED}
    assert len({who for _, who, *_ in house.acts}) == 6
