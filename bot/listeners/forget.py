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


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.view(ids.View.FORGET)(confirmed)


def pressed(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Asks first. Raises InputError while the migration is under way or is being rolled back."""
    ack()
    migration = forgetting.check_forget(services, asker(services, interaction), interaction.value)
    show(services, interaction, dialog(migration, services.clock()))


def dialog(migration: Migration, now: datetime) -> View:
    """What is removed and what stays (private_metadata: the task ID)."""
    task_id, until = migration.task_id, way_back_ends(migration)
    body = [blocks.section("goes", (
        f"OMM deletes what it has stored about migration *{task_id}*: accounts, counts, report and passwords. {STAYS}"
    ))]
    if allows(migration, Act.RESUME, now):
        body.append(blocks.section("unfinished", ":warning: It is not finished. Once forgotten, it cannot be resumed."))
    if allows(migration, Act.ROLL_BACK, now):
        ends = f" until {date(until)}" if until else ""
        body.append(blocks.section("back", f":warning: It can still be rolled back{ends}. Once forgotten, it cannot."))
    return {
        "type": "modal", "callback_id": ids.View.FORGET.value, "private_metadata": task_id,
        "title": plain("Forget this migration?", 24), "submit": plain("Forget", 24), "close": plain("Close", 24),
        "blocks": body,
    }


def confirmed(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Orders it: dropping its passwords from the disk may take ten seconds. A message says when it is done."""
    forgetting.forget(services, asker(services, interaction), interaction.screen.metadata)
    ack()
