"""The home tab of one person, as it is to look now, put up in Slack."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.deletions import Deletion, Deletions, Progress
from bot.desk import Desk
from bot.home import SHOWN, home, looks, not_for_you
from bot.links import Links
from bot.opened_homes import OpenedHomes, Owner
from bot.slack_errors import SLACK_FAILS
from bot.slack_errors import why as why_it_fails
from bot.threads import Threads, owned_by
from engine.errors import FatalError, InputError, OmmError, UnreadableError
from engine.migration.record import Migration
from engine.store.store import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tab:
    """A home tab as it is to look. `digest` is the same for all that need not be drawn anew."""

    view: Mapping[str, Any]
    digest: str
    deletion: Deletion | None


@dataclass(frozen=True, slots=True)
class Tabs:
    """What home tabs are drawn from."""

    store: Store
    threads: Threads
    deletions: Deletions
    links: Links
    opened: OpenedHomes
    clock: Callable[[], datetime]

    def of(self, owner: Owner) -> Tab:
        """A person's home tab as it is to look now."""
        tasks = list(_own(self.store, self.threads, owner.team, owner.user))
        found = {task.task_id: _link(self.threads, self.links, task.task_id, owner.user) for task in tasks[:SHOWN]}
        shown = (tasks, self.clock(), self.deletions.of(owner.team, owner.user), found)
        return Tab(home(*shown), looks(*shown), shown[2])

    def drawn(self, owner: Owner, begun: float, tab: Tab) -> bool:
        """Notes that it shows that. `begun` is of OpenedHomes.begin.

        True: it is the last that its owner is shown, because all their data is deleted. False too while another drawing
        may still be under way.
        """
        is_newest = self.opened.end(owner, begun, tab.digest)
        return is_newest and tab.deletion is not None and tab.deletion.progress is Progress.DONE

    def forget(self, owner: Owner, tab: Tab) -> None:
        """After the last: nothing is kept, unless they have a task, or have opened it again since they asked."""
        if tab.deletion is not None:
            self.opened.drop(owner, owned_by(owner.team, owner.user), tab.deletion.at)


def own_tasks(desk: Desk, team: str, user: str) -> Iterator[Migration]:
    """A person's own tasks, newest first; those whose record is gone, or cannot be read, are left out."""
    return _own(desk.engine.store, desk.threads, team, user)


def _own(store: Store, threads: Threads, team: str, user: str) -> Iterator[Migration]:
    for task_id in threads.of_owner(team, user):
        try:
            migration = store.load(task_id)
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
    return _link(desk.threads, desk.links, task_id, reader)


def _link(threads: Threads, links: Links, task_id: str, reader: str) -> str:
    try:
        return links.to_card(threads.cards(task_id), reader=reader)
    except UnreadableError:
        return ""


# What listeners and jobs draw at once. Whatever changes later, and what Slack does not take, the notifier draws.


def opened(desk: Desk, team: str, user: str) -> None:
    """Notes that somebody has their home tab before them."""
    desk.homes.opened(Owner(team, user))


def draw(desk: Desk, team: str, user: str) -> None:
    """Puts it up. Raises as slack_sdk does; then it is drawn a little later."""
    owner, tabs = Owner(team, user), _tabs(desk)
    begun = desk.homes.begin(owner)
    tab = tabs.of(owner)
    try:
        desk.slack.views_publish(user_id=user, view=dict(tab.view))
    except SLACK_FAILS:
        desk.homes.changed(owner)
        raise
    if tabs.drawn(owner, begun, tab):
        desk.homes.changed(owner)       # the notifier makes sure that nobody draws it any more, and forgets it


def draw_quietly(desk: Desk, team: str, user: str) -> None:
    """The same where nothing else hangs on whether Slack takes it now."""
    with _quietly():
        draw(desk, team, user)


def refuse(desk: Desk, user: str, why: str) -> None:
    """Says in the home tab of somebody who may not use the app `why` that is so, if Slack takes it."""
    desk.homes.forget(Owner(desk.team, user))
    with _quietly():
        desk.slack.views_publish(user_id=user, view=not_for_you(why))


def _tabs(desk: Desk) -> Tabs:
    return Tabs(desk.engine.store, desk.threads, desk.deletions, desk.links, desk.homes, desk.clock)


@contextmanager
def _quietly() -> Iterator[None]:
    try:
        yield
    except SLACK_FAILS as error:
        log.warning("a home tab was not drawn: %s", why_it_fails(error))
