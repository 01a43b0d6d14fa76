"""Home: a person's own tasks in the app's home tab; and the day on which the app is removed."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from slack_bolt import App
from slack_bolt.context import BoltContext

from bot.deed import Deed
from bot.desk import Desk
from bot.home import home
from bot.permissions import NotAllowedError, check_member
from engine.errors import InputError, UnreadableError
from engine.migration import Migration

log = logging.getLogger(__name__)


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.event("app_home_opened")(opened)
    app.event("app_uninstalled")(removed)
    app.event("tokens_revoked")(removed)


def opened(desk: Desk, deed: Deed) -> None:
    """Draws it for members of this workspace."""
    try:
        check_member(desk.people.look(deed.user), desk.team)
    except NotAllowedError:
        return
    desk.slack.views_publish(user_id=deed.user, view=home(list(own_tasks(desk, deed.user)), desk.clock()))


def removed(context: BoltContext) -> None:
    """The app was taken out of the workspace. Migrations under way go on: half a mailbox is no use to anybody."""
    log.warning("Slack has taken our token back (%s). Migrations go on; nobody sees their cards.", context.team_id)


def own_tasks(desk: Desk, user: str) -> Iterator[Migration]:
    """A person's own tasks, newest first; those whose record is gone, or of a newer release, are left out."""
    for task_id in desk.threads.of_owner(desk.team, user):
        try:
            yield desk.engine.store.load(task_id)
        except (InputError, UnreadableError):
            continue
