"""The home tab of one person, as it is to look now, put up in Slack."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from http.client import HTTPException

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.desk import Desk
from bot.home import SHOWN, home
from engine.errors import FatalError, OmmError
from engine.migration import Migration

log = logging.getLogger(__name__)


def own_tasks(desk: Desk, team: str, user: str) -> Iterator[Migration]:
    """A person's own tasks, newest first; those whose record is gone, or cannot be read, are left out."""
    for task_id in desk.threads.of_owner(team, user):
        try:
            migration = desk.engine.store.load(task_id)
        except FatalError:
            raise
        except OmmError:
            continue
        yield migration


def draw(desk: Desk, team: str, user: str) -> None:
    """Puts it up. Raises as slack_sdk does."""
    tasks = list(own_tasks(desk, team, user))
    links = {task.task_id: desk.links.to_card(desk.threads.cards(task.task_id)) for task in tasks[:SHOWN]}
    view = home(tasks, desk.clock(), desk.deletions.of(team, user), links)
    desk.slack.views_publish(user_id=user, view=view)


def draw_quietly(desk: Desk, team: str, user: str) -> None:
    """The same where it does not matter whether Slack takes it: the tab is drawn anew whenever it is opened."""
    try:
        draw(desk, team, user)
    except (SlackClientError, HTTPException, OSError) as error:
        code = error.response.get("error") if isinstance(error, SlackApiError) else type(error).__name__
        log.warning("a home tab was not drawn: %s", code)
