"""Pausing all: an admin holds up everybody's migrations of the workspace, and lets them go on.

While they are held up, what a worker moves goes back in line at its next batch, and what is in line stays there; what a
person has paused, cancelled or is rolling back is none of our business. So nothing is written down of any migration,
and going on needs no list of those that were stopped.

All raise NotAllowedError, and NoLongerError for what somebody else has done already.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from bot.audit.auditing import audited
from bot.buttons import NoLongerError
from bot.people import Person
from bot.permissions import Actor, check_admin
from bot.services import FIRST, TaskServices, Try
from bot.stored.audit_entries import What
from bot.stored.lists import Lists
from bot.stored.opened_homes import OpenedHomes
from bot.stored.policies import Policies, Policy
from engine.migration.states import UNDER_WAY


class HoldingServices(TaskServices, Protocol):
    """What holding everybody up needs: what steering a task needs, the policies, and what shows them."""

    @property
    def policies(self) -> Policies:
        """What the admins have set."""
        ...

    @property
    def lists(self) -> Lists:
        """The migrations of the workspace."""
        ...

    @property
    def homes(self) -> OpenedHomes:
        """The home tabs that are to be drawn anew."""
        ...


@audited(What.PAUSE_ALL)
def pause_all(services: HoldingServices, person: Actor, this: Try = FIRST) -> Policy:
    """Holds up everybody's migrations of the workspace. Returns its policy as it is then."""
    _check(services, person)
    now = this.at or services.clock()

    def paused(before: Policy) -> Policy:
        if _is_settled(before, this):
            return before
        if before.is_paused:
            raise NoLongerError("Everybody's migrations are paused already.")
        return replace(before, is_paused=True, paused_by=person.id, paused_at=now, turned=now)

    return _changed(services, paused)


@audited(What.GO_ON)
def let_all_go_on(services: HoldingServices, person: Actor, this: Try = FIRST) -> Policy:
    """Lets them go on: all but those that a person has paused. Returns the policy as it is then."""
    _check(services, person)

    def going_on(before: Policy) -> Policy:
        if _is_settled(before, this):
            return before
        if not before.is_paused:
            raise NoLongerError("Everybody's migrations are not paused.")
        return replace(before, is_paused=False, paused_by="", paused_at=None, turned=this.at or services.clock())

    return _changed(services, going_on)


def _is_settled(policy: Policy, this: Try) -> bool:
    """True: the first try at this very press has come to it, or somebody has pressed since: what they want holds."""
    return this.again and this.at is not None and policy.turned is not None and policy.turned >= this.at


def _check(services: HoldingServices, person: Actor) -> None:
    if isinstance(person, Person):
        check_admin(person, services.team)


def _changed(services: HoldingServices, do: Callable[[Policy], Policy]) -> Policy:
    """Changes the policy, and has everything drawn anew that shows it."""
    after = services.policies.change(services.team, do)
    services.threads.all_changed(services.lists.begun_in(services.team, sorted(UNDER_WAY)))
    services.homes.all_changed(services.team)
    return after
