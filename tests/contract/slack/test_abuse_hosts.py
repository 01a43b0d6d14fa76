"""Hosts that are not public, in every spelling: the form refuses them, and no packet leaves for one.

Whatever is typed, what counts is the address that would be dialled. What servers answer and names do later is in
tests/contract/exchange/test_private_hosts.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice

import pytest

from bot.ids import Block, View
from bot.stored.drafts import DraftState
from engine.connectors.network.pinning import Network
from engine.errors import Cause, FatalError, InputError
from engine.migration.account import Account, parse_account
from engine.systems import System
from tests.servers.connections import begun_connections
from tests.servers.private_hosts import SPELLED, resolved
from tests.servers.slack import hostile
from tests.servers.slack.abuses import abused
from tests.servers.slack.hostile import Hostile
from tests.servers.slack.workspace import OWNER
from tests.servers.slack.world import TYPED
from wiring.connectors import Connectors


@pytest.fixture(scope="module")
def enemy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    """Its checker opens accounts as the product's does."""
    with abused(tmp_path_factory.mktemp("hosts")) as enemy:
        real, sides = Connectors(Network(resolve_name=resolved)), enemy.world.sides
        sides.check_source = real.check_source              # type: ignore[method-assign]  # the product's
        sides.check_destination = real.check_destination    # type: ignore[method-assign]  # the product's
        yield enemy


def sent(enemy: Hostile, server: str, where: Block) -> tuple[str, Cause | None]:
    """What the owner reads who sends a form with that server, and its verdict; None where the form says it at once."""
    world = enemy.world
    draft = world.services.drafts.new(team=world.team, owner=OWNER, channel="")
    values = {f"{name}0" if name.endswith("_") else name: text for name, text in {**TYPED, where: server}.items()}
    values[Block.CONTENTS] = {"v": {"selected_options": [{"value": "mail"}]}}
    told = hostile.said(enemy.post(hostile.submitted(OWNER, hostile.view(View.FORM, draft.id, values))))
    newest = enemy.newest()
    world.work("check")
    now = world.services.drafts.load(draft.id)
    assert now is not None
    if now.verdict is None:
        return ("" if now.state == DraftState.CHECKING else told), None
    assert [(each.who, each.what, each.result) for each in enemy.entries(newest)] == [(OWNER, "start", "refused")]
    return now.verdict.words, now.verdict.cause


@pytest.mark.parametrize(("where", "first"), [(Block.SOURCE_SERVER, 0), (Block.DESTINATION_SERVER, 1)])
def test_the_form_reaches_no_private_host_in_any_spelling(enemy: Hostile, where: Block, first: int) -> None:
    """The person reads why, the audit has it, no task begins, and nobody is connected to.

    Each spelling stands in one of the two fields; tests/load/test_abuse_at_length.py tries each in both.
    """
    reaches_none_of(enemy, where, islice(SPELLED, first, None, 2))


def reaches_none_of(enemy: Hostile, where: Block, servers: Iterable[str]) -> None:
    """Asserts that."""
    world, wrong = enemy.world, {}
    own = {int(url.split(":")[2].split("/")[0]) for url in (world.slack.url, world.exchange.url)}
    with begun_connections() as begun:
        for server in servers:
            words, cause = sent(enemy, server, where)
            refused = words and cause in (None, Cause.HOST_NOT_ALLOWED, Cause.HOST_UNKNOWN)
            wrong |= {} if refused else {server: (words, cause)}

    assert wrong == {}
    assert [each for each in begun if each[1] not in own] == []
    assert world.tasks() == []


@pytest.mark.parametrize("scheme", ["imaps", "imap+starttls", "pop3s", "pop3+starttls", "ews+https"])
def test_no_connector_reaches_a_private_host_in_any_spelling(scheme: str) -> None:
    """Whoever opens an account at such a host, as a source or a destination, is refused before the first packet."""
    connectors, reached = Connectors(Network(resolve_name=resolved)), 0
    with begun_connections() as begun:
        for account in accounts(scheme):
            with pytest.raises(FatalError) as refused:
                connectors.check_source(account, "a password")
            reached += refused.value.cause is Cause.HOST_NOT_ALLOWED
            assert refused.value.cause in (Cause.HOST_NOT_ALLOWED, Cause.HOST_UNKNOWN), account.host
            if account.system is System.EXCHANGE:
                with pytest.raises(FatalError):
                    connectors.check_destination(account, "a password", tries=1)

    assert begun == []
    assert reached >= 70


def accounts(scheme: str) -> Iterator[Account]:
    """Accounts at all these hosts that an account can be at."""
    for host in SPELLED:
        bare = f"[{host}]" if host.count(":") > 1 and "[" not in host else host
        with suppress(InputError):
            yield parse_account(f"{scheme}://claire@{bare}")
