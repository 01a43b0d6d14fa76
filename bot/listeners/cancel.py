"""Cancel: a dialog that says what is still finished and what is skipped, or stops it now."""

from __future__ import annotations

import logging

from slack_bolt import Ack, App

from bot import ids, steering
from bot.ids import Action
from bot.listeners.interaction import Interaction
from bot.listeners.reply import asker, show
from bot.services import Services
from bot.slack_errors import SLACK_FAILS, why
from bot.views import dialogs

log = logging.getLogger(__name__)


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.action(Action.CANCEL)(pressed)
    app.action(Action.STOP)(stopped)
    app.view(ids.View.CANCEL)(confirmed)


def pressed(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Asks first."""
    ack()
    migration = steering.check_cancel(services, asker(services, interaction), interaction.value)
    show(services, interaction, dialogs.cancel_dialog(migration, services.clock()))


def confirmed(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Ends a task that only waits at once, any other after the step that it is at."""
    if not interaction.repeated:
        steering.cancel(services, asker(services, interaction), interaction.screen.metadata, interaction.this)
    ack()


def stopped(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Ends a task at the next batch, without the rest of the step that it is at; the dialog says so.

    Where the dialog was closed meanwhile, or Slack does not draw it, the card says it.
    """
    migration = steering.stop(services, asker(services, interaction), interaction.value, interaction.this)
    ack()
    try:
        services.slack.views_update(view_id=interaction.screen.id, view=dialogs.stopping(migration))
    except SLACK_FAILS as error:
        log.warning("a window does not say that a migration stops: %s", why(error))
