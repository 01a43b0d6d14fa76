"""Pausing everybody's migrations, and letting them go on, by the operator: in one workspace or in all.

Programs read {"workspaces": {workspace: "paused" or "going on"}}, the same where it was so already; "not changed" where
what is set there cannot be read, with exit status 2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import wiring
from bot import pausing_all
from bot.buttons import NoLongerError
from bot.pausing_all import HoldingServices
from bot.permissions import Actor, Operator
from bot.services import Trail
from bot.stored.lists import Lists
from bot.stored.opened_homes import OpenedHomes
from bot.stored.policies import Policies, Policy
from bot.stored.threads import Threads
from bot.workspace import workspaces
from engine.errors import InputError, UnreadableError
from engine.migration.visit import Engine
from engine.store.patience import PATIENCE, Patient
from terminal.session import Session, Tasks, tasks_of

NOT_CHANGED, NOT_DONE = "not changed", 2     # an exit status
NONE = "No workspace is known here yet: OMM learns which one it is from Slack."
UNKNOWN = "There is no workspace {} here. Known: {}."
STARTED_HERE = "Migrations that were started with omm are not among them: pause each with omm pause."


@dataclass(frozen=True, slots=True)
class Holding:
    """What the operator holds up everybody with, as `bot.pausing_all.HoldingServices`."""

    tasks: Tasks
    team: str
    policies: Policies
    lists: Lists
    homes: OpenedHomes

    @property
    def engine(self) -> Engine:
        """Moves mailboxes, and has the records."""
        return self.tasks.engine

    @property
    def threads(self) -> Threads:
        """Which cards are to be drawn anew."""
        return self.tasks.threads

    @property
    def clock(self) -> Callable[[], datetime]:
        """The time (UTC)."""
        return self.tasks.clock

    @property
    def trail(self) -> Trail:
        """The audit."""
        return self.tasks.trail


def run_pause_all(session: Session, team: str) -> int:
    """Pauses everybody's migrations in the workspace of that ID, '' for all."""
    return _run(session, team, pausing_all.pause_all, "paused")


def run_go_on(session: Session, team: str) -> int:
    """Lets everybody's migrations go on in the workspace of that ID, '' for all."""
    return _run(session, team, pausing_all.let_all_go_on, "going on")


def _run(session: Session, team: str, do: Callable[[HoldingServices, Actor], Policy], becomes: str) -> int:
    with session.doors() as opened:
        found = {each: _done(session, opened, each, do, becomes) for each in _chosen(opened, team)}
    session.out.say(STARTED_HERE)
    session.out.result({"workspaces": found})
    return NOT_DONE if NOT_CHANGED in found.values() else 0


def _done(
    session: Session, opened: wiring.Doors, team: str, do: Callable[[HoldingServices, Actor], Policy], becomes: str
) -> str:
    """How it is then. One workspace whose policy cannot be read keeps no other from it."""
    try:
        do(_holding(opened, team), Operator())
        session.out.say(f"{team}: everybody's migrations are {becomes}.")
    except NoLongerError as error:
        session.out.say(f"{team}: {error}")
    except UnreadableError as error:
        session.out.say(f"{team}: nothing was changed. {error}")
        return NOT_CHANGED
    return becomes


def _chosen(opened: wiring.Doors, team: str) -> list[str]:
    """The workspaces that are meant. Raises InputError for one that is not known, and where none is."""
    redis = Patient(opened.redis, patience=PATIENCE)
    known = sorted({*workspaces(redis), *Lists(opened.redis, patience=PATIENCE).teams()})
    if not known:
        raise InputError(NONE)
    if team and team not in known:
        raise InputError(UNKNOWN.format(team, ", ".join(known)))
    return [team] if team else known


def _holding(opened: wiring.Doors, team: str) -> Holding:
    redis, clock = opened.redis, opened.engine.clock
    return Holding(
        replace(tasks_of(opened), team=team), team, Policies(redis, patience=PATIENCE),
        Lists(redis, patience=PATIENCE), OpenedHomes(redis, clock=clock, patience=PATIENCE),
    )
