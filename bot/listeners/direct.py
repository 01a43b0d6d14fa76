"""Direct messages: whoever writes to the app is told, in one line, what it understands. What they wrote is not kept."""

from __future__ import annotations

from slack_bolt import App

from bot.ids import COMMAND
from bot.listeners.interaction import Interaction
from bot.listeners.reply import asker
from bot.notices.letters import letter
from bot.people import Person
from bot.permissions import NotAllowedError, check_member
from bot.services import Services

HELP = f"I don't read messages here. Type {COMMAND} migrate to move a mailbox, or {COMMAND} help to see all commands."


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.event("message")(written)


def written(services: Services, interaction: Interaction) -> None:
    """Answers a person's new message. Slack tells of every other one too: our own, edits, those of other apps."""
    if not interaction.is_message:
        return
    person = asker(services, interaction)
    if not person.is_bot:
        services.outbox.put(letter(f"written:{interaction.user}", interaction.user, _said(person, services.team)))


def _said(person: Person, team: str) -> str:
    try:
        check_member(person, team)
    except NotAllowedError as error:
        return str(error)
    return HELP
