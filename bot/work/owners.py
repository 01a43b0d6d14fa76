"""Owners: who is told that a service account opens their mailbox, looked up in Slack by its address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from slack_sdk.errors import SlackApiError

from bot.audit.auditing import opened
from bot.people import NoScopeError, UnknownPersonError
from bot.service_accounts import approval_of
from bot.services import Services
from bot.slack_errors import why
from bot.stored.drafts import Draft
from bot.work.screen import PAUSES, TRANSIENT
from engine.errors import Side
from engine.migration.account import Account
from engine.migration.request import MigrationRequest
from engine.pace.halt import Halt

NOT_TOLD = "the settings of this workspace say that owners are not told"
NOBODY = "nobody in this workspace has this address in Slack"
NO_SCOPE = "OMM may not look people up by their address here, which takes the scope users:read.email"
UNSAID = "Slack did not say whose address it is"


@dataclass(frozen=True, slots=True)
class MailboxOwner:
    """Who is told, by Slack ID; '' for nobody, and then `why` nobody is."""

    user: str = ""
    why: str = ""

    @property
    def words(self) -> str:
        """For the audit."""
        return f"its owner <@{self.user}> is told" if self.user else f"nobody is told: {self.why}"


def owners(services: Services, halt: Halt, request: MigrationRequest) -> Mapping[Side, MailboxOwner]:
    """The owners of the mailboxes that a service account opens, by side."""
    return {side: owner_of(services, halt, account) for side, account in ends(request) if account.mailbox}


def write_down(
    services: Services, draft: Draft, request: MigrationRequest, told: Mapping[Side, MailboxOwner]
) -> None:
    """Writes into the audit which service account opens which mailbox, who has approved it, and who is told."""
    approval = approval_of(services, draft.id, draft.owner, draft.fields)
    by = f"approved by <@{approval.decider}>; " if approval is not None else ""
    for side, account in ends(request):
        if side in told:
            opened(services, draft, side, account, f"{by}{told[side].words}")


def ends(request: MigrationRequest) -> tuple[tuple[Side, Account], ...]:
    """Both accounts, by side."""
    return (Side.SOURCE, request.source), (Side.DESTINATION, request.destination)


def owner_of(services: Services, halt: Halt, account: Account) -> MailboxOwner:
    """Who is told that a service account opens that mailbox. Slack is asked for some seconds. Raises HaltedError."""
    if not services.policies.load(services.team).tells_owner:
        return MailboxOwner(why=NOT_TOLD)
    for pause in (*PAUSES, None):
        halt.check()
        try:
            found = services.people.with_address(account.mailbox)
        except NoScopeError:
            return MailboxOwner(why=NO_SCOPE)
        except UnknownPersonError as error:
            if pause is None or not _passes(error.__cause__):
                break
            halt.wait(pause)
            continue
        nobody = found is None or found.deleted or found.is_bot or services.team not in found.teams
        return MailboxOwner(why=NOBODY) if found is None or nobody else MailboxOwner(found.id)
    return MailboxOwner(why=UNSAID)


def _passes(error: BaseException | None) -> bool:
    """True: Slack may answer soon."""
    return not isinstance(error, SlackApiError) or why(error) in TRANSIENT
