"""Retry: a migration that has ended runs again for what is missing, after its passwords were typed where needed."""

from __future__ import annotations

from collections.abc import Mapping

from slack_bolt import Ack, App

from bot import dialogs
from bot.deed import Deed
from bot.desk import Desk
from bot.ids import Action
from bot.listeners.steering import allowed, check_applies
from bot.reply import show
from bot.threads import Act
from engine.errors import Side
from engine.migration import steering
from engine.migration.forwards import keep_secrets
from engine.migration.record import Migration
from engine.migration.states import UNDER_WAY
from engine.store.vault import Secret

TYPE_ANEW = (
    "Only what is missing is copied: what failed, and what is new at the source. "
    "For security, a password is kept only as long as it is needed. Please type it once more."
)


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.action(Action.RETRY)(pressed)


def pressed(ack: Ack, desk: Desk, deed: Deed) -> None:
    """Puts it back in line; asks first for the passwords that are no longer kept, usually the source's."""
    migration = allowed(desk, deed, deed.value)
    check_retry(desk, deed, migration)
    sides = () if _is_retried(deed, migration) else [s for s in Side if not desk.engine.vault.has(deed.value, s)]
    if sides:
        ack()
        show(desk, deed, dialogs.password_form(migration, sides, TYPE_ANEW, "retry"))
    else:
        retry_with(desk, deed, migration, {})
        ack()


def check_retry(desk: Desk, deed: Deed, migration: Migration) -> None:
    """Raises NoLongerError when there is nothing to retry."""
    if not _is_retried(deed, migration):
        check_applies(desk, migration, Action.RETRY)


def retry_with(desk: Desk, deed: Deed, migration: Migration, typed: Mapping[Side, Secret]) -> None:
    """Runs it again with the passwords that were `typed`, and those still kept."""
    if _is_retried(deed, migration):
        keep_secrets(desk.engine, migration.task_id, typed)
    else:
        migration = steering.retry(desk.engine, migration.task_id, typed)
    # First the press: the message that tells of the retry names who pressed, and is sent as soon as the retry begins.
    desk.threads.press(migration.task_id, deed.user, Act.RETRY, at=deed.at, retry=migration.retries)
    desk.jobs.migrate(migration.task_id)


def _is_retried(deed: Deed, migration: Migration) -> bool:
    """True: an earlier try at this very click has put the migration back in line already."""
    return deed.tried and migration.state in UNDER_WAY
