"""Forget: everything that is kept of a migration is removed, once its owner has read what that means."""

from __future__ import annotations

from datetime import datetime

from slack_bolt import Ack, App

from bot import forgetting, ids
from bot.listeners.interaction import Interaction
from bot.listeners.reply import asker, show
from bot.services import Services
from bot.views import blocks
from bot.views.blocks import plain
from bot.views.modals import View
from bot.views.words import date
from bot.work.deleting import STAYS
from engine.migration.record import Migration
from engine.migration.states import Act, allows, way_back_ends
from engine.systems import CredentialKind

NOTHING = "nothing"     # is lost


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.view(ids.View.FORGET)(confirmed)


def pressed(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Asks first. Raises InputError while the migration is under way or is being rolled back."""
    ack()
    migration = forgetting.check_forget(services, asker(services, interaction), interaction.value)
    show(services, interaction, dialog(migration, services.clock()))


def _given_back(migration: Migration) -> str:
    row = migration.request.source.system.row
    by_grant = row.credential is CredentialKind.GRANT
    return f" If it has access to the {row.called} account, it gives that back." if by_grant else ""


def dialog(migration: Migration, now: datetime) -> View:
    """What is removed and what stays (private_metadata: the task ID, and the ways on that it has said are lost)."""
    task_id, until, lost = migration.task_id, way_back_ends(migration), ways_on(migration, now)
    body = [blocks.section("goes", (
        f"OMM deletes what it has stored about migration *{task_id}*: accounts, counts, report and passwords."
        f"{_given_back(migration)} {STAYS}"
    ))]
    if Act.RESUME in lost:
        body.append(blocks.section("unfinished", ":warning: It is not finished. Once forgotten, it cannot be resumed."))
    if Act.ROLL_BACK in lost:
        ends = f" until {date(until)}" if until else ""
        body.append(blocks.section("back", f":warning: It can still be rolled back{ends}. Once forgotten, it cannot."))
    return {
        "type": "modal", "callback_id": ids.View.FORGET.value,
        "private_metadata": f"{task_id} {', '.join(lost) or NOTHING}",
        "title": plain("Forget this migration?", 24), "submit": plain("Forget", 24), "close": plain("Close", 24),
        "blocks": body,
    }


def ways_on(migration: Migration, now: datetime) -> tuple[Act, ...]:
    """What can still be done with a migration, and cannot once it is forgotten."""
    return tuple(act for act in (Act.RESUME, Act.ROLL_BACK) if allows(migration, act, now))


def confirmed(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Orders it: dropping its passwords from the disk may take ten seconds. A message says when it is done.

    Where more is lost by then than the dialog has said, it is drawn anew.
    """
    task_id, _, said = interaction.screen.metadata.partition(" ")
    if interaction.repeated:
        ack()
        return
    person = asker(services, interaction)
    if said and not interaction.tried:
        migration, now = forgetting.check_forget(services, person, task_id), services.clock()
        if not set(ways_on(migration, now)) <= set(said.split(", ")):
            ack(response_action="update", view=dialog(migration, now))
            return
    forgetting.forget(services, person, task_id, interaction.this)
    ack()
