"""Authorise: the buttons of the form that lead to Google's consent page, and what the form knows afterwards."""

from __future__ import annotations

from dataclasses import replace

from slack_bolt import Ack, App

from bot import starting
from bot.consent import answers as consent_answers
from bot.consent import consents
from bot.ids import Action, Block, View
from bot.listeners import migrate
from bot.listeners.interaction import Interaction
from bot.listeners.reply import asker
from bot.pages import private_page
from bot.people import Person
from bot.services import Services
from bot.steering import ConsentNeeded
from bot.stored.consents import Status
from bot.stored.drafts import Draft, DraftState
from bot.views import consent, forms, modals
from bot.views.consent import Way


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.action(Action.AUTHORISE_FORM)(asked_in_form)
    app.action(Action.AUTHORISE_OPEN)(opened)
    app.action(Action.AUTHORISED)(authorised)
    app.view(View.CONSENT)(authorised_for)


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
    return consent.window(migration, then, url, number=services.by_number)


def opened(ack: Ack, services: Services, interaction: Interaction) -> None:
    """The link was pressed, which Slack tells of, too. The browser has it."""
    private_page.check_press(services, asker(services, interaction), interaction.value)
    ack()


def authorised(ack: Ack, services: Services, interaction: Interaction) -> None:
    """"I have authorised": the form is drawn with what is known of it by now, or says that nothing is."""
    person = asker(services, interaction)
    draft = consents.known(services, person, interaction.screen.metadata)
    number = forms.typed_number(interaction.screen.values)
    last = consent_answers.confirm_typed(services, person, draft.id, number)
    ack()
    migrate.redraw(services, interaction, draft, way=consent.so_far(last, number, draft))


def authorised_for(ack: Ack, services: Services, interaction: Interaction) -> None:
    """The same for a migration, which goes on with the number; what is wrong with it is said beside its field."""
    person = asker(services, interaction)
    task_id, then = consent.waiting(interaction.screen.metadata)
    migration, number = consents.waits(services, person, task_id, then), forms.typed_number(interaction.screen.values)
    last = consent_answers.confirm_typed(services, person, task_id, number)
    if last is not None and last.status is Status.TAKEN:
        ack(response_action="update", view=consent.goes_on(migration, then))
    else:
        ack(response_action="errors", errors={Block.CONSENT_NUMBER.value: consent.what_came(last, number)})
