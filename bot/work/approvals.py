"""Approvals: who can decide is found out and told; from time to time, what nobody has decided expires."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

from bot.approvals.approved import WAYS, approvers, finish
from bot.approvals.approving import NOBODY, begin, decide
from bot.buttons import NoLongerError
from bot.notices.decisions import letters_of_asked
from bot.people import UnknownPersonError
from bot.services import Services
from bot.stored.approvals import Approval, Approvals, Decision, Subject
from bot.stored.orders import GivenUp
from engine.errors import FatalError, OmmError
from engine.pace.halt import Halt

LATE = timedelta(minutes=1)     # after which whoever was at it has died
ANEW = timedelta(hours=1)       # after which it is found out once more who can decide
log = logging.getLogger(__name__)


# Telling the approvers


def tell(services: Services, halt: Halt, *, subject: str, about: str) -> bool:
    """Finds out who can decide what was asked, and has them told. False: Slack does not say it now.

    Where nobody can, it is taken back, and its asker is told what to do. May be called again.
    """
    approval = services.approvals.find(Subject(subject), about)
    if approval is None or not approval.is_waiting or approval.team != services.team:
        return True
    try:
        admins = services.people.admins(halt.wait)
    except UnknownPersonError as error:
        log.warning("nobody is told yet of %s: %s", approval.key, error)
        return False
    people = approvers(services, approval.subject, approval.asker, admins)
    if not people:
        _take_back(services, approval, WAYS[approval.subject].nobody or NOBODY)
        return True

    def told(now: Approval | None) -> Approval | None:
        if now is None or now.edition != approval.edition or not now.is_waiting:
            return now
        asked = MappingProxyType({**dict.fromkeys(people, ("", "")), **now.told})
        return replace(now, told=asked, looked=services.clock())

    first = not approval.told
    services.approvals.change(approval.subject, about, told, letters_of_asked if first else lambda _again: ())
    return True


def give_up(services: Services, *, subject: str, about: str, why: GivenUp) -> None:
    """Takes the request back, and tells its asker that we are at fault."""
    approval = services.approvals.find(Subject(subject), about)
    if approval is not None and approval.is_waiting and approval.team == services.team and not approval.told:
        _take_back(services, approval, why.value)


def _take_back(services: Services, approval: Approval, why: str) -> None:
    with suppress(NoLongerError):       # forgotten meanwhile
        finish(services, decide(services, approval, Decision.WITHDRAWN, "", why=why))


# From time to time


def look(approvals: Approvals, services_of: Callable[[str], Services]) -> None:
    """Expires what nobody has decided, and does what somebody died over. `services_of` is by workspace.

    One request that cannot be looked after stops no other. Raises FatalError.
    """
    for approval in approvals.all():
        if approval.settled:
            continue
        try:
            _look_after(services_of(approval.team), approval)
        except FatalError:
            raise
        except OmmError as error:
            log.info("%s is left for now: %s", approval.key, error)


def _look_after(services: Services, approval: Approval) -> None:
    now = services.clock()
    if not approval.is_waiting:
        if approval.decided is None or now - approval.decided >= LATE:
            finish(services, approval)
    elif why := WAYS[approval.subject].refusal(services, approval):
        _take_back(services, approval, why)
    elif now >= approval.until:
        finish(services, decide(services, approval, Decision.EXPIRED, ""))
    else:
        WAYS[approval.subject].keeps(services, approval)
        if not approval.told and now - approval.asked >= LATE:
            begin(services, approval)
        elif now - (approval.looked or approval.asked) >= ANEW:     # admins come and go
            services.jobs.tell_approvers(approval.subject, approval.about)
