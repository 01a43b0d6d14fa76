"""Passwords: what was typed into the window that asks for one, and what goes on with it."""

from __future__ import annotations

from slack_bolt import Ack, App

from bot import ids, rolling_back, steering
from bot.listeners import authorise
from bot.listeners.interaction import Interaction
from bot.listeners.reply import asker
from bot.people import Person
from bot.permissions import steerable
from bot.services import Services
from bot.steering import Came, ConsentNeeded, Typed
from bot.views import asked_forms, dialogs, forms
from bot.views.asked_forms import Asked
from bot.views.forms import Errors


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.view(ids.View.PASSWORD)(sent)


def sent(ack: Ack, services: Services, interaction: Interaction) -> None:
    """A password that was asked for: what waited for it goes on."""
    asked, typed = asked_forms.asked(interaction.screen.metadata), forms.parse_password(interaction.screen.values)
    login = forms.parse_new_login(interaction.screen.values)
    mailbox = asked_forms.new_mailbox(interaction.screen.values)
    if isinstance(typed, Errors) or isinstance(login, Errors) or isinstance(mailbox, Errors):
        wrong = [each.by_block for each in (typed, login, mailbox) if isinstance(each, Errors)]
        ack(response_action="errors", errors={block: words for each in wrong for block, words in each.items()})
        return
    person = asker(services, interaction)
    came = None
    if not interaction.repeated:
        came = _go_on(services, interaction, person, asked, typed, login, mailbox)
    if isinstance(came, ConsentNeeded):
        ack(response_action="update", view=authorise.window(services, interaction, came))
    elif asked.then == "rollback":
        migration = steerable(services, person, asked.task_id)
        ack(response_action="update", view=dialogs.rollback_counting(migration))
    else:
        ack()


def _go_on(
    services: Services, interaction: Interaction, person: Person, asked: Asked, typed: Typed, login: str, mailbox: str
) -> Came | None:
    """Does what waited for the password. Returns what came of a resume or retry, None for a rollback."""
    if asked.then == "rollback":
        rolling_back.give_access(
            services, person, asked.task_id, typed, interaction.this, login=login, mailbox=mailbox
        )
        rolling_back.count(services, person, asked.task_id, interaction.screen.id)
        return None
    do = steering.retry if asked.then == "retry" else steering.resume
    return do(services, person, asked.task_id, interaction.this, typed=typed)
