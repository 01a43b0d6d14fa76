"""Cancel: a dialog that says what is still finished and what is skipped, and the end."""

from __future__ import annotations

from slack_bolt import Ack, App

from bot import ids, modals
from bot.deed import Deed
from bot.desk import Desk
from bot.ids import Action
from bot.listeners.steering import allowed, check_applies, check_not_asked
from bot.reply import show
from bot.threads import Act
from engine import migrate
from engine.errors import TakenError
from engine.migration import Migration
from engine.store import Ask


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.action(Action.CANCEL)(pressed)
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
        _cancel(desk, migration.task_id)
        desk.threads.press(migration.task_id, deed.user, Act.CANCEL)


def _cancel(desk: Desk, task_id: str) -> None:
    """Raises TakenError when somebody holds a task that has stopped, and so does not hear what is asked."""
    if migrate.cancel(desk.engine, task_id).state in migrate.STOPPED:
        desk.engine.store.answer(task_id, Ask.CANCEL)
        raise TakenError(f"Task {task_id} is being counted.")


def _check(desk: Desk, migration: Migration) -> None:
    check_applies(desk, migration, Action.CANCEL)
    check_not_asked(desk, migration, Ask.CANCEL, "cancelled")
