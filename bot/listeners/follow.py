"""Follow: `/omm follow`, and the window that asks for the login of the source account."""

from __future__ import annotations

from functools import partial

from slack_bolt import Ack, App

from bot import following, ids
from bot.following import Following
from bot.ids import Block
from bot.listeners.interaction import Interaction
from bot.listeners.reply import Said, asker, ephemeral, show, tell
from bot.listeners.typed import could_be_password, names_another, task_id_in
from bot.permissions import NotAllowedError
from bot.services import Services
from bot.stored.guesses import WINDOW
from bot.views import dialogs, forms
from bot.views.answers import example_message, not_kept, one_at_a_time
from engine.errors import InputError

WRONG = {
    Following.WRONG: "There is no migration with this task ID whose source account has this login.",
    Following.TOO_MANY: f"That was tried too often. Please wait {WINDOW.total_seconds() / 60:.0f} minutes.",
}       # what is said below the field


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.command(ids.COMMAND, matchers=[is_follow])(typed)
    app.view(ids.View.FOLLOW)(sent)


def is_follow(interaction: Interaction) -> bool:
    """True: the command is for us."""
    return interaction.word == "follow"


def typed(ack: Ack, services: Services, interaction: Interaction) -> None:
    """`/omm follow 7K2F-9QXD`. Of what else was typed nothing is looked at, unless it is another task ID."""
    task_id, rest = task_id_in(interaction.rest)
    careful = could_be_password(rest)
    if not task_id or names_another(rest):
        told = one_at_a_time("follow", task_id) if task_id else example_message("follow")
        ack(ephemeral(not_kept(told) if careful else told))
        return
    person = asker(services, interaction)
    answer = partial(ack, ephemeral(not_kept()) if careful else "")
    try:
        came = following.follow(services, person, task_id, interaction.this)
    except (NotAllowedError, InputError):   # nothing was written down
        answer()
        raise
    answer()
    if came is Following.LOGIN_NEEDED:
        show(services, interaction, dialogs.follow_form(task_id))
    else:
        tell(services, interaction, _said(came, task_id))


def sent(ack: Ack, services: Services, interaction: Interaction) -> None:
    """The login that proves it."""
    task_id, person = interaction.screen.metadata, asker(services, interaction)
    if interaction.repeated and following.follows(services, person, task_id):
        ack()
        return
    came = following.prove(services, person, task_id, forms.parse_follow(interaction.screen.values), interaction.this)
    if came in WRONG:
        ack(response_action="errors", errors={Block.LOGIN: WRONG[came]})
        return
    ack()
    tell(services, interaction, _said(came, task_id))


def _said(came: Following, task_id: str) -> Said:
    if came is Following.ALREADY:
        return Said(f"You follow migration {task_id} already. Its card is in our direct messages.")
    return Said(f"You follow migration {task_id} now. I'll post its card in our direct messages.")
