"""Approval: the buttons Approve and Deny of whoever is asked, and the one by which the asker takes it back."""

from __future__ import annotations

from slack_bolt import Ack, App

from bot.approvals import approving
from bot.ids import Action
from bot.listeners.interaction import Interaction
from bot.listeners.reply import asker
from bot.services import Services
from bot.stored.approvals import Subject
from bot.stored.audit_entries import What


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.action(Action.APPROVE)(approved)
    app.action(Action.DENY)(denied)
    app.action(Action.WITHDRAW)(withdrawn)


def approved(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Has it done. The message says so soon, in the place of its buttons."""
    person = asker(services, interaction)
    subject, about, edition = approving.named(services, person, What.APPROVE, interaction.value)
    approving.approve(services, person, subject, about, interaction.this, edition=edition)
    ack()


def denied(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Has it left undone."""
    person = asker(services, interaction)
    subject, about, edition = approving.named(services, person, What.DENY, interaction.value)
    approving.deny(services, person, subject, about, interaction.this, edition=edition)
    ack()


def withdrawn(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Takes back a rollback that was asked for."""
    approving.withdraw(
        services, asker(services, interaction), Subject.ROLLBACK, interaction.value, interaction.this
    )
    ack()
