"""Cancel: a dialog that says what is still finished and what is skipped, or stops it now."""

from __future__ import annotations

from slack_bolt import Ack, App

from bot import ids, modals
from bot.deed import Deed
from bot.desk import Desk
from bot.ids import Action
from bot.listeners.steering import allowed, check_applies, check_not_asked
from bot.reply import show
from bot.threads import Act
from engine import steering
from engine.migration import Migration
from engine.states import Ask


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.action(Action.CANCEL)(pressed)
    app.action(Action.STOP)(stopped)
    app.view(ids.View.CANCEL)(confirmed)


def pressed(ack: Ack, desk: Desk, deed: Deed) -> None:
    """Asks first."""
    ack()
    migration = allowed(desk, deed, deed.value)
    _check(desk, migration)
    show(desk, deed, modals.cancel_dialog(migration, desk.clock()))


def confirmed(ack: Ack, desk: Desk, deed: Deed) -> None:
    """Ends a task that only waits at once, any other after the step that it is at."""
    migration = allowed(desk, deed, deed.screen.metadata)
    if not deed.repeated:
        _check(desk, migration)
    ack()
    if not deed.repeated:
        steering.cancel(desk.engine, migration.task_id)
        desk.threads.press(migration.task_id, deed.user, Act.CANCEL)


def stopped(ack: Ack, desk: Desk, deed: Deed) -> None:
    """Ends a task at the next batch, without the rest of the step that it is at; the dialog says so."""
    ack()
    migration = allowed(desk, deed, deed.value)
    if not deed.repeated:
        check_applies(desk, migration, Action.STOP)
        check_not_asked(desk, migration, Ask.STOP)
        steering.stop(desk.engine, migration.task_id)
        desk.threads.press(migration.task_id, deed.user, Act.STOP)
    desk.slack.views_update(view_id=deed.screen.id, view=modals.stopping(migration))


def _check(desk: Desk, migration: Migration) -> None:
    check_applies(desk, migration, Action.CANCEL)
    check_not_asked(desk, migration, Ask.CANCEL)
