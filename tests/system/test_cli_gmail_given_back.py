"""Gmail at the terminal where Google, the day's share or the machine fails at a bad moment."""

from __future__ import annotations

import signal

import pytest

from emulators.exchange import Fault as ExchangeFault
from emulators.google import Fault
from tests.servers.google.browser import GoogleBrowser
from tests.servers.mail_servers.dovecot import installed
from tests.system.command import finish, line_with
from tests.system.conftest import command  # noqa: F401 - a fixture
from tests.system.test_cli_gmail import ANN, BEN, World, stopped, world  # noqa: F401 - a fixture

pytestmark = pytest.mark.skipif(not installed(), reason="Dovecot is not installed (make system-deps)")


def test_whoever_types_reads_that_google_has_not_taken_it_back(world: World) -> None:  # noqa: F811
    """The migration has ended, and OMM may still read the account: README says that it is given back then."""
    world.google.add_fault(Fault(endpoint="revoke", action="status", status=503, times=None))
    done = world.consenting("migrate", *world.urls())

    assert done.status == 0, done.stderr
    assert world.google.tokens(ANN)["refresh"]
    assert "given back" in done.stdout + done.stderr or "myaccount.google.com" in done.stdout + done.stderr


def test_what_was_granted_to_a_command_that_was_killed_is_given_back(world: World) -> None:  # noqa: F811
    """By the next command: a check keeps nothing, and nobody else knows of the grant."""
    world.exchange.add_fault(ExchangeFault(action="hold", name="any"))
    running = world.command.start("check", *world.urls())
    url = line_with(running.stdout, "/o/oauth2/auth?")
    GoogleBrowser(world.google, ANN, verify=world.command.directory / "ca.pem").open(url)
    assert world.exchange.wait_held("any", 90)
    running.send_signal(signal.SIGKILL)
    world.exchange.clear_faults()
    finish(running)
    world.command.run("status")

    assert world.google.tokens(ANN) == {"access": [], "refresh": []}


@pytest.mark.parametrize("mistake", ["without any box", "by somebody else"])
def test_a_mistake_at_the_consent_ends_no_other_migration(world: World, mistake: str) -> None:  # noqa: F811
    """docs/security.md: what another migration is signed in with is not given back, for it might end that one."""
    with stopped(world):
        kept = world.google.tokens(ANN)["refresh"]
        if mistake == "without any box":
            looked = world.consenting("doctor", f"gmail://{ANN}", ticks=[])
            assert (looked.status, "not granted: mail" in looked.stdout) == (1, True)
        else:
            refused = world.consenting("doctor", f"gmail://{BEN}", user=ANN)
            assert (refused.status, "Another migration needs" in refused.stderr) == (2, True)
        assert set(kept) <= set(world.google.tokens(ANN)["refresh"])


def test_the_same_command_asks_once_more_when_the_grant_was_taken_back(world: World) -> None:  # noqa: F811
    """Nobody has run the open task since: a look or the migration typed again asks at once, and goes on."""
    with stopped(world):
        world.google.revoke(ANN)
        looked = world.consenting("check", *world.urls())
        again = world.consenting("migrate", *world.urls())

    assert (looked.status, again.status) == (0, 0), looked.stderr + again.stderr
    assert world.subjects() == ["0", "1", "2"]
    assert world.google.tokens(ANN) == {"access": [], "refresh": []}
