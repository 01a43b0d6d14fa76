"""The form of a mailbox on Exchange whose owner types its address alone, from the look-up to the rollback."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.ids import Action, Block
from engine.connectors.exchange.autodiscover import discovered
from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.network.pinning import Network
from engine.credentials import Credential
from engine.errors import Side
from engine.migration.account import Account
from engine.migration.content import Content
from engine.migration.record import State
from engine.pace.halt import Halt
from engine.ports.facts import Facts
from engine.ports.looking_up import Found
from tests.servers.exchange.between_exchanges import HERE, BetweenExchanges, between_exchanges, port, subjects, write
from tests.servers.exchange.pair import OLD
from tests.servers.slack.signed_world import words
from tests.servers.slack.world import SlackWorld
from tests.servers.world import ADDRESS, PASSWORD

HOSTER, INNER = "ex.hoster.example", "intranet.example.org"


@dataclass
class Looking:
    """How a checker of the product looks servers up, and opens what a form names as a source."""

    at: BetweenExchanges

    @property
    def network(self) -> Network:
        return self.at.network

    def look_up(self, account: Account, side: Side) -> Found | None:
        return discovered(account, self.network, self.at.names.srv, side=side, port=port(self.at.old))

    def source(self, account: Account, credential: Credential | str, halt: Halt) -> ExchangeSource:
        return ExchangeSource(account, credential, self.network, stop=halt.event)

    def check_source(self, account: Account, password: str, contents: Collection[Content] = ()) -> Facts:
        seen = self.source(account, password, Halt()).check()
        return Facts(len(seen.folders.folders), seen.messages, seen.mailbox)


@pytest.fixture
def at(world: SlackWorld, tmp_path: Path) -> Iterator[BetweenExchanges]:
    """The old mailbox, and the names that lead to it or away from it; the new one is that of the Slack world."""
    with between_exchanges(tmp_path, "example.org", HOSTER) as made:
        for name, address in (("example.org", HERE), (HOSTER, HERE), (INNER, "10.1.2.3")):
            made.names.add_host(name, address)
        write(made.box, "plain", "another")
        looking = Looking(made)
        world.services = replace(world.services, look_up=looking.look_up)
        world.sides.source = looking.source                 # type: ignore[method-assign, assignment]  # another source
        world.sides.check_source = looking.check_source     # type: ignore[method-assign]  # as above
        yield made


def sends_the_address(world: SlackWorld) -> None:
    """Fills in the form with an Exchange source whose server is left out, and sends it."""
    view = world.open_form()
    world.press(Action.SOURCE_KIND, where=view["id"], value="exchange")
    world.send(**{Block.SOURCE_SERVER: " ", Block.SOURCE_LOGIN: OLD, Block.SOURCE_PASSWORD: PASSWORD})
    world.work()


def copied(world: SlackWorld) -> list[tuple[int, int]]:
    """Of each task what it copied, and what was there already; in the order of beginning."""
    done = sorted(world.tasks(), key=lambda one: one.created)
    assert {one.state for one in done} == {State.COMPLETED}
    counts = [one.step(Content.MAIL).counts for one in done]
    return [(one.copied, one.already_there) for one in counts]


def test_a_private_host_is_refused_and_another_host_is_confirmed_first(
    world: SlackWorld, at: BetweenExchanges
) -> None:
    """Nobody signs in before the form is sent once more; then the mailbox moves, once, and back."""
    before, signed_in = at.old.dump(), len(at.old.sign_ins)
    at.old.configure(external_url=f"https://{INNER}:{port(at.old)}")
    sends_the_address(world)

    assert f"{INNER} is not a public server" in words(world.view()["blocks"])
    assert not (world.held(Block.SOURCE_SERVER) or "").strip()
    at.old.configure(external_url=f"https://{HOSTER}:{port(at.old)}")
    world.submit()
    world.work()

    there = f"{HOSTER}:{port(at.old)}"
    assert world.held(Block.SOURCE_SERVER) == there
    assert f"Source: The server is {there}, according to Autodiscover at example.org." in words(world.view()["blocks"])
    assert (len(at.old.sign_ins), world.exchange.sign_ins, world.tasks()) == (signed_in, [], [])

    world.submit()
    world.work()
    [first] = world.tasks()
    sends_the_address(world)
    world.submit()
    world.work()

    assert copied(world) == [(2, 0), (0, 2)]
    assert (subjects(world.exchange, ADDRESS), first.request.source.host) == (["another", "plain"], HOSTER)
    rolls_back(world, first.task_id)
    assert world.record(first.task_id).state is State.ROLLED_BACK
    assert (world.exchange.messages(ADDRESS), at.old.dump()) == ([], before)
    assert world.exchange.outgoing() == []


def rolls_back(world: SlackWorld, task_id: str) -> None:
    """By the button of the task's card."""
    world.notify()
    card = next(one for one in world.slack.messages("migrations", "owner") if task_id in one["text"])
    world.press(Action.ROLLBACK, where=card["ts"])
    world.work("count")
    world.submit()
    world.work()
