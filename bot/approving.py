"""Approving: what one person asks for, and a second one allows or refuses.

A decision is written down first, and only once. What it brings about follows in `finish`, which may be called again:
whoever decides calls it, and `bot/work/approvals.py` where their process has died. All raise NotAllowedError, and
NoLongerError where somebody else was quicker, or there is nothing (any more) to decide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.approved import WAYS
from bot.auditing import Outcome, attempt, audited, came_of
from bot.buttons import NoLongerError
from bot.people import Person
from bot.permissions import NotAllowedError, check_admin, check_member
from bot.services import FIRST, Services, Try
from bot.stored.approvals import LASTS, Approval, Decision, Subject
from bot.stored.audit_entries import Result, What
from bot.stored.outbox import Letter
from bot.stored.threads import Act

GONE = "There is nothing to decide any more. Perhaps the migration's data has been deleted."
EXPIRED = "The time to decide that is over."
OWN = "You have asked for this yourself, so somebody else has to decide it: another admin of this workspace."
NOT_NAMED = "Only the admins who are named for service accounts can decide that."
ACTS: Mapping[Decision, Act] = {
    Decision.APPROVED: Act.APPROVE, Decision.DENIED: Act.DENY, Decision.WITHDRAWN: Act.WITHDRAW,
    Decision.EXPIRED: Act.EXPIRE,
}


@audited(What.ASK)
def ask(  # noqa: PLR0913 - who asks for what
    services: Services, person: Person, subject: Subject, about: str, arguments: Mapping[str, Any], this: Try = FIRST
) -> Approval:
    """Asks a second person to allow it, and returns the request. `about` is as in Subject.

    `arguments` are what is done when it is approved (`bot/approved.py`), never a secret. Asked twice by the same click,
    it is one request. A job finds out who may decide, and has them told; where nobody may, it says so to the asker.
    """
    raise NotImplementedError


@audited(What.APPROVE)
def approve(  # noqa: PLR0913 - who decides what
    services: Services, person: Person, subject: Subject, about: str, this: Try = FIRST, *, edition: str = ""
) -> Approval:
    """Allows what was asked for, and orders it. Returns the request.

    `edition` is that of the request whose button was pressed; '' for whatever is asked now.
    """
    raise NotImplementedError


@audited(What.DENY)
def deny(  # noqa: PLR0913 - as above
    services: Services, person: Person, subject: Subject, about: str, this: Try = FIRST, *, edition: str = ""
) -> Approval:
    """Refuses what was asked for. Returns the request."""
    raise NotImplementedError


@audited(What.WITHDRAW)
def withdraw(services: Services, person: Person, subject: Subject, about: str, this: Try = FIRST) -> Approval:
    """Takes back what the person has asked for. Returns the request."""
    raise NotImplementedError
