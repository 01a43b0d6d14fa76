"""The home tab of one person, as it is to look now, put up in Slack."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from typing import Any

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.desk import Desk
from bot.home import SHOWN, home, not_for_you
from engine.errors import FatalError, InputError, OmmError, UnreadableError
from engine.migration.record import Migration

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


def unread_tasks(desk: Desk, team: str, user: str) -> list[str]:
    """The IDs of their tasks that only a newer release can read, newest first."""
    return [task_id for task_id in desk.threads.of_owner(team, user) if _is_unread(desk, task_id)]


def _is_unread(desk: Desk, task_id: str) -> bool:
    try:
        desk.engine.store.load(task_id)
    except UnreadableError:
        return True
    except InputError:      # it is gone
        return False
    return False


def links(desk: Desk, task_ids: list[str], reader: str) -> dict[str, str]:
    """The addresses of these migrations' cards that the reader can open, by task ID; of those that have one."""
    found = {task_id: link_to(desk, task_id, reader) for task_id in task_ids}
    return {task_id: link for task_id, link in found.items() if link}


def link_to(desk: Desk, task_id: str, reader: str) -> str:
    """The address of a migration's card that the reader can open; '' for none, or one that cannot be read."""
    try:
        return desk.links.to_card(desk.threads.cards(task_id), reader=reader)
    except UnreadableError:
        return ""


def draw(desk: Desk, team: str, user: str) -> None:
    """Puts it up. Raises as slack_sdk does."""
    desk.slack.views_publish(user_id=user, view=_drawn(desk, team, user))


def draw_quietly(desk: Desk, team: str, user: str) -> None:
    """The same where it does not matter whether Slack takes it: the tab is drawn anew whenever it is opened."""
    _publish_quietly(desk, user, _drawn(desk, team, user))


def refuse(desk: Desk, user: str, why: str) -> None:
    """Says in the home tab of somebody who may not use the app `why` that is so, if Slack takes it."""
    _publish_quietly(desk, user, not_for_you(why))


def _drawn(desk: Desk, team: str, user: str) -> dict[str, Any]:
    tasks = list(own_tasks(desk, team, user))
    to_cards = links(desk, [task.task_id for task in tasks[:SHOWN]], user)
    return home(tasks, desk.clock(), desk.deletions.of(team, user), to_cards)


def _publish_quietly(desk: Desk, user: str, view: Mapping[str, Any]) -> None:
    try:
        desk.slack.views_publish(user_id=user, view=dict(view))
    except (SlackClientError, HTTPException, OSError) as error:
        code = error.response.get("error") if isinstance(error, SlackApiError) else type(error).__name__
        log.warning("a home tab was not drawn: %s", code)
