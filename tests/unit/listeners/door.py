"""A web door over a store in memory, without a network: it can be killed before any of its commands."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from slack_bolt import App, BoltRequest, BoltResponse
from slack_sdk import WebClient

import wiring
from bot.ids import VALUE
from bot.listeners.bolt import build
from bot.listeners.deliveries import ANSWERED, Deliveries
from bot.listeners.interaction import delivery
from bot.listeners.reply import TITLE
from bot.people import People
from bot.services import Services
from bot.stored.orders import Orders
from bot.stored.threads import Act, Thread
from engine.migration.record import State
from engine.store.lease import Lease
from tests.servers.slack.signed_world import services_on
from tests.servers.slack.workspace import CHANNEL, OWNER, TEAM
from tests.unit.life.world import NOW, Killed, Life

NUMBERS = itertools.count(1)


class Screen(WebClient):
    """Slack, which lets us do everything. `opened` are the windows that were opened."""

    def __init__(self) -> None:
        super().__init__("xoxb-of-a-test")
        self.opened: list[Mapping[str, Any]] = []

    def api_call(self, api_method: str, **given: Any) -> Any:
        """As the library's, with what Slack answers."""
        if api_method in ("views.open", "views.push"):
            self.opened.append(given["json"]["view"])
        return {"ok": True, "view": {"id": f"V{next(NUMBERS)}"}, "user": {"team_id": TEAM}}


class AtOnce(Executor):
    """Does what it is given at once: an error that ends the process ends the test's thread as well."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(fn(*args, **named))
        return done


@dataclass
class WebDoor:
    """The door, and what a test needs of its world. `leases` are of workers, which outlive the door."""

    life: Life
    screen: Screen = field(default_factory=Screen)
    leases: list[Lease] = field(default_factory=list)
    services: Services = field(init=False)
    orders: Orders = field(init=False)

    def __post_init__(self) -> None:
        redis = self.life.redis
        services = services_on(wiring.Doors(self.life.engine, redis, ""))
        self.services = replace(services, slack=self.screen, people=People(redis, self.screen))
        self.orders = Orders(redis)

    @cached_property
    def bolt(self) -> App:
        """Made when something is delivered."""
        deliveries = Deliveries(self.life.redis, clock=self.life.clock)
        return build(self.services, deliveries, AtOnce(), signing_secret="-")

    def deliver(self, body: Mapping[str, Any]) -> BoltResponse:
        """Slack delivers that; the answer."""
        return self.bolt.dispatch(BoltRequest(mode="socket_mode", body=dict(body)))

    def has_answered(self, body: Mapping[str, Any]) -> bool:
        """True: Slack saw an answer, so it does not send that again."""
        return bool(self.life.redis.get(f"omm:seen:{delivery(body)}") == ANSWERED.encode())

    def dies_over(self, body: Mapping[str, Any], moment: int) -> bool:
        """Slack delivers that to a door that is killed before so many commands. False: it answered before.

        A minute later another door is open in its place.
        """
        redis = self.life.redis
        self.life.kill_at(moment)
        with suppress(Killed):
            self.deliver(body)
        killed, redis.dead, redis.at = redis.dead, False, None
        self.life.clock.move(minutes=1)
        if not self.leases:
            self.life.expire_leases()
        return killed

    # What is there

    def task(self, state: State = State.WAITING, **changes: Any) -> str:
        """A task that was begun in Slack; its ID."""
        task_id = self.life.put(state, **changes)
        self.services.threads.open(Thread(task_id, TEAM, OWNER, CHANNEL))
        return task_id

    def at_work(self, task_id: str) -> None:
        """A worker has that task from now on."""
        lease = self.life.opened().store.acquire(f"migration:{task_id}", holder=task_id)
        assert isinstance(lease, Lease)
        self.leases.append(lease)

    def acts(self, task_id: str) -> list[Act]:
        """What was pressed, in order."""
        return [press.act for press in self.services.threads.pressed(task_id)]

    def ordered(self, about: str) -> list[str]:
        """The orders for a task or a form that are not done."""
        return [order.key for order in self.orders.all() if order.about[0] == about]

    def told(self) -> list[Any]:
        """What anybody was told to be wrong."""
        return [view for view in self.screen.opened if view["title"]["text"] == TITLE] + self.services.outbox.waiting()


def pressed(action: str, value: str, user: str = OWNER) -> dict[str, Any]:
    """A button of a message."""
    return {
        "type": "block_actions", "user": {"id": user, "team_id": TEAM}, "trigger_id": f"1.{next(NUMBERS)}",
        "actions": [{"type": "button", "action_id": action, "block_id": "buttons", "value": value}],
    }


def sent(callback_id: str, metadata: str, values: Mapping[str, Any], user: str = OWNER) -> dict[str, Any]:
    """A dialog with what was typed into it, by block."""
    return {
        "type": "view_submission", "user": {"id": user, "team_id": TEAM}, "trigger_id": f"1.{next(NUMBERS)}",
        "view": view(callback_id, metadata, values),
    }


def view(callback_id: str, metadata: str, values: Mapping[str, Any], view_id: str = "") -> dict[str, Any]:
    """A dialog as Slack describes it; one that nobody has seen before unless an id is given."""
    held = {block: typed if isinstance(typed, dict) else {VALUE: {"value": typed}} for block, typed in values.items()}
    return {
        "id": view_id or f"V{next(NUMBERS)}", "type": "modal", "callback_id": callback_id, "hash": "1.2",
        "private_metadata": metadata, "state": {"values": held},
    }


ENDED: Mapping[str, Any] = {"started": NOW, "ended": NOW}
