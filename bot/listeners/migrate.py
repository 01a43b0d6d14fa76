"""Migrate: the form, drawn as its draft is, and what people do in it."""

from __future__ import annotations

from dataclasses import replace

from slack_bolt import Ack, App
from slack_sdk.errors import SlackApiError

from bot import ids, starting
from bot.consent import answers as consent_answers
from bot.ids import Action, Block
from bot.listeners.interaction import Interaction
from bot.listeners.reply import TITLE, asker, ephemeral, show
from bot.notices import home_tab
from bot.pages import private_page
from bot.people import Person
from bot.policy import ServerNotAllowedError
from bot.services import Services
from bot.slack_errors import why
from bot.stored.drafts import Draft, DraftState, Waits, with_accounts
from bot.views import ahead, dialogs, ends, forms, migrate_form, modals
from bot.views.answers import not_kept
from bot.views.consent import NO_WAY, Way, so_far
from bot.views.forms import Errors, Filled
from bot.where_typed import ways
from engine.errors import InputError, Side

STARTING = "Your migration is starting. Its card appears in a moment."


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.command(ids.COMMAND, matchers=[is_migrate])(typed)
    app.shortcut(ids.View.SHORTCUT)(asked)
    app.action(Action.NEW)(asked)
    app.action(Action.CONTINUE)(continued)
    app.action(Action.SOURCE_KIND)(chosen)
    app.action(Action.OFFER)(chosen)
    app.action(Action.SOURCE_ACCESS)(chosen)
    app.action(Action.DESTINATION_ACCESS)(chosen)
    app.action(Action.TAKE_BACK)(taken_back)
    app.action(Action.CHECK_FIRST)(checked_first)
    app.view(ids.View.FORM)(sent)
    app.view_closed(ids.View.FORM)(closed)


def is_migrate(interaction: Interaction) -> bool:
    """True: the command is for us."""
    return interaction.word == "migrate"


# Opening it


def typed(ack: Ack, services: Services, interaction: Interaction) -> None:
    """`/omm migrate`: the card will stand where this was typed. What is typed behind it is not looked at."""
    ack(ephemeral(not_kept()) if interaction.rest else "")
    _open_new(services, interaction)


def asked(ack: Ack, services: Services, interaction: Interaction) -> None:
    """The shortcut, and the button of the home tab."""
    ack()
    if interaction.view is not None and not interaction.view.is_modal:
        home_tab.opened(services, asker(services, interaction))
    _open_new(services, interaction)


def _open_new(services: Services, interaction: Interaction) -> None:
    person = asker(services, interaction)
    draft = starting.new_form(services, person, interaction.channel)
    _open(services, interaction, person, draft, _form(services, draft))


def _open(
    services: Services, interaction: Interaction, person: Person, draft: Draft, view: modals.View
) -> None:
    view_id = show(services, interaction, view)
    starting.form_is_open(services, person, draft.id, view_id)


def continued(ack: Ack, services: Services, interaction: Interaction) -> None:
    """The button of a letter: the form again, as it was left."""
    person = asker(services, interaction)
    draft = starting.continue_form(services, person, interaction.value)
    view = _view(services, draft)
    ack()
    if draft.state is DraftState.STARTED:
        show(services, interaction, view)
    else:
        _open(services, interaction, person, draft, view)


def _view(services: Services, draft: Draft, url: str = "", way: Way = NO_WAY) -> modals.View:
    """What stands on the screen for a draft.

    `url` is that of its private page, where it was made just now; `way` is its way to Google's page.
    """
    if draft.state is not DraftState.STARTED:
        return _form(services, draft, url, way)
    try:
        return migrate_form.started(services.engine.store.load(draft.id), channel=draft.channel)
    except InputError:      # decided, and not written down yet
        return dialogs.words(TITLE, STARTING)


def _form(services: Services, draft: Draft, url: str = "", way: Way = NO_WAY) -> modals.View:
    return migrate_form.migration_form(
        draft, services.offers, sends_email=services.sends_email, ways=ways(services), url=url, way=way,
    )


# Menus


