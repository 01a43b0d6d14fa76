"""Migrate: the form, from an empty one to the check of what was typed. A job starts the migration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from slack_bolt import Ack, App
from slack_sdk.errors import SlackApiError

from bot import dialogs, forms, ids, migrate_form, modals
from bot.answers import not_kept
from bot.deed import Deed
from bot.drafts import KEPT, Draft, DraftState
from bot.forms import Errors, Filled
from bot.ids import Action
from bot.permissions import NotAllowedError, check_member
from bot.reply import TITLE, ephemeral, show
from bot.services import Services
from bot.slack_errors import why
from engine.errors import FatalError, InputError, Side
from engine.vault import Secret

GONE = f"This form has expired. Start again with {ids.COMMAND} migrate."
NOT_YOURS = "Only the person who opened this form can continue it."
STARTING = "Your migration is starting. Its card appears in a moment."


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.command(ids.COMMAND, matchers=[is_migrate])(typed)
    app.shortcut(ids.View.SHORTCUT)(asked)
    app.action(Action.NEW)(asked)
    app.action(Action.CONTINUE)(continued)
    app.action(Action.SOURCE_KIND)(chosen)
    app.action(Action.OFFER)(chosen)
    app.view(ids.View.FORM)(sent)
    app.view_closed(ids.View.FORM)(closed)


def is_migrate(deed: Deed) -> bool:
    """Whether the command is for us."""
    return deed.word == "migrate"


# Opening it


def typed(ack: Ack, services: Services, deed: Deed) -> None:
    """`/omm migrate`: the card will stand where this was typed. What is typed behind it is not looked at."""
    ack(ephemeral(not_kept()) if deed.rest else "")
    _open_new(services, deed)


def asked(ack: Ack, services: Services, deed: Deed) -> None:
    """The shortcut, and the button of the home tab."""
    ack()
    _open_new(services, deed)


def _open_new(services: Services, deed: Deed) -> None:
    check_member(services.people.look(deed.user), services.team)
    _open(services, deed, services.drafts.new(team=services.team, owner=deed.user, channel=deed.channel))


def _open(services: Services, deed: Deed, draft: Draft) -> None:
    """Opens the form, in the place of any other that its owner has before them: Slack says nothing of that one."""
    view_id = show(services, deed, _form(services, draft))
    services.drafts.change(draft.id, lambda now: replace(now, view_id=view_id))
    if (before := services.drafts.opened(draft)) is not None:
        _end(services, before, _over)


def continued(ack: Ack, services: Services, deed: Deed) -> None:
    """The button of a letter: the form again, as it was left."""
    check_member(services.people.look(deed.user), services.team)
    _own(services, deed, deed.value)
    draft = _changed(services, deed.value, _reopened)
    ack()
    if draft.state is DraftState.STARTED:
        show(services, deed, _view(services, draft))
    else:
        _open(services, deed, draft)


def _reopened(draft: Draft) -> Draft:
    return replace(draft, state=DraftState.OPEN) if draft.state in (DraftState.CLOSED, DraftState.OVER) else draft


def _own(services: Services, deed: Deed, draft_id: str) -> Draft:
    """Their own draft. Raises InputError and NotAllowedError."""
    draft = services.drafts.load(draft_id)
    if draft is None:
        raise InputError(GONE)
    if draft.owner != deed.user:
        raise NotAllowedError(NOT_YOURS)
    return draft


def _view(services: Services, draft: Draft) -> modals.View:
    """What stands on the screen for a draft."""
    if draft.state is not DraftState.STARTED:
        return _form(services, draft)
    try:
        return migrate_form.started(services.engine.store.load(draft.id), channel=draft.channel)
    except InputError:      # decided, and not written down yet
        return dialogs.words(TITLE, STARTING)


def _form(services: Services, draft: Draft) -> modals.View:
    return migrate_form.migration_form(draft, services.offers, sends_email=services.sends_email)


# Menus


def chosen(ack: Ack, services: Services, deed: Deed) -> None:
    """Another kind of source, or another offer: the form is drawn anew, with everything typed in it.

    Whatever is being checked counts no more.
    """
    before = _own(services, deed, deed.screen.metadata)
    secrets = forms.typed_passwords(deed.screen.values)
    after = _changed(services, before.id, lambda draft: _chosen(services, deed, draft, secrets))
    drawn_anew = after.edition != before.edition or deed.tried
    if drawn_anew and after.state not in (DraftState.STARTED, DraftState.OVER):
        _keep(services, after, secrets)
    ack()
    _redraw(services, deed, after)


def _chosen(services: Services, deed: Deed, draft: Draft, secrets: Mapping[Side, Secret]) -> Draft:
    if draft.state is DraftState.STARTED:
        return draft
    after = forms.chosen_anew(deed.screen.values, draft, services.offers)
    if after.edition != draft.edition and after.state is not DraftState.OVER:    # fields of passwords come up empty
        after = replace(after, kept=after.kept | secrets.keys())
    if after.state is DraftState.CHECKING:
        after = replace(after, state=DraftState.OPEN, generation=after.generation + 1)
    return after


def _redraw(services: Services, deed: Deed, draft: Draft) -> None:
    """Draws the form as the draft is, unless it has been closed."""
    view_id = deed.screen.id
    try:
        if not _drawn(services, view_id, draft, hash=deed.screen.hash):
            _draw_newest(services, view_id, draft.id)
    except SlackApiError as error:
        if why(error) != "not_found":
            raise


def _drawn(services: Services, view_id: str, draft: Draft, **expected: str) -> bool:
    """False: it has been drawn anew since it had the `hash` that is expected. Raises as slack_sdk does."""
    try:
        services.slack.views_update(view_id=view_id, view=_view(services, draft), **expected)
    except SlackApiError as error:
        if why(error) != "hash_conflict":
            raise
        return False
    return True


def _draw_newest(services: Services, view_id: str, draft_id: str) -> None:
    """Somebody was quicker and has drawn another choice: draws what both have come to, until that is on the screen."""
    drawn = None
    while (draft := services.drafts.load(draft_id)) != drawn and draft is not None:
        _drawn(services, view_id, draft)
        drawn = draft


# Sending and closing it


def sent(ack: Ack, services: Services, deed: Deed) -> None:
    """The form was sent. What needs no server is checked at once, all else by a job; what was typed stays."""
    draft = _own(services, deed, deed.screen.metadata)
    if draft.state is not DraftState.STARTED:
        filled = forms.parse_migration(deed.screen.values, draft, services.offers)
        if isinstance(filled, Errors):
            ack(response_action="errors", errors=dict(filled.by_block))
            return
        if not deed.repeated:
            draft = _submitted(services, deed, draft, filled)
    ack(response_action="update", view=_view(services, draft))


def _submitted(services: Services, deed: Deed, draft: Draft, filled: Filled) -> Draft:
    """The draft, being checked. Sent twice as it is, it is checked once."""
    is_new = draft.fields != filled.fields or _are_new(services, draft, filled.secrets)
    after = _changed(services, draft.id, lambda now: _checking(now, deed, filled, is_new=is_new))
    if after.state is DraftState.CHECKING:
        _keep(services, after, filled.secrets)
        services.jobs.check(after.id, after.generation)
    return after


def _checking(draft: Draft, deed: Deed, filled: Filled, *, is_new: bool) -> Draft:
    if draft.state is DraftState.STARTED or (draft.state is DraftState.CHECKING and not is_new):
        return draft
    return replace(
        draft, fields=filled.fields, state=DraftState.CHECKING, generation=draft.generation + 1,
        edition=draft.edition + 1, kept=draft.kept | filled.secrets.keys(), view_id=deed.screen.id, verdict=None,
    )


def _are_new(services: Services, draft: Draft, secrets: Mapping[Side, Secret]) -> bool:
    return any(_kept(services, draft, side) != secret for side, secret in secrets.items())


def _kept(services: Services, draft: Draft, side: Side) -> str | None:
    try:
        return services.engine.vault.get(draft.id, side) if services.engine.vault.has(draft.id, side) else None
    except FatalError:      # it ended between the two looks
        return None


def _keep(services: Services, draft: Draft, secrets: Mapping[Side, Secret]) -> None:
    """Keeps what was typed for as long as the draft; not if the form has been closed for good at this moment."""
    for side, secret in secrets.items():
        services.engine.vault.put(draft.id, side, secret, expires=services.clock() + KEPT)
    now = services.drafts.load(draft.id) if secrets else draft
    if now is None or now.state is DraftState.OVER:
        services.engine.vault.drop(draft.id)


def closed(ack: Ack, services: Services, deed: Deed) -> None:
    """The form was closed: what is being checked does not start. The check writes to its owner when it is done.

    One that is not being checked, and that no letter leads back to, keeps no password.
    """
    draft = services.drafts.load(deed.screen.metadata)
    if draft is not None and draft.owner == deed.user:
        _end(services, draft.id, lambda now: _closed(now, deed.screen.id))
    ack()


def _closed(draft: Draft, view_id: str) -> Draft:
    """One that was opened anew meanwhile is not closed."""
    if draft.view_id not in ("", view_id):
        return draft
    return replace(draft, state=DraftState.CLOSED) if draft.state is DraftState.CHECKING else _over(draft)


def _over(draft: Draft) -> Draft:
    """Nobody can open it again, unless a letter leads back to it."""
    if draft.state is not DraftState.OPEN or draft.has_letter:
        return draft
    return replace(draft, state=DraftState.OVER, kept=frozenset())


def _end(services: Services, draft_id: str, do: Callable[[Draft], Draft]) -> None:
    """Changes a draft; if that ends it, its passwords are gone when this returns."""
    draft = services.drafts.change(draft_id, do)
    if draft is not None and draft.state is DraftState.OVER:
        services.engine.vault.drop(draft_id)


def _changed(services: Services, draft_id: str, do: Callable[[Draft], Draft]) -> Draft:
    draft = services.drafts.change(draft_id, do)
    if draft is None:
        raise InputError(GONE)
    return draft
