"""Retry: a migration that has ended runs again for what is missing, after its passwords were typed where needed."""

from __future__ import annotations

from slack_bolt import Ack, App

from bot import steering
from bot.ids import Action
from bot.listeners import authorise
from bot.listeners.interaction import Interaction
from bot.listeners.reply import asker, show
from bot.services import Services
from bot.steering import ConsentNeeded, PasswordsNeeded
from bot.views import dialogs
from bot.where_typed import ways

TYPE_ANEW = (
    "Only what is missing is copied: what failed, what is new at the source, and what another rollback removed. "
    "For security, a password is kept only as long as it is needed. Please type it once more."
)


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.action(Action.RETRY)(pressed)


def pressed(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Puts it back in line; asks first for the passwords that are no longer kept, usually the source's."""
    came = steering.retry(services, asker(services, interaction), interaction.value, interaction.this)
    ack()
    if isinstance(came, PasswordsNeeded):
        where = ways(services)
        show(services, interaction, dialogs.password_form(came.migration, came.sides, TYPE_ANEW, "retry", ways=where))
    elif isinstance(came, ConsentNeeded):
        show(services, interaction, authorise.window(services, interaction, came))
