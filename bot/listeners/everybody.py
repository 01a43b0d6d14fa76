"""Everybody: an admin's part of the home tab, the list of everybody's migrations, the workers, pause all and go on."""

from __future__ import annotations

from collections.abc import Callable

from slack_bolt import Ack, App
from slack_sdk.errors import SlackApiError

from bot import ids, overseeing, pausing_all
from bot.ids import Action
from bot.listeners.interaction import Interaction
from bot.listeners.reply import Said, asker, show, tell
from bot.notices import home_tab
from bot.permissions import Actor
from bot.services import Services, Try
from bot.slack_errors import why
from bot.stored.lists import Wanted
from bot.stored.policies import Policy
from bot.views.admin import everybody_view, placed, wanted, workers_view
from bot.views.modals import View

GONE = frozenset({"not_found", "hash_conflict"})    # closed, or turned over once more meanwhile
PAUSED = (
    "Everybody's migrations are paused: what runs stops when what is under way has arrived, and what is new stays in "
    "line. Rollbacks and cancels go on. Press Go on in OMM's Home tab to let them go on."
)
GOES_ON = "Everybody's migrations go on, but for those that a person has paused."


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.action(Action.ALL)(opened)
    app.action(Action.ALL_AT)(turned)
    app.action(Action.ALL_AT_OLDER)(turned)
    app.action(Action.ALL_CLEAR)(turned)
    app.view(ids.View.ALL)(filtered)
    app.action(Action.WORKERS)(workers)
    app.action(Action.PAUSE_ALL)(pause_all)
    app.action(Action.GO_ON)(go_on)


# Everybody's migrations


def opened(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Opens the list at its newest."""
    ack()
    show(services, interaction, _list(services, interaction, Wanted(), 0))


def turned(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Shows another page in its place."""
    ack()
    _draw(services, interaction, _list(services, interaction, *placed(interaction.value)))


def filtered(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Shows what the form asks for."""
    ack(response_action="update", view=_list(services, interaction, wanted(interaction.screen.values), 0))


def _list(services: Services, interaction: Interaction, of: Wanted, first: int) -> View:
    page = overseeing.everybodys(services, asker(services, interaction), of, first=first)
    cards = {one.migration.task_id: one.cards for one in page.found}
    to_cards = services.links.to_cards(cards, reader=interaction.user)
    return everybody_view(page, to_cards, services.clock(), services.policies.hold(services.team))


def _draw(services: Services, interaction: Interaction, view: View) -> None:
    try:
        services.slack.views_update(view_id=interaction.screen.id, hash=interaction.screen.hash, view=view)
    except SlackApiError as error:
        if why(error) not in GONE:
            raise


# Workers


def workers(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Shows who works on what, what waits, and which servers fail."""
    ack()
    working = overseeing.working(services, asker(services, interaction))
    show(services, interaction, workers_view(working, services.clock()))


# Pause all, go on


def pause_all(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Holds everybody's migrations up."""
    _change(ack, services, interaction, pausing_all.pause_all, PAUSED)


def go_on(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Lets them go on."""
    _change(ack, services, interaction, pausing_all.let_all_go_on, GOES_ON)


def _change(
    ack: Ack, services: Services, interaction: Interaction, do: Callable[[Services, Actor, Try], Policy], said: str
) -> None:
    """Does it before it acknowledges: whoever dies over it is asked once more. What was pressed on is drawn anew."""
    do(services, asker(services, interaction), interaction.this)
    ack()
    home_tab.draw_quietly(services, services.team, interaction.user)
    if interaction.view is not None and interaction.view.is_modal:
        _draw(services, interaction, _list(services, interaction, *placed(interaction.view.metadata)))
    elif interaction.view is None:
        tell(services, interaction, Said(said))
