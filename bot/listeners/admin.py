"""Admin: `/omm admin`, for the admins and owners of the workspace; and the audit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from slack_bolt import Ack, App
from slack_sdk.errors import SlackApiError

from bot import admin, ids
from bot.admin import Place
from bot.ids import COMMAND, Action
from bot.listeners import everybody
from bot.listeners.files import NO_SCOPE, NOT_SENT, SENT, send
from bot.listeners.interaction import Interaction
from bot.listeners.reply import asker, ephemeral, show, whisper
from bot.listeners.typed import could_be_password, names_another, task_id_in
from bot.services import Services
from bot.slack_errors import why
from bot.views.answers import not_kept, said
from bot.views.audit import audit_view

GONE = frozenset({"not_found", "hash_conflict"})    # closed, or turned over once more meanwhile
EXAMPLE = (
    f"Type `{COMMAND} admin` to see everybody's migrations, `{COMMAND} admin workers` to see who works and what waits, "
    f"`{COMMAND} admin pause` and `{COMMAND} admin go-on` to pause everybody's migrations and to let them go on, "
    f"`{COMMAND} admin audit` to see who did what in this workspace, or `{COMMAND} admin audit 7K2F-9QXD` for one "
    "migration. "
    f"`{COMMAND} admin settings` opens the settings of this workspace."
)
WORDS: Mapping[str, Callable[[Ack, Services, Interaction], None]] = MappingProxyType({
    "": everybody.opened, "workers": everybody.workers, "pause": everybody.pause_all, "go-on": everybody.go_on,
})      # what can be typed alone behind `admin`
NOT_ALLOWED = (
    ":warning: OMM is not allowed to send files in this workspace. Ask OMM's administrator for the file: "
    "`omm admin audit --csv audit.csv` writes it. With the scope `files:write`, OMM can send it to you here."
)


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.command(ids.COMMAND, matchers=[is_admin])(typed)
    app.action(Action.AUDIT)(opened)
    app.action(Action.AUDIT_NEWER)(turned)
    app.action(Action.AUDIT_OLDER)(turned)
    app.action(Action.AUDIT_FILE)(wanted)


def is_admin(interaction: Interaction) -> bool:
    """True: the command is for us."""
    return interaction.word == "admin"


def typed(ack: Ack, services: Services, interaction: Interaction) -> None:
    """`/omm admin audit 7K2F-9QXD`, or without a task ID for all; or one of WORDS. Nothing else is looked at."""
    word, _, behind = interaction.rest.partition(" ")
    if (do := WORDS.get(interaction.rest.casefold())) is not None:
        do(ack, services, interaction)
        return
    task_id, rest = task_id_in(behind)
    ack(ephemeral(not_kept()) if could_be_password(rest) else "")
    page = admin.read_audit(services, asker(services, interaction), task_id)
    if word.casefold() != "audit" or names_another(rest) or (behind and not task_id):
        whisper(services, interaction, said("example", EXAMPLE))
    else:
        show(services, interaction, audit_view(page))


def opened(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Opens the audit at its newest entries."""
    ack()
    show(services, interaction, audit_view(admin.read_audit(services, asker(services, interaction))))


def turned(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Shows another page in its place."""
    ack()
    _draw(services, interaction, interaction.value)


def wanted(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Sends the newest entries as a file into their conversation with us; the window says what came of it."""
    ack()
    task_id = admin.place(interaction.value).task_id
    content = admin.audit_file(services, asker(services, interaction), task_id)
    reason = send(services, interaction.user, f"audit{task_id and '-'}{task_id}.csv", "Audit", content)
    note = NOT_ALLOWED if reason == NO_SCOPE else NOT_SENT if reason else SENT
    _draw(services, interaction, interaction.screen.metadata, note)


def _draw(services: Services, interaction: Interaction, kept: str, note: str = "") -> None:
    at: Place = admin.place(kept)
    page = admin.read_audit(
        services, asker(services, interaction), at.task_id, before=at.before, after=at.after
    )
    try:
        services.slack.views_update(
            view_id=interaction.screen.id, hash=interaction.screen.hash, view=audit_view(page, note)
        )
    except SlackApiError as error:
        if why(error) not in GONE:
            raise
