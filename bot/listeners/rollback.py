"""Rollback: a dialog that counts what would be removed, and the order to remove it."""

from __future__ import annotations

from slack_bolt import Ack, App

from bot import dialogs, forms, ids
from bot.deed import Deed
from bot.desk import Desk
from bot.forms import Confirmed
from bot.ids import Action
from bot.listeners.steering import allowed, check_applies
from bot.reply import show
from bot.threads import Act
from engine.migration.back import keep_for
from engine.migration.record import Migration, State


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.action(Action.ROLLBACK)(pressed)
    app.view(ids.View.ROLLBACK)(confirmed)


def pressed(ack: Ack, desk: Desk, deed: Deed) -> None:
    """Opens the dialog, which a job fills in."""
    ack()
    migration = allowed(desk, deed, deed.value)
    check_applies(desk, migration, Action.ROLLBACK)
    view_id = show(desk, deed, dialogs.rollback_counting(migration))
    desk.jobs.count(migration.task_id, view_id, deed.user)


def confirmed(ack: Ack, desk: Desk, deed: Deed) -> None:
    """Has removed what the dialog has shown; if it would be something else by then, they are asked again."""
    agreed = forms.confirmed(deed.screen.metadata)
    migration = allowed(desk, deed, agreed.task_id)
    if not deed.repeated:
        if not (deed.tried and _has_begun(migration)):
            check_applies(desk, migration, Action.ROLLBACK)
            _order(desk, deed, migration, agreed)
        desk.threads.press(migration.task_id, deed.user, Act.ROLLBACK, at=deed.at)
    ack()


def _has_begun(migration: Migration) -> bool:
    """True: a worker has carried out already what an earlier try at this very click had ordered, or is about it."""
    return migration.state in (State.ROLLING_BACK, State.ROLLED_BACK)


def _order(desk: Desk, deed: Deed, migration: Migration, agreed: Confirmed) -> None:
    """Ordered twice, it is one order."""
    keep_for(desk.engine, migration)
    desk.jobs.roll_back(
        migration.task_id, deed.user, items=agreed.items, kept=agreed.kept,
        discard=forms.discard(deed.screen.values), counting_on_it=agreed.counting_on_it,
    )
