"""The command typed again while Gmail gives no more today."""

from __future__ import annotations

import signal

import pytest

from tests.servers.gmail.account import Ending
from tests.servers.mail_servers.dovecot import installed
from tests.system.command import Result, finish, line_with
from tests.system.conftest import command  # noqa: F401 - a fixture
from tests.system.test_cli_gmail import ANN, LETTERS, MAIL, World, world  # noqa: F401 - a fixture

pytestmark = pytest.mark.skipif(not installed(), reason="Dovecot is not installed (make system-deps)")
BY_PASSWORD = {"OMM_SOURCE_PASSWORD": LETTERS}


def stopped_while_it_waits(world: World) -> Result:  # noqa: F811
    """`omm migrate`, ended by Ctrl-C as soon as it says when it goes on."""
    running = world.command.start("migrate", *world.urls(), env=BY_PASSWORD)
    try:
        line_with(running.stdout, "It goes on at")
    finally:
        running.send_signal(signal.SIGINT)
        ended = finish(running)
    return ended


def test_the_same_command_waits_as_before(world: World) -> None:  # noqa: F811
    """Gmail lets nobody sign in meanwhile, and nobody tries. A command that has ended does not say that it goes on."""
    for n in range(3, 40):
        world.imap.mailbox(ANN).deliver(MAIL % (n, n) + b"x" * 50_000)
    world.imap.control.limit(ANN, 700_000, Ending.REFUSED)
    first = stopped_while_it_waits(world)
    before = world.imap.control.spent(ANN)
    again = stopped_while_it_waits(world)
    after = world.imap.control.spent(ANN)
    looked = world.command.run("check", *world.urls(), env=BY_PASSWORD)
    examined = world.command.run("doctor", world.urls()[0], env=BY_PASSWORD)

    assert (after.sign_ins, after.refused) == (before.sign_ins, before.refused)
    for ended in (first, again):
        assert "Continue with:     omm resume" in ended.stdout
        said_last = ended.stdout.partition(": waiting.")[2]
        assert "It gives more from" in said_last
        assert "It goes on at" not in said_last
        assert "It ends about" not in said_last
    assert (looked.status, "that is used up until" in looked.stderr) == (2, True), looked.stderr
    assert "0 MB of them are left. A migration waits until 20" in examined.stdout, examined.stdout
