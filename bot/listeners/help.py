"""Help: what can be typed, a person's own migrations, and answers to what is no command."""

from __future__ import annotations

from contextlib import suppress

from slack_bolt import Ack, App

from bot import ids, looking
from bot.listeners.interaction import Interaction
from bot.listeners.reply import asker, whisper
from bot.listeners.typed import could_be_password
from bot.notices.home_tab import links
from bot.people import Person, UnknownPersonError
from bot.permissions import check_member
from bot.services import Services
from bot.views import answers
from bot.views.answers import did_you_mean, help_message, list_message, not_kept
from bot.views.message import Message


def register(app: App) -> None:
    """Has Bolt call what is below, for every command that nobody else has taken."""
    app.command(ids.COMMAND)(answer)


def answer(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Help, the list, or the nearest command. Nothing of what was typed is repeated, kept or written down.

    Whoever cannot use any of it is told that instead.
    """
    ack("")
    if interaction.word == "list":
        listed = own_list(services, asker(services, interaction))
        whisper(services, interaction, not_kept(listed) if could_be_password(interaction.rest) else listed)
        return
    is_admin = False
    with suppress(UnknownPersonError):      # Slack does not say who it is: help is for everybody
        person = asker(services, interaction)
        check_member(person, services.team)
        is_admin = person.is_admin
    whisper(services, interaction, _answer(interaction, is_admin=is_admin))


def _answer(interaction: Interaction, *, is_admin: bool) -> Message:
    if interaction.word not in ("", "help"):
        return did_you_mean(interaction.text)
    message = help_message(is_admin=is_admin)
    return not_kept(message) if could_be_password(interaction.rest) else message


def own_list(services: Services, person: Person) -> Message:
    """A person's own migrations, each with a link to its card."""
    tasks, older = looking.newest(services, person, answers.SHOWN)
    to_cards = links(services, [task.task_id for task in tasks], person.id)
    return list_message(tasks, services.clock(), to_cards, older)
