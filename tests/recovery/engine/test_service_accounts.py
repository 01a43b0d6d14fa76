"""A whole migration into a mailbox that a service account opens, and back again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import Cause, Side
from engine.migration.account import Access, opening
from engine.migration.forwards import start
from engine.migration.record import State
from tests.recovery.engine.conftest import EXPECTED
from tests.servers.world import ADDRESS, PASSWORD, World

SERVICE = "mover@example.org"
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
