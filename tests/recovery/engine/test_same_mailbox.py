"""A mailbox is not migrated into itself, whatever it is called at either end."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import wiring
from engine.connectors.exchange.destination import ExchangeDestination
from engine.connectors.network.pinning import Network
from engine.errors import Cause, FatalError, Side
from engine.migration.account import Access, Account
from engine.migration.checks import check
from engine.migration.content import Content
from engine.migration.forwards import migrate, start
from engine.migration.record import State
from engine.migration.request import MigrationRequest
from engine.pace.halt import Halt
from engine.ports.facts import Facts
from tests.servers.memory.source import MemorySource
from tests.servers.world import ADDRESS, PASSWORD, MemoryConnectors, World, world

ELSE = "bob@example.org"
LOGINS = {"its address": ADDRESS, "a name in a domain": "CORP\\claire", "its user principal name": "claire@corp.local"}

READS = {
    "GetFolder", "FindFolder", "GetUserRetentionPolicyTags", "ResolveNames", "GetUserOofSettingsRequest",
    "GetInboxRules",
}


class AtExchange(MemorySource):
    """A source whose mailbox is on the Exchange of the world; what is read of it comes from memory."""

    def __init__(self, account: Account, password: str) -> None:
        super().__init__({})
        self.seen = ExchangeDestination(account, password, Network(trusts_person=True), side=Side.SOURCE)

    def mailbox(self) -> str:
        """Its key."""
        self.seen.probe()
        return self.seen.mailbox()


class Connectors(MemoryConnectors):
    """Both sides at the Exchange of the world."""

    def source(self, account: Account, password: str, halt: Halt) -> Any:
        return AtExchange(account, password)

    def check_source(self, account: Account, password: str, contents: Collection[Content] = ()) -> Facts:
        return Facts(1, 0, AtExchange(account, password).mailbox())

    def check_destination(self, account: Account, password: str, *, tries: int = 2, live: bool = False) -> Facts:
        seen = self.destination(account, password).check(tries=tries)  # type: ignore[attr-defined]  # of ours
        return Facts(seen.folders, seen.messages, seen.mailbox)


@contextmanager
def at_exchange(directory: Path) -> Iterator[World]:
    with world(directory, {}) as at:
        at.emulator.add_mailbox(ELSE, password=PASSWORD)
        at.engine = replace(at.engine, connectors=Connectors({}))
        yield at


def asked(at: World, login: str) -> MigrationRequest:
    """From the mailbox that this login opens, by another name of the server, into Claire's."""
    wanted = at.request()
    return replace(wanted, source=replace(wanted.destination, login=login, host="localhost"))


@pytest.mark.parametrize("name", LOGINS)
def test_a_mailbox_is_not_migrated_into_itself(tmp_path: Path, name: str) -> None:
    """The check says so, and a task that was never checked fails; not one request has written anything."""
    with at_exchange(tmp_path) as at:
        at.emulator.add_mailbox(ADDRESS, password=PASSWORD, user=LOGINS[name])
        wanted = asked(at, LOGINS[name])
        with pytest.raises(FatalError, match="same mailbox") as refused:
            check(at.engine, wanted, source_password=PASSWORD, destination_password=PASSWORD)
        begun = start(at.engine, wanted, source_password=PASSWORD, destination_password=PASSWORD)
        ended = at.run(begun.task_id)

        assert (refused.value.cause, refused.value.side) == (Cause.SAME_MAILBOX, Side.DESTINATION)
        assert (ended.state, ended.started) == (State.FAILED, None)
        assert ended.attention is not None
        assert ended.attention.cause == Cause.SAME_MAILBOX
        sent = {request.operation for request in at.emulator.requests}
        assert sent <= READS


SERVICE = "mover@example.org"
OTHER_SERVICE = "mover.too@example.org"


@pytest.mark.parametrize("ends", [
    (("localhost", SERVICE, Access.IMPERSONATION), ("127.0.0.1", ADDRESS, Access.OWN)),
    (("localhost", ADDRESS, Access.OWN), ("127.0.0.1", SERVICE, Access.FULL_ACCESS)),
    (("localhost", SERVICE, Access.FULL_ACCESS), ("localhost", SERVICE, Access.IMPERSONATION)),
    (("localhost", SERVICE, Access.IMPERSONATION), ("127.0.0.1", OTHER_SERVICE, Access.IMPERSONATION)),
])
@pytest.mark.parametrize("version", ["2013", "2019"])
def test_nor_into_itself_through_a_service_account(
    tmp_path: Path, ends: tuple[tuple[str, str, Access], ...], version: str
) -> None:
    """By any right, by two service accounts, and by two names of the server; what a person runs says so."""
    with world(tmp_path, {}) as at:
        at.emulator.configure(
            version=version, impersonation={SERVICE: ["*"], OTHER_SERVICE: ["*"]}, full_access={SERVICE: [ADDRESS]}
        )
        for service in (SERVICE, OTHER_SERVICE):
            at.emulator.add_account(service, password=PASSWORD)
        own = at.request().destination
        source, destination = (
            replace(own, host=host, login=login, access=access, mailbox="" if access is Access.OWN else ADDRESS)
            for host, login, access in ends
        )
        engine = replace(at.engine, connectors=wiring.Connectors(Network(trusts_person=True)))
        wanted = replace(at.request(), source=source, destination=destination)
        with pytest.raises(FatalError, match="same mailbox") as refused:
            check(engine, wanted, source_password=PASSWORD, destination_password=PASSWORD)
        begun = start(engine, wanted, source_password=PASSWORD, destination_password=PASSWORD)
        ended = migrate(engine, begun.task_id, halt=Halt())

        assert refused.value.cause is Cause.SAME_MAILBOX
        assert (ended.state, ended.started) == (State.FAILED, None)
        assert {request.operation for request in at.emulator.requests} <= READS


def test_two_mailboxes_of_one_server_are_two(tmp_path: Path) -> None:
    """A colleague's mailbox beside it is no reason to refuse."""
    with at_exchange(tmp_path) as at:
        wanted = asked(at, ELSE)
        check(at.engine, wanted, source_password=PASSWORD, destination_password=PASSWORD)
        begun = start(at.engine, wanted, source_password=PASSWORD, destination_password=PASSWORD)

        assert at.run(begun.task_id).state is State.COMPLETED
