"""Settings: `/omm admin settings` and the button of the home tab, for the admins and owners of the workspace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from slack_bolt import Ack, App

from bot import admin, ids
from bot.admin import Settings, SettingsChangedError
from bot.ids import Action, Block
from bot.listeners.interaction import Interaction
from bot.listeners.reply import asker, ephemeral, show
from bot.listeners.typed import could_be_password
from bot.people import Person, UnknownPersonError
from bot.services import Services
from bot.slack_errors import SLACK_FAILS, why
from bot.stored.policies import Policy
from bot.user_groups import UnknownGroupsError
from bot.views import dialogs, modals
from bot.views.answers import not_kept
from bot.views.forms import Errors
from bot.views.settings import DAMAGED, GROUPS_AWAY, NO_GROUPS, TITLE, Room, settings_view
from bot.views.settings_form import NOT_OFFERED, Seen, parse_settings, seen

WORD = "settings"
SAVED = "The settings are saved. They hold from now on."
IS_SHOWN = "OMM posts its audit here from now on: who did what, without logins and servers."
NOT_THERE = "OMM is not in this channel. Type /invite @omm there, then press Save again."
SHARED = "Choose a channel of this workspace alone: people of other workspaces must not read the audit."
NO_SCOPES = (
    "OMM cannot find out who else reads there. The operator adds Slack's scopes channels:read and groups:read to the "
    "app and installs it again."
)
NOT_POSTED: Mapping[str, str] = MappingProxyType({
    "missing_scope": NO_SCOPES,
    "not_in_channel": NOT_THERE, "channel_not_found": NOT_THERE,
    "is_archived": "This channel is archived. Choose another one.",
})      # docs.slack.dev/reference/methods/chat.postMessage
NOT_NOW = "Slack did not let OMM post there ({}). Choose another channel, or try again."
NO_ADMINS = "Choose only admins and owners of this workspace."
UNSAID = "Slack did not say just now who they are. Please try again."


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.command(ids.COMMAND, matchers=[is_settings])(typed)
    app.action(Action.SETTINGS)(asked)
    app.view(ids.View.SETTINGS)(sent)


def is_settings(interaction: Interaction) -> bool:
    """True: the command is for us."""
    return interaction.word == "admin" and interaction.rest.partition(" ")[0].casefold() == WORD


def typed(ack: Ack, services: Services, interaction: Interaction) -> None:
    """`/omm admin settings`. What is typed behind it is not looked at."""
    ack(ephemeral(not_kept()) if could_be_password(interaction.rest.partition(" ")[2]) else "")
    _open(services, interaction)


def asked(ack: Ack, services: Services, interaction: Interaction) -> None:
    """The button."""
    ack()
    _open(services, interaction)


def _open(services: Services, interaction: Interaction) -> None:
    found = admin.settings(services, asker(services, interaction))
    show(services, interaction, _view(services, found))


def _view(services: Services, found: Settings, edition: int = 0, note: str = "") -> modals.View:
    note = note or (DAMAGED if found.is_damaged else "")
    return settings_view(found.policy, _room(services), edition=edition, note=note)


def _room(services: Services) -> Room:
    room = Room((), bool(services.public_url), services.retention_days)
    try:
        return replace(room, groups=services.people.groups.all())
    except UnknownGroupsError as error:
        return replace(room, why_no_groups=NO_GROUPS if error.reason == "missing_scope" else GROUPS_AWAY)


# Saving


def sent(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Saves what is on the screen; says at a field what is wrong with it, or what somebody else has saved meanwhile."""
    person, shown = asker(services, interaction), seen(interaction.screen.metadata)
    now = admin.settings(services, person).policy
    wanted = parse_settings(
        interaction.screen.values, shown.edition, now, retention_days=services.retention_days
    )
    if not isinstance(wanted, Errors):
        wanted = _asked_slack(services, shown, now, wanted)
    if isinstance(wanted, Errors):
        ack(response_action="errors", errors=dict(wanted.by_block))
        return
    ack(response_action="update", view=_saved(services, person, shown, wanted))


def _saved(services: Services, person: Person, shown: Seen, wanted: Policy) -> modals.View:
    try:
        admin.change_settings(services, person, shown.digest, wanted)
    except SettingsChangedError as error:
        note = f":warning: {error} These are the settings as they are now."
        return _view(services, Settings(error.now), shown.edition + 1, note)
    return dialogs.words(TITLE, SAVED)


def _asked_slack(services: Services, shown: Seen, now: Policy, wanted: Policy) -> Policy | Errors:
    """What is wanted, unless Slack has something against it. Of others' newer settings nothing is asked."""
    if shown.digest != now.digest or wanted.digest == now.digest:
        return wanted
    if words := _no_admins(services, now, wanted):
        return Errors({f"{Block.SERVICE_ADMINS}{shown.edition}": words})
    if words := _no_groups(services, now, wanted):
        return Errors({f"{Block.GROUPS}{shown.edition}": words})
    if wanted.audit_channel not in ("", now.audit_channel) and (words := _not_posted(services, wanted.audit_channel)):
        return Errors({f"{Block.AUDIT_CHANNEL}{shown.edition}": words})
    return wanted


def _no_admins(services: Services, now: Policy, wanted: Policy) -> str:
    """What is wrong with those who are newly named for service accounts; '' for nothing."""
    try:
        people = [services.people.look(user) for user in wanted.service_accounts if user not in now.service_accounts]
    except UnknownPersonError:
        return UNSAID
    return "" if all(_is_admin_here(services, person) for person in people) else NO_ADMINS


def _is_admin_here(services: Services, person: Person) -> bool:
    is_gone = person.deleted or person.is_bot or person.is_guest
    return person.is_admin and services.team in person.teams and not is_gone


def _no_groups(services: Services, now: Policy, wanted: Policy) -> str:
    """What is wrong with the user groups that are newly chosen; '' for nothing."""
    new = set(wanted.groups) - set(now.groups)
    try:
        known = {group.id for group in services.people.groups.all()} if new else set()
    except UnknownGroupsError as error:
        return str(error)
    return "" if new <= known else NOT_OFFERED


def _not_posted(services: Services, channel: str) -> str:
    """Posts the first message into the audit's channel. Says why that is not possible; '' when it is done.

    Slack says whether others share the channel with the scopes channels:read and groups:read alone
    (docs.slack.dev/reference/methods/conversations.info).
    """
    try:
        found = services.slack.conversations_info(channel=channel)["channel"]
        if any(found.get(kind) for kind in ("is_ext_shared", "is_shared", "is_pending_ext_shared", "is_im", "is_mpim")):
            return SHARED
        services.slack.chat_postMessage(channel=channel, text=IS_SHOWN, unfurl_links=False, unfurl_media=False)
    except SLACK_FAILS as error:
        return NOT_POSTED.get(why(error), NOT_NOW.format(why(error)))
    return ""
