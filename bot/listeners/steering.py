"""Steering: the buttons Pause, Resume and Copy everything again.

A click is acknowledged when what it asks for is written down: one whose door dies before that comes again, or leaves a
warning sign behind.
"""

from __future__ import annotations

from slack_bolt import Ack, App

from bot import steering
from bot.ids import Action
from bot.listeners import authorise
from bot.listeners.interaction import Interaction
from bot.listeners.reply import asker, show
from bot.services import Services
from bot.steering import Came, ConsentNeeded, PasswordsNeeded
from bot.views import dialogs
from bot.where_typed import ways

NOT_KEPT = "For security, passwords are kept only as long as they are needed. Please type it once more."


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.action(Action.PAUSE)(pause)
    app.action(Action.RESUME)(resume)
    app.action(Action.AUTHORISE)(resume)
    app.action(Action.COPY_AGAIN)(copy_again)


def pause(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Stops at the next batch."""
    steering.pause(services, asker(services, interaction), interaction.value, interaction.this)
    ack()


def resume(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Goes on, after asking for a password that was refused or is not kept, or for a consent."""
    came = steering.resume(services, asker(services, interaction), interaction.value, interaction.this)
    _answer(ack, services, interaction, came)


def copy_again(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Goes on although nothing of what was copied earlier can be seen: everything is copied again."""
    came = steering.copy_again(services, asker(services, interaction), interaction.value, interaction.this)
    _answer(ack, services, interaction, came)


def _answer(ack: Ack, services: Services, interaction: Interaction, came: Came) -> None:
    ack()
    if isinstance(came, PasswordsNeeded):
        stopped = came.migration.attention
        words = stopped.words if stopped and stopped.side in came.sides else NOT_KEPT
        where = ways(services)
        show(services, interaction, dialogs.password_form(came.migration, came.sides, words, "resume", ways=where))
    elif isinstance(came, ConsentNeeded):
        show(services, interaction, authorise.window(services, interaction, came))
