"""The world that the web door lives in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from slack_bolt import App

from app import Door, create_app
from bot.listeners.bolt import build
from bot.listeners.deliveries import Deliveries
from bot.offers import Offer, Offers
from bot.services import Services
from bot.workspace import Workspace
from tests.servers.slack.signed import SECRET
from tests.servers.slack.world import SlackWorld, serving, slack_world

OFFERS = Offers((
    Offer("ours", "Our Exchange", "mail.corp.example", quota="250 kB"),
    Offer("elsewhere", "The Exchange of our other house", "mail.other.example"),
    Offer("exchange", "Another Exchange server"),
))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SlackWorld]:
    with slack_world(tmp_path) as world:
        yield world


@contextmanager
def furnished(world: SlackWorld, **settings: Any) -> Iterator[SlackWorld]:
    """The same world with other settings of the app."""
    services = world.services = replace(world.services, **settings)

    def make(team: str) -> tuple[App, Services]:
        own = replace(services, team=team)
        return build(own, Deliveries(world.redis), world.listeners, signing_secret=SECRET), own

    door = Door(world.redis, Workspace(world.redis, services.slack), make)
    door.open()
    with serving(create_app(door, signing_secret=SECRET)) as url:
        world.slack.point_to(url)
        yield world
        world.listeners.settle()


@pytest.fixture
def corporate(world: SlackWorld) -> Iterator[SlackWorld]:
    """Its operator has offers whose address is the same for everybody, beside one that has none."""
    with furnished(world, offers=OFFERS) as changed:
        yield changed


@pytest.fixture
def mailing(world: SlackWorld) -> Iterator[SlackWorld]:
    """Its operator has named a mail server."""
    with furnished(world, sends_email=True) as changed:
        yield changed
