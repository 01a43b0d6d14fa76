"""Rollback: a dialog that counts what would be removed, and the order to remove it."""

from __future__ import annotations

from slack_bolt import Ack, App

from bot import ids, rolling_back
from bot.ids import Action
from bot.listeners.interaction import Interaction
from bot.listeners.reply import asker, show
from bot.services import Services
from bot.views import dialogs, forms
from engine.migration.back import Expected


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.action(Action.ROLLBACK)(pressed)
    app.view(ids.View.ROLLBACK)(confirmed)


def pressed(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Opens the dialog, which a job fills in."""
    ack()
    person = asker(services, interaction)
    migration = rolling_back.check_dialog(services, person, interaction.value)
    view_id = show(services, interaction, dialogs.rollback_counting(migration))
    rolling_back.count(services, person, interaction.value, view_id)


def confirmed(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Has removed what the dialog has shown; if it would be something else by then, they are asked again."""
    if not interaction.repeated:
        agreed = forms.confirmed(interaction.screen.metadata)
        rolling_back.roll_back(
            services, asker(services, interaction), agreed.task_id,
            Expected(agreed.items, agreed.kept, agreed.counting_on_it), interaction.this,
            discard=forms.discard(interaction.screen.values), agrees=forms.agreed(interaction.screen.values),
        )
    ack()
