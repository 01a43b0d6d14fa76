"""Switching on: the button of the card for an out-of-office that was left off."""

from __future__ import annotations

from slack_bolt import Ack, App

from bot import switching_on
from bot.ids import Action
from bot.listeners.interaction import Interaction
from bot.listeners.reply import asker
from bot.services import Services


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.action(Action.SWITCH_ON)(pressed)


def pressed(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Acknowledged when it is ordered; a job does it."""
    switching_on.switch_on(services, asker(services, interaction), interaction.value, interaction.this)
    ack()
