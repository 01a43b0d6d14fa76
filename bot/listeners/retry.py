"""Retry: a migration that has ended runs again for what is missing, after its passwords were typed where needed."""

from __future__ import annotations

from collections.abc import Mapping

from slack_bolt import Ack, App

from bot import dialogs
from bot.deed import Deed
from bot.ids import Action
from bot.listeners.steering import allowed, check_applies
from bot.reply import show
from bot.services import Services
from bot.threads import Act
from engine import steering
from engine.errors import Side
from engine.migrate import keep_secrets
from engine.migration import Migration
from engine.states import UNDER_WAY
from engine.vault import Secret

TYPE_ANEW = (
    "Only what is missing is copied: what failed, and what is new at the source. "
    "For security, a password is kept only as long as it is needed. Please type it once more."
)


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.action(Action.RETRY)(pressed)


def pressed(ack: Ack, services: Services, deed: Deed) -> None:
    """Puts it back in line; asks first for the passwords that are no longer kept, usually the source's."""
    migration = allowed(services, deed, deed.value)
    check_retry(services, deed, migration)
    sides = () if _is_retried(deed, migration) else [s for s in Side if not services.engine.vault.has(deed.value, s)]
    if sides:
        ack()
        show(services, deed, dialogs.password_form(migration, sides, TYPE_ANEW, "retry"))
    else:
        retry_with(services, deed, migration, {})
        ack()


def check_retry(services: Services, deed: Deed, migration: Migration) -> None:
    """Raises NoLongerError when there is nothing to retry."""
    if not _is_retried(deed, migration):
        check_applies(services, migration, Action.RETRY)


def retry_with(services: Services, deed: Deed, migration: Migration, typed: Mapping[Side, Secret]) -> None:
    """Runs it again with the passwords that were `typed`, and those still kept."""
    if _is_retried(deed, migration):
        keep_secrets(services.engine, migration.task_id, typed)
    else:
        steering.retry(services.engine, migration.task_id, typed)
    services.jobs.migrate(migration.task_id)
    services.threads.press(migration.task_id, deed.user, Act.RETRY, at=deed.at)


def _is_retried(deed: Deed, migration: Migration) -> bool:
    """True: an earlier try at this very click has put the migration back in line already."""
    return deed.tried and migration.state in UNDER_WAY
