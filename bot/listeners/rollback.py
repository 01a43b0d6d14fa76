"""Rollback: a dialog that counts what would be removed, and the order to remove it."""

from __future__ import annotations

from slack_bolt import Ack, App

from bot import dialogs, forms, ids
from bot.deed import Deed
from bot.forms import Confirmed
from bot.ids import Action
from bot.listeners.steering import allowed, check_applies
from bot.reply import show
from bot.services import Services
from bot.threads import Act
from engine.migration import Migration, State
from engine.rollback import keep_for


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.action(Action.ROLLBACK)(pressed)
    app.view(ids.View.ROLLBACK)(confirmed)


def pressed(ack: Ack, services: Services, deed: Deed) -> None:
    """Opens the dialog, which a job fills in."""
    ack()
    migration = allowed(services, deed, deed.value)
    check_applies(services, migration, Action.ROLLBACK)
    view_id = show(services, deed, dialogs.rollback_counting(migration))
    services.jobs.count(migration.task_id, view_id, deed.user)


def confirmed(ack: Ack, services: Services, deed: Deed) -> None:
    """Has removed what the dialog has shown; if it would be something else by then, they are asked again."""
    agreed = forms.confirmed(deed.screen.metadata)
    migration = allowed(services, deed, agreed.task_id)
    if not deed.repeated:
        if not (deed.tried and _has_begun(migration)):
            check_applies(services, migration, Action.ROLLBACK)
            _order(services, deed, migration, agreed)
        services.threads.press(migration.task_id, deed.user, Act.ROLLBACK, at=deed.at)
    ack()


def _has_begun(migration: Migration) -> bool:
    """True: a worker has carried out already what an earlier try at this very click had ordered, or is about it."""
    return migration.state in (State.ROLLING_BACK, State.ROLLED_BACK)


def _order(services: Services, deed: Deed, migration: Migration, agreed: Confirmed) -> None:
    """Ordered twice, it is one order."""
    keep_for(services.engine, migration)
    services.jobs.roll_back(
        migration.task_id, deed.user, items=agreed.items, kept=agreed.kept,
        discard=forms.discard(deed.screen.values), counting_on_it=agreed.counting_on_it,
    )
