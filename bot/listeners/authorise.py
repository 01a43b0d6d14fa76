"""Authorise: the buttons of the form that lead to Google's consent page, and what the form knows afterwards."""

from __future__ import annotations

from dataclasses import replace

from slack_bolt import Ack, App

from bot import consents, private_page, starting
from bot.ids import Action
from bot.listeners import migrate
from bot.listeners.interaction import Interaction
from bot.listeners.reply import asker
from bot.people import Person
from bot.services import Services
from bot.steering import ConsentNeeded
from bot.stored.drafts import Draft, DraftState
from bot.views import consent, forms, modals
from bot.views.consent import Way


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.action(Action.AUTHORISE_FORM)(asked_in_form)
    app.action(Action.AUTHORISE_OPEN)(opened)
    app.action(Action.AUTHORISED)(authorised)


def asked_in_form(ack: Ack, services: Services, interaction: Interaction) -> None:
    """The form shows a link that was made just now, for the account that it names, if it names one."""
    person = asker(services, interaction)
    draft = _as_typed(services, interaction, person)
    url = consents.link(services, person, draft.id) if draft.state is DraftState.OPEN else ""
    ack()
    migrate.redraw(services, interaction, draft, way=Way(url))


def _as_typed(services: Services, interaction: Interaction, person: Person) -> Draft:
    """The form with what is typed in it now."""
    values = interaction.screen.values
    return starting.change_form(
        services, person, interaction.screen.metadata,
        lambda now: replace(now, fields=forms.read_fields(values, now), verdict=None),
        forms.typed_passwords(values), interaction.this,
    )


def window(services: Services, interaction: Interaction, needed: ConsentNeeded) -> modals.View:
    """The window with a link that was made just now, for a migration that needs the consent of the account's owner."""
    migration, then = needed.migration, needed.then
    url = consents.link_to_task(services, asker(services, interaction), migration.task_id, then)
    return consent.window(migration, then, url)


def opened(ack: Ack, services: Services, interaction: Interaction) -> None:
    """The link was pressed, which Slack tells of, too. The browser has it."""
    private_page.check_press(services, asker(services, interaction), interaction.value)
    ack()


def authorised(ack: Ack, services: Services, interaction: Interaction) -> None:
    """"I have authorised": the form is drawn with what is known of it by now, or says that nothing is."""
    person = asker(services, interaction)
    draft = consents.known(services, person, interaction.screen.metadata)
    last = None if draft.authorised_as else consents.last(services, person, draft.id)
    ack()
    migrate.redraw(services, interaction, draft, way=Way(said="" if draft.authorised_as else consent.what_came(last)))
