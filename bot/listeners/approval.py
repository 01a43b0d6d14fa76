"""Approval: the buttons Approve and Deny of whoever is asked, and the one by which the asker takes it back."""

from __future__ import annotations

from slack_bolt import Ack, App

from bot import approving
from bot.buttons import NoLongerError
from bot.ids import Action
from bot.listeners.interaction import Interaction
from bot.listeners.reply import asker
from bot.services import Services
from bot.stored.approvals import Subject


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.action(Action.APPROVE)(approved)
    app.action(Action.DENY)(denied)
    app.action(Action.WITHDRAW)(withdrawn)


def approved(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Has it done. The message says so soon, in the place of its buttons."""
    subject, about, edition = _parsed(interaction.value)
    approving.approve(
        services, asker(services, interaction), subject, about, interaction.this, edition=edition
    )
    ack()


def denied(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Has it left undone."""
    subject, about, edition = _parsed(interaction.value)
    approving.deny(services, asker(services, interaction), subject, about, interaction.this, edition=edition)
    ack()


def withdrawn(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Takes back a rollback that was asked for."""
    approving.withdraw(
        services, asker(services, interaction), Subject.ROLLBACK, interaction.value, interaction.this
    )
    ack()


def _parsed(value: str) -> tuple[Subject, str, str]:
    """What a button is about. Raises NoLongerError for a value that is none of ours."""
    subject, _, rest = value.partition(":")
    about, _, edition = rest.partition(":")
    if subject not in set(Subject) or not edition:
        raise NoLongerError(approving.GONE)
    return Subject(subject), about, edition