def chosen(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Another kind of source, or another offer: the form is drawn anew, with everything typed in it."""
    values = interaction.screen.values
    draft = starting.change_form(
        services, asker(services, interaction), interaction.screen.metadata,
        lambda now: forms.chosen_anew(values, now, services.offers), forms.typed_passwords(values), interaction.this,
    )
    ack()
    redraw(services, interaction, draft)


def redraw(
    services: Services, interaction: Interaction, draft: Draft, url: str = "", *, way: Way = NO_WAY
) -> None:
    """Draws the form as the draft is, unless it has been closed. `url` and `way`: as for `_view`."""
    view_id = interaction.screen.id
    try:
        if not _drawn(services, view_id, _view(services, draft, url, way), hash=interaction.screen.hash):
            _draw_newest(services, view_id, draft.id)
    except SlackApiError as error:
        if why(error) != "not_found":
            raise


def _drawn(services: Services, view_id: str, view: modals.View, **expected: str) -> bool:
    """False: it has been drawn anew since it had the `hash` that is expected. Raises as slack_sdk does."""
    try:
        services.slack.views_update(view_id=view_id, view=view, **expected)
    except SlackApiError as error:
        if why(error) != "hash_conflict":
            raise
        return False
    return True


def _draw_newest(services: Services, view_id: str, draft_id: str) -> None:
    """Somebody was quicker and has drawn another choice: draws what both have come to, until that is on the screen."""
    drawn = None
    while (draft := services.drafts.load(draft_id)) != drawn and draft is not None:
        _drawn(services, view_id, _view(services, draft))
        drawn = draft


def taken_back(ack: Ack, services: Services, interaction: Interaction) -> None:
    """The button Take it back, while another admin is asked: the form is open again."""
    draft = starting.take_back(
        services, asker(services, interaction), interaction.screen.metadata, interaction.this
    )
    ack()
    redraw(services, interaction, draft)


# Looking first


def checked_first(ack: Ack, services: Services, interaction: Interaction) -> None:
    """The button Check first: a job looks at both mailboxes. What is missing in the form is said beside the button."""
    pressed(ack, services, interaction, Waits.LOOK)


def pressed(ack: Ack, services: Services, interaction: Interaction, waits: Waits) -> None:
    """A button of the form that does something with what was filled in: what the form then `waits` for, if it must.

    What is missing in the form is said beside the button.
    """
    person = asker(services, interaction)
    draft = starting.own_form(services, person, interaction.screen.metadata)
    filled = forms.parse_migration(interaction.screen.values, draft, services.offers, ways(services))
    url = ""
    if not isinstance(filled, Errors) and not interaction.repeated:
        try:
            draft, url = taken(services, interaction, person, draft, filled, waits)
        except ServerNotAllowedError as error:
            filled = Errors({_field_of(interaction, error.side): str(error)})
    if isinstance(filled, Errors) and draft.state is not DraftState.STARTED:
        form = _with_missing(services, interaction, draft, next(iter(filled.by_block.values())))
        ack()
        services.slack.views_update(view_id=interaction.screen.id, view=form)
        return
    ack()
    redraw(services, interaction, draft, url)


def taken(
    services: Services, interaction: Interaction, person: Person, draft: Draft, filled: Filled, waits: Waits
) -> tuple[Draft, str]:
    """The form after it was sent, or Check first or the private page was asked for, and the address of that page.

    A form that lacks a password waits for it. The address is '' where the form needs no page, or has one open.
    """
    form, view_id = (services, person, draft.id, filled.fields, filled.secrets), interaction.screen.id
    if draft.state is DraftState.STARTED:
        return draft, ""
    if filled.lacks or waits is Waits.NOTHING:
        return private_page.ask_in_form(*form, view_id=view_id, edition=filled.edition, waits=waits)
    do = starting.check_first if waits is Waits.LOOK else starting.send_form
    return do(*form, view_id=view_id, edition=filled.edition), ""


def _with_missing(services: Services, interaction: Interaction, draft: Draft, why: str) -> modals.View:
    """The form with what is typed in it now, and what is missing beside its button."""
    values, person = interaction.screen.values, asker(services, interaction)
    draft = starting.change_form(
        services, person, draft.id, lambda now: replace(now, fields=forms.read_fields(values, now), verdict=None),
        forms.typed_passwords(values), interaction.this,
    )
    return migrate_form.migration_form(
        draft, services.offers, sends_email=services.sends_email, seen=[ahead.wrong(why)], ways=ways(services)
    )


# Sending and closing it


def _field_of(interaction: Interaction, side: Side) -> str:
    """The field on the screen with the server of that side; with the login where no server is typed."""
    name, values = Block.SOURCE_SERVER if side is Side.SOURCE else Block.DESTINATION_SERVER, interaction.screen.values
    return next((block for block in values if block.startswith(name)), ends.login_id(values, side))


def sent(ack: Ack, services: Services, interaction: Interaction) -> None:
    """The form was sent. What needs no server is checked at once, all else by a job; what was typed stays."""
    person = asker(services, interaction)
    draft, url = starting.own_form(services, person, interaction.screen.metadata), ""
    if draft.state is not DraftState.STARTED:
        values = interaction.screen.values
        if (number := forms.typed_number(values)) and (said := _of_number(services, person, draft, number)):
            ack(response_action="errors", errors={Block.CONSENT_NUMBER.value: said})
            return
        starting.check_form(services, person, draft.id, forms.read_fields(values, draft))
        filled = forms.parse_migration(values, draft, services.offers, ways(services))
        if isinstance(filled, Errors):
            _say_wrong(ack, services, interaction, draft, filled)
            return
        if not interaction.repeated:
            try:
                draft, url = taken(services, interaction, person, draft, filled, Waits.START)
            except ServerNotAllowedError as error:
                ack(response_action="errors", errors={_field_of(interaction, error.side): str(error)})
                return
    ack(response_action="update", view=_view(services, draft, url))


def _of_number(services: Services, person: Person, draft: Draft, number: str) -> str:
    """What there is to be said of a number that was typed; "" where the form has what it stands for."""
    last = consent_answers.confirm_typed(services, person, draft.id, number)
    return so_far(last, number, draft).said


def _say_wrong(ack: Ack, services: Services, interaction: Interaction, draft: Draft, filled: Errors) -> None:
    """What is wrong with the form that was sent, beside its fields.

    Where it names another Google account than the one whose owner has consented, that consent is given back, and the
    form shows it.
    """
    now = with_accounts(draft, forms.read_fields(interaction.screen.values, draft))
    if draft.authorised_as and not now.authorised_as:
        why = next(iter(filled.by_block.values()))
        ack(response_action="update", view=_with_missing(services, interaction, draft, why))
    else:
        ack(response_action="errors", errors=dict(filled.by_block))


def closed(ack: Ack, services: Services, interaction: Interaction) -> None:
    """The form was closed: what is being checked does not start."""
    starting.close_form(services, interaction.user, interaction.screen.metadata, interaction.screen.id)
    ack()
