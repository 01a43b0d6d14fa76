"""The home tab of one person, as it is to look now, put up in Slack."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.links import Links
from bot.overseeing import LATELY
from bot.own_tasks import newest_of
from bot.people import People, Person, UnknownPersonError
from bot.permissions import NotAllowedError, check_admin, check_member
from bot.services import Services
from bot.slack_errors import SLACK_FAILS
from bot.slack_errors import why as why_it_fails
from bot.stored.deletions import Deletion, Deletions, Progress
from bot.stored.lists import Lists
from bot.stored.opened_homes import OpenedHomes, Owner
from bot.stored.policies import Hold, Policies
from bot.stored.threads import Threads, owned_by
from bot.views.home import SHOWN, Home, Oversight, home, looks, not_for_you
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
    people: People
    policies: Policies
    lists: Lists
    clock: Callable[[], datetime]

    def of(self, owner: Owner) -> Tab:
        """A person's home tab as it is to look now."""
        tasks, older = newest_of(self.store, self.threads, owner.team, owner.user, SHOWN)
        found = _links(self.threads, self.links, [task.task_id for task in tasks], owner.user)
        shown = Home(
            tasks, self.clock(), self.deletions.of(owner.team, owner.user), found, older, self._oversight(owner)
        )
        return Tab(home(shown), looks(shown), shown.deletion)

    def _oversight(self, owner: Owner) -> Oversight | None:
        """What an admin of the workspace sees of everybody; None for all others, and while Slack does not say who."""
        try:
            check_admin(self.people.look(owner.user), owner.team)
        except (NotAllowedError, UnknownPersonError):
            return None
        now = self.clock()
        totals = self.lists.totals(owner.team, (now - LATELY).timestamp())
        return Oversight(totals, now, self.hold(owner.team))

    def hold(self, team: str) -> Hold | None:
        """Who has paused everybody's migrations there; None: nobody, as far as this release can read."""
        return self.policies.hold(team)

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


def links(services: Services, task_ids: list[str], reader: str) -> dict[str, str]:
    """The addresses of these migrations' cards that the reader can open, by task ID; of those that have one."""
    return _links(services.threads, services.links, task_ids, reader)


def link_to(services: Services, task_id: str, reader: str) -> str:
    """The address of a migration's card that the reader can open; '' for none, or one that cannot be read."""
    return _link(services.threads, services.links, task_id, reader)


def _link(threads: Threads, links: Links, task_id: str, reader: str) -> str:
    return _links(threads, links, [task_id], reader).get(task_id, "")


def _links(threads: Threads, links: Links, task_ids: Sequence[str], reader: str) -> dict[str, str]:
    return links.to_cards({seen.task_id: seen.cards for seen in threads.some(task_ids)}, reader=reader)


# What listeners and jobs draw at once. Whatever changes later, and what Slack does not take, the notifier draws.


def opened(services: Services, person: Person) -> None:
    """Notes that somebody has their home tab before them; who may not use the app is told so in it.

    Raises NotAllowedError for them.
    """
    try:
        check_member(person, services.team)
    except NotAllowedError as error:
        refuse(services, person.id, str(error))
        raise
    services.homes.opened(Owner(services.team, person.id))


def draw(services: Services, team: str, user: str) -> None:
    """Puts it up. Raises as slack_sdk does; then it is drawn a little later."""
    owner, tabs = Owner(team, user), _tabs(services)
    begun = services.homes.begin(owner)
    tab = tabs.of(owner)
    try:
        services.slack.views_publish(user_id=user, view=dict(tab.view))
    except SLACK_FAILS:
        services.homes.changed(owner)
        raise
    if tabs.drawn(owner, begun, tab):
        services.homes.changed(owner)       # the notifier makes sure that nobody draws it any more, and forgets it


def draw_quietly(services: Services, team: str, user: str) -> None:
    """The same where nothing else hangs on whether Slack takes it now."""
    with _quietly():
        draw(services, team, user)


def refuse(services: Services, user: str, why: str) -> None:
    """Says in the home tab of somebody who may not use the app `why` that is so, if Slack takes it."""
    services.homes.forget(Owner(services.team, user))
    with _quietly():
        services.slack.views_publish(user_id=user, view=not_for_you(why))


def _tabs(services: Services) -> Tabs:
    of = services
    return Tabs(
        of.engine.store, of.threads, of.deletions, of.links, of.homes, of.people, of.policies, of.lists, of.clock
    )


@contextmanager
def _quietly() -> Iterator[None]:
    try:
        yield
    except SLACK_FAILS as error:
        log.warning("a home tab was not drawn: %s", why_it_fails(error))
