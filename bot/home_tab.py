"""The home tab of one person, as it is to look now, put up in Slack."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.home import SHOWN, home, not_for_you
from bot.own_tasks import own_tasks
from bot.services import Services
from engine.errors import UnreadableError

log = logging.getLogger(__name__)


def links(services: Services, task_ids: list[str], reader: str) -> dict[str, str]:
    """The addresses of these migrations' cards that the reader can open, by task ID; of those that have one."""
    found = {task_id: link_to(services, task_id, reader) for task_id in task_ids}
    return {task_id: link for task_id, link in found.items() if link}


def link_to(services: Services, task_id: str, reader: str) -> str:
    """The address of a migration's card that the reader can open; '' for none, or one that cannot be read."""
    try:
        return services.links.to_card(services.threads.cards(task_id), reader=reader)
    except UnreadableError:
        return ""


def draw(services: Services, team: str, user: str) -> None:
    """Puts it up. Raises as slack_sdk does."""
    services.slack.views_publish(user_id=user, view=_drawn(services, team, user))


def draw_quietly(services: Services, team: str, user: str) -> None:
    """The same where it does not matter whether Slack takes it: the tab is drawn anew whenever it is opened."""
    _publish_quietly(services, user, _drawn(services, team, user))


def refuse(services: Services, user: str, why: str) -> None:
    """Says in the home tab of somebody who may not use the app `why` that is so, if Slack takes it."""
    _publish_quietly(services, user, not_for_you(why))


def _drawn(services: Services, team: str, user: str) -> dict[str, Any]:
    tasks = list(own_tasks(services, team, user))
    to_cards = links(services, [task.task_id for task in tasks[:SHOWN]], user)
    return home(tasks, services.clock(), services.deletions.of(team, user), to_cards)


def _publish_quietly(services: Services, user: str, view: Mapping[str, Any]) -> None:
    try:
        services.slack.views_publish(user_id=user, view=dict(view))
    except (SlackClientError, HTTPException, OSError) as error:
        code = error.response.get("error") if isinstance(error, SlackApiError) else type(error).__name__
        log.warning("a home tab was not drawn: %s", code)
