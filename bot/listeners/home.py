"""Home: a person's own tasks in the app's home tab, and their data deleted; the day on which the app is removed."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from slack_bolt import Ack, App
from slack_bolt.context import BoltContext

from bot import forgetting, ids
from bot.drawn import NotDrawnError
from bot.ids import Action
from bot.listeners.interaction import Interaction
from bot.listeners.reply import asker, show
from bot.notices import home_tab
from bot.permissions import NotAllowedError
from bot.services import Services
from bot.stored.deletions import agreed
from bot.views.home import delete_dialog

AHEAD = 60.0        # seconds that the clock of another machine of ours, which drew the dialog, may be before ours
log = logging.getLogger(__name__)


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.event("app_home_opened")(opened)
    app.action(Action.DELETE)(pressed)
    app.view(ids.View.DELETE)(confirmed)
    app.event("app_uninstalled")(removed)
    app.event("tokens_revoked")(revoked)


def opened(services: Services, interaction: Interaction) -> None:
    """Draws it for members of this workspace; tells all others why they cannot use the app."""
    with suppress(NotAllowedError):
        home_tab.opened(services, asker(services, interaction))
        home_tab.draw(services, services.team, interaction.user)


def pressed(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Says first what goes and what stays."""
    ack()
    person = asker(services, interaction)
    try:
        found = forgetting.own_data(services, person)
    finally:
        home_tab.opened(services, person)
    show(services, interaction, delete_dialog(found, services.clock()))


def confirmed(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Orders it; the home tab says that it is under way."""
    if not interaction.repeated:
        was_agreed = agreed(interaction.screen.metadata)
        if not was_agreed.at <= services.clock().timestamp() + AHEAD:
            raise NotDrawnError
        forgetting.delete_data(services, asker(services, interaction), was_agreed, interaction.this)
    ack()
    home_tab.draw_quietly(services, services.team, interaction.user)


def removed(context: BoltContext) -> None:
    """The app was taken out of the workspace. Migrations under way go on: half a mailbox is no use to anybody."""
    log.warning("Slack has taken our token back (%s). Migrations go on; nobody sees their cards.", context.team_id)


def revoked(context: BoltContext, event: Mapping[str, Any]) -> None:
    """Tokens are no longer good: ours, or one that a person's Sign in with Slack had made, of which we kept nothing.

    `tokens` has the users of either kind (docs.slack.dev/reference/events/tokens_revoked).
    """
    tokens = event.get("tokens")
    if isinstance(tokens, Mapping) and tokens.get("bot"):
        removed(context)
