"""A whole migration into a mailbox that a service account opens, and back again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.network.pinning import Network
from engine.errors import Cause, Side
from engine.migration.account import Access, Account, opening
from engine.migration.forwards import start
from engine.migration.record import State
from engine.pace.halt import Halt
from tests.recovery.engine.conftest import EXPECTED
from tests.servers.memory.source import mail
from tests.servers.world import ADDRESS, PASSWORD, MemoryConnectors, World, world

SERVICE = "mover@example.org"
LARGE = 5_000_000       # bytes, of a message that is streamed
RIGHTS = {Access.IMPERSONATION: "impersonation", Access.FULL_ACCESS: "full_access"}


def begun(at: World, access: Access) -> str:
    """A task whose service account, which has a mailbox of its own, opens Claire's; its ID."""
    at.emulator.add_mailbox(SERVICE, password=PASSWORD)
    wanted = at.request()
    service = opening(replace(wanted.destination, login=SERVICE), ADDRESS, access)
    wanted = replace(wanted, destination=service)
    return start(at.engine, wanted, source_password="-", destination_password=PASSWORD).task_id


@pytest.mark.parametrize("access", RIGHTS)
def test_mail_arrives_in_the_mailbox_that_is_named_and_goes_back_from_there(
    small_world: World, access: Access
) -> None:
    """Copied once, known again by a second run, and taken back; the service account's own mailbox stays empty."""
    small_world.emulator.configure(**{RIGHTS[access]: {SERVICE: [ADDRESS]}})
    task_id = begun(small_world, access)

    done = small_world.run(task_id)
    again = small_world.migrate()       # by the mailbox's own login

    assert (done.state, small_world.subjects()) == (State.COMPLETED, EXPECTED)
    assert (small_world.counts(again).copied, small_world.counts(again).already_there) == (0, len(EXPECTED))
    assert small_world.messages(SERVICE) == []
    assert done.mailbox == again.mailbox
    assert small_world.roll_back(task_id).state is State.ROLLED_BACK
    assert small_world.subjects() == []


@pytest.mark.parametrize("access", RIGHTS)
def test_without_the_right_nothing_is_written(small_world: World, access: Access) -> None:
    """The task fails and says which right is missing; the other one is none."""
    other = next(right for right in RIGHTS if right is not access)
    small_world.emulator.configure(**{RIGHTS[other]: {SERVICE: [ADDRESS]}})

    done = small_world.run(begun(small_world, access))

    assert (done.state, done.started) == (State.FAILED, None)
    assert done.attention is not None
    assert (done.attention.cause, done.attention.side) == (Cause.FORBIDDEN, Side.DESTINATION)
    assert SERVICE in done.attention.words
    assert small_world.messages() + small_world.messages(SERVICE) == []


# As a source


OLD = "old@example.org"


class FromExchange(MemoryConnectors):
    """Both sides at the Exchange of the world."""

    def source(self, account: Account, password: str, halt: Halt) -> Any:
        return ExchangeSource(account, PASSWORD, Network(trusts_person=True), waits=(0.0, 0.0))


def moving(at: World, access: Access) -> str:
    """A task from a mailbox that the service account opens, into Claire's; its ID."""
    at.emulator.add_mailbox(SERVICE, password=PASSWORD)
    at.emulator.add_mailbox(OLD, password=PASSWORD)
    for number in range(3):
        at.emulator.deliver(OLD, mail(f"Letter {number}").mime)
    at.emulator.deliver(OLD, mail("Large", size=LARGE).mime)
    at.emulator.deliver(SERVICE, mail("Of the service account").mime)
    at.engine = replace(at.engine, connectors=FromExchange({}))
    wanted = at.request()
    wanted = replace(wanted, source=opening(replace(wanted.destination, login=SERVICE), OLD, access))
    return start(at.engine, wanted, source_password=PASSWORD, destination_password=PASSWORD).task_id


@pytest.mark.parametrize("access", RIGHTS)
def test_mail_comes_from_the_mailbox_that_is_named(tmp_path: Path, access: Access) -> None:
    """All of it, small and streamed, and nothing from the service account's own; the source stays as it was."""
    with world(tmp_path, {}) as at:
        at.emulator.configure(**{RIGHTS[access]: {SERVICE: [OLD]}})
        task_id = moving(at, access)
        before = at.emulator.dump(OLD)

        done = at.run(task_id)

        assert (done.state, sorted(subject for _, subject in at.subjects())) == (
            State.COMPLETED, ["Large", "Letter 0", "Letter 1", "Letter 2"]
        )
        assert at.emulator.dump(OLD) == before


@pytest.mark.parametrize("access", RIGHTS)
def test_a_source_that_may_not_be_opened_fails_before_a_write(tmp_path: Path, access: Access) -> None:
    """The words name the source and the right."""
    with world(tmp_path, {}) as at:
        done = at.run(moving(at, access))

        assert (done.state, done.started) == (State.FAILED, None)
        assert done.attention is not None
        assert (done.attention.cause, done.attention.side) == (Cause.FORBIDDEN, Side.SOURCE)
        assert at.messages() == []


@pytest.mark.parametrize("access", RIGHTS)
def test_the_destination_s_own_mailbox_is_no_source_through_a_service_account(
    tmp_path: Path, access: Access
) -> None:
    """One side names it by its login, the other by the address that a service account opens: it is one mailbox."""
    with world(tmp_path, {}) as at:
        at.emulator.add_mailbox(SERVICE, password=PASSWORD)
        at.emulator.configure(**{RIGHTS[access]: {SERVICE: [ADDRESS]}})
        at.engine = replace(at.engine, connectors=FromExchange({}))
        wanted = at.request()
        wanted = replace(wanted, source=opening(replace(wanted.destination, login=SERVICE), ADDRESS, access))

        done = at.run(start(at.engine, wanted, source_password=PASSWORD, destination_password=PASSWORD).task_id)

        assert (done.state, done.started) == (State.FAILED, None)
        assert done.attention is not None
        assert done.attention.cause == Cause.SAME_MAILBOX
