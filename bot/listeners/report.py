"""Report: what was not copied, by name, in a window or as a file. Names of folders and subjects are for few eyes."""

from __future__ import annotations

from slack_bolt import Ack, App
from slack_sdk.errors import SlackApiError

from bot import looking
from bot.ids import Action
from bot.listeners.files import NO_SCOPE, NOT_SENT, SENT, send
from bot.listeners.interaction import Interaction
from bot.listeners.reply import asker, show
from bot.services import Services
from bot.slack_errors import why
from bot.views.report import Bookmark, bookmark, report_view
from engine.migration.record import Migration
from engine.migration.report_table import table

GONE = frozenset({"not_found", "hash_conflict"})    # closed, or turned over once more meanwhile
NOT_ALLOWED = (
    ":warning: OMM is not allowed to send files in this workspace. Ask OMM's administrator for the file: "
    "`omm report {} --csv report.csv` writes it. With the scope `files:write`, OMM can send it to you here."
)


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.action(Action.REPORT)(pressed)
    app.action(Action.REPORT_PAGE)(turned)
    app.action(Action.REPORT_SHOWN)(chosen)
    app.action(Action.REPORT_FILE)(wanted)


def pressed(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Opens it at its first page."""
    ack()
    found = looking.report(services, asker(services, interaction), interaction.value)
    show(services, interaction, report_view(found.migration, found.report, Bookmark(found.migration.task_id)))


def turned(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Shows another page in its place."""
    ack()
    _draw(services, interaction, bookmark(interaction.value))


def chosen(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Shows only one kind of entries, or all again, from the first page on."""
    ack()
    _draw(services, interaction, bookmark(f"{bookmark(interaction.screen.metadata).task_id} 0 {interaction.value}"))


def wanted(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Sends the whole report as a file into their conversation with us; the window says what came of it."""
    ack()
    found = looking.page(services, asker(services, interaction), interaction.value)
    note = _sent(services, interaction.user, found.migration, table(found.report))
    _draw(services, interaction, bookmark(interaction.screen.metadata), note)


def _sent(services: Services, user: str, migration: Migration, content: bytes) -> str:
    """Sends the file; returns what the person is told."""
    task_id = migration.task_id
    reason = send(services, user, f"report-{task_id}.csv", f"Report of migration {task_id}", content)
    if not reason:
        return SENT
    return NOT_ALLOWED.format(task_id) if reason == NO_SCOPE else NOT_SENT


def _draw(services: Services, interaction: Interaction, at: Bookmark, note: str = "") -> None:
    found = looking.page(services, asker(services, interaction), at.task_id)
    view = report_view(found.migration, found.report, at, note)
    try:
        services.slack.views_update(view_id=interaction.screen.id, hash=interaction.screen.hash, view=view)
    except SlackApiError as error:
        if why(error) not in GONE:
            raise
