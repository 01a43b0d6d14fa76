"""The command typed again while Gmail gives no more today."""

from __future__ import annotations

import signal

import pytest

from tests.servers.dovecot import installed
from tests.servers.gmail import Ending
from tests.system.command import finish, line_with
from tests.system.conftest import command  # noqa: F401 - a fixture
from tests.system.test_cli_gmail import ANN, LETTERS, MAIL, World, world  # noqa: F401 - a fixture

pytestmark = pytest.mark.skipif(not installed(), reason="Dovecot is not installed (make system-deps)")


def test_the_same_command_waits_as_before(world: World) -> None:  # noqa: F811
    """It waits for the next day by itself, also when Gmail lets nobody sign in meanwhile."""
    by_password = {"OMM_SOURCE_PASSWORD": LETTERS}
    for n in range(3, 40):
        world.imap.mailbox(ANN).deliver(MAIL % (n, n) + b"x" * 50_000)
    world.imap.control.limit(ANN, 700_000, Ending.REFUSED)
    running = world.command.start("migrate", *world.urls(), env=by_password)
    line_with(running.stdout, "It goes on at")
    running.send_signal(signal.SIGINT)
    finish(running)
    before = world.imap.control.spent(ANN)
    again = world.command.start("migrate", *world.urls(), env=by_password)
    try:
        line_with(again.stdout, "It goes on at")
    finally:
        again.send_signal(signal.SIGINT)
        finish(again)
    after = world.imap.control.spent(ANN)

    assert (after.sign_ins, after.refused) == (before.sign_ins, before.refused)


def test_a_command_that_has_ended_promises_nothing(world: World) -> None:  # noqa: F811
    """Nobody goes on with a terminal's migration after Ctrl-C, and what is said at the end does not say so."""
    by_password = {"OMM_SOURCE_PASSWORD": LETTERS}
    for n in range(3, 40):
        world.imap.mailbox(ANN).deliver(MAIL % (n, n) + b"x" * 50_000)
    world.imap.control.limit(ANN, 700_000, Ending.REFUSED)
    running = world.command.start("migrate", *world.urls(), env=by_password)
    line_with(running.stdout, "It goes on at")
    running.send_signal(signal.SIGINT)
    ended = finish(running)

    assert "Continue with:     omm resume" in ended.stdout
    assert "It goes on at" not in ended.stdout
    assert "It ends about" not in ended.stdout.partition("waiting.")[2]
