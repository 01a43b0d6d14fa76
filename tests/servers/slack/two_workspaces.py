"""Two workspaces on one store and one set of processes: one web door, one worker, a notifier for each.

Both have people, channels and conversations of the very same IDs, so that whatever meets shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import wiring
from bot.listeners.bolt import build
from bot.listeners.deliveries import Deliveries
from engine.migration.record import Migration
from jobs import Jobs
from tests.servers.slack.signed import SECRET
from tests.servers.slack.signed_world import slack_emulator
from tests.servers.slack.workspace import TEAM, TOKEN
from tests.servers.slack.world import UNHURRIED, SlackWorld, slack_world

SECOND, SECOND_TOKEN = "T0SECOND01", "xoxb-of-the-second"


@dataclass
class Workspaces:
    """Both of them. Each is a whole world; doors and workers are the same for both."""

    first: SlackWorld
    second: SlackWorld

    def start(self, at: SlackWorld, user: str = "owner") -> Migration:
        """A migration of somebody in one of the workspaces, from the form to its place in line, its card posted."""
        before = {task.task_id for task in at.tasks()}
        at.open_form(user)
        at.send(user)
        at.work("check")
        self.notify()
        (started,) = [task for task in at.tasks() if task.task_id not in before]
        return started

    def notify(self) -> None:
        """Both notifiers send what there is to be sent."""
        self.first.notify()
        self.second.notify()


@contextmanager
def two_workspaces(directory: Path) -> Iterator[Workspaces]:
    """Opens them. The first is the one of SLACK_BOT_TOKEN."""
    with (
        slack_world(directory, slack_answers=60) as first,
        slack_emulator(first.opened, team=SECOND, token=SECOND_TOKEN) as slack,
    ):
        slack.configure(**UNHURRIED)
        second = SlackWorld(
            first.opened, slack, slack_answers=60, store=first.store, exchange=first.exchange, sides=first.sides,
            listeners=first.listeners, team=SECOND, token=SECOND_TOKEN,
        )
        first.door.bolt = build(
            first.services, Deliveries(first.redis), first.listeners, signing_secret=SECRET, others=[second.services]
        )
        slack.point_to(first.url)
        first.workspaces = second.workspaces = wiring.workspaces(
            first.opened, wired(first, second), lambda team: Jobs(first.redis, team=team), environ={}
        )
        yield Workspaces(first, second)
        first.listeners.settle()
        second.notifier.close()


def wired(first: SlackWorld, second: SlackWorld) -> list[wiring.SlackSettings]:
    """How each workspace's Slack is reached."""
    return [
        wiring.SlackSettings(TOKEN, SECRET, "", first.slack.url),
        wiring.SlackSettings(SECOND_TOKEN, SECRET, "", second.slack.url, first=False),
    ]


def everything(at: SlackWorld, user: str = "owner", channel: str = "migrations") -> str:
    """All that Slack has of us in that channel, and for that person: messages, windows and the home tab."""
    held: list[Any] = [
        at.slack.messages(channel), at.slack.messages("dm", user), at.slack.ephemerals(user), at.slack.views(user),
        at.slack.home(user),
    ]
    return str(held)


__all__ = ["SECOND", "TEAM", "Workspaces", "everything", "two_workspaces", "wired"]
