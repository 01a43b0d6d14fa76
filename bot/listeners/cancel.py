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
from bot.views import dialogs, forms
from bot.views.modals import View
from engine.migration.record import Migration
from engine.migration.states import Ask

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
    show(services, interaction, _dialog(services, migration))


def _dialog(services: Services, migration: Migration) -> View:
    asked = steering.is_asked(services, migration, Ask.CANCEL)
    return dialogs.cancel_dialog(migration, services.clock(), asked=asked)


def confirmed(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Ends a task that only waits at once, any other after the step that it is at.

    Where that is no longer what the dialog has said, because the task has gone on meanwhile, it is drawn anew.
    """
    task_id, said = forms.cancelled(interaction.screen.metadata)
    if interaction.repeated:
        ack()
        return
    person = asker(services, interaction)
    if not interaction.tried:
        migration = steering.check_cancel(services, person, task_id)
        if said not in ("", dialogs.finished_first(migration) or dialogs.AT_ONCE):
            ack(response_action="update", view=_dialog(services, migration))
            return
    steering.cancel(services, person, task_id, interaction.this)
    ack()


def stopped(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Ends a task at the next batch, without the rest of the step that it is at; the dialog says so.

    Where it was pressed on the card, the dialog was closed meanwhile, or Slack does not draw it, the card says it.
    """
    migration = steering.stop(services, asker(services, interaction), interaction.value, interaction.this)
    ack()
    if interaction.view is None:
        return
    try:
        services.slack.views_update(view_id=interaction.screen.id, view=dialogs.stopping(migration))
    except SLACK_FAILS as error:
        log.warning("a window does not say that a migration stops: %s", why(error))
