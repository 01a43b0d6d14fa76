"""The private page: its buttons in the form, and in the windows that ask for passwords."""

from __future__ import annotations

from slack_bolt import Ack, App

from bot import starting, waiting
from bot.ids import Action
from bot.listeners import migrate
from bot.listeners.interaction import Interaction
from bot.listeners.reply import asker
from bot.pages import private_page
from bot.services import Services
from bot.stored.drafts import Waits
from bot.views import asked_forms, dialogs
from engine.errors import Side


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.action(Action.PAGE)(asked_in_form)
    app.action(Action.PAGE_OF_TASK)(asked_in_window)
    app.action(Action.PAGE_OPEN)(opened)
    app.action(Action.PAGE_TYPED)(typed)


def asked_in_form(ack: Ack, services: Services, interaction: Interaction) -> None:
    """The form shows a link that was made just now, for the accounts that it names."""
    migrate.pressed(ack, services, interaction, Waits.NOTHING)


def typed(ack: Ack, services: Services, interaction: Interaction) -> None:
    """"I have typed them": the form goes on as it stands, or says what it still waits for."""
    person = asker(services, interaction)
    draft = starting.own_form(services, person, interaction.screen.metadata)
    if draft.waits is Waits.NOTHING:
        draft = waiting.passwords_came(services, person, draft.id, Waits.NOTHING)
        ack()
        migrate.redraw(services, interaction, draft)
    else:
        migrate.pressed(ack, services, interaction, draft.waits)


def asked_in_window(ack: Ack, services: Services, interaction: Interaction) -> None:
    """The window shows a link that was made just now, in the place of its fields."""
    asked, view_id = asked_forms.asked(interaction.screen.metadata), interaction.screen.id
    sides = asked.sides or tuple(Side)
    migration, url = private_page.link_to_task(
        services, asker(services, interaction), asked.task_id, asked.then, sides, view_id=view_id
    )
    ack()
    view = dialogs.password_page(migration, sides, asked.then, url)
    services.slack.views_update(view_id=view_id, view=view)


def opened(ack: Ack, services: Services, interaction: Interaction) -> None:
    """The link was pressed, which Slack tells of, too. The browser has it."""
    private_page.check_press(services, asker(services, interaction), interaction.value)
    ack()
