"""Report: the sums, and what was not copied, by name. Names of folders and subjects are for few eyes."""

from __future__ import annotations

from slack_bolt import Ack, App
from slack_sdk.errors import SlackApiError

from bot import dialogs, modals
from bot.deed import Deed
from bot.desk import Desk
from bot.ids import Action
from bot.listeners.steering import allowed, check_applies
from bot.reply import show, why
from engine.migration import Migration

GONE = frozenset({"not_found", "hash_conflict"})    # closed, or turned over once more meanwhile


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.action(Action.REPORT)(pressed)
    app.action(Action.REPORT_PAGE)(turned)


def pressed(ack: Ack, desk: Desk, deed: Deed) -> None:
    """Opens it at its first page."""
    ack()
    migration = allowed(desk, deed, deed.value)
    check_applies(desk, migration, Action.REPORT)
    show(desk, deed, _page(desk, migration, 0))


def turned(ack: Ack, desk: Desk, deed: Deed) -> None:
    """Shows another page in its place."""
    ack()
    task_id, _, page = deed.value.partition(" ")
    migration = allowed(desk, deed, task_id)
    view = _page(desk, migration, int(page))
    try:
        desk.slack.views_update(view_id=deed.screen.id, hash=deed.screen.hash, view=view)
    except SlackApiError as error:
        if why(error) not in GONE:
            raise


def _page(desk: Desk, migration: Migration, page: int) -> modals.View:
    return dialogs.report(migration, desk.engine.store.reported(migration.task_id), page)
