"""A Google account at the terminal: what is asked for, left off, delegated in part, and what `omm doctor` says then."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from emulators.google import Fault
from engine.connectors.google.access.scopes import CALENDAR, CONTACTS, GMAIL_SETTINGS, IMAP_ADMIN, LABELS, MAIL, TASKS
from tests.servers.google.browser import GoogleBrowser
from tests.system.command import Command, finish, line_with
from tests.system.test_cli_gmail import ANN, HOLD, World, furnished

EVERYTHING = [IMAP_ADMIN, CALENDAR, CONTACTS, TASKS, GMAIL_SETTINGS, LABELS]


@pytest.fixture
def world(command: Command) -> Iterator[World]:
    with furnished(command) as running:
        yield running


def by_service(world: World, *scopes: str) -> dict[str, str | None]:
    world.google.add_service_account()
    world.google.delegate("example.org", list(scopes))
    return {"GOOGLE_SERVICE_ACCOUNT_FILE": world.file("key.json", world.google.service_account_file())}


def test_the_doctor_names_no_option_that_it_does_not_have(world: World) -> None:
    """A box was left off at Google's page."""
    done = world.consenting("doctor", f"gmail://{ANN}", ticks=[MAIL])
    assert "--contents" not in done.stdout + done.stderr


def test_the_doctor_says_what_was_not_granted_and_looks_at_the_rest(world: World) -> None:
    """docs/gmail.md: it "says … whether Gmail lets OMM in, what it shows": a box that was left off ends nothing."""
    done = world.consenting("doctor", f"gmail://{ANN}", ticks=[MAIL])
    assert "lets us in" in done.stdout


def test_the_doctor_looks_at_what_is_delegated(world: World) -> None:
    """Tasks alone are delegated to the service account, and move so: that mail is not is not all that is said."""
    done = world.command.run("doctor", f"gmail://{ANN}", env=by_service(world, TASKS))

    assert "Google Tasks API" in done.stdout, done.stdout


def test_who_has_no_gmail_any_more_moves_tasks_by_the_service_account(world: World) -> None:
    """A user of the domain whose Gmail is switched off: tasks alone are named, and IMAP has nothing to do with them."""
    world.google.add_person("carl@example.org")
    env = by_service(world, *EVERYTHING)
    done = world.command.run("check", "--contents", "tasks", *world.urls("carl@example.org"), env=env)

    assert done.status == 0, done.stderr


def test_nobody_is_sent_to_a_browser_for_a_service_account(world: World) -> None:
    """Gmail does not take its token: there is no page on which anybody could authorise anything."""
    world.google.add_person("carl@example.org")
    done = world.command.run("check", *world.urls("carl@example.org"), env=by_service(world, *EVERYTHING))

    assert done.status != 0
    assert "browser" not in done.stderr, done.stderr


def test_a_program_learns_what_is_not_moved(world: World) -> None:
    """--json of a check by a service account to which a part was delegated."""
    env = by_service(world, IMAP_ADMIN)
    done = world.command.run("check", "--json", *world.urls(), env=env)
    assert done.status == 0
    assert "tasks" in done.stdout


def test_what_was_not_delegated_is_in_the_report(world: World) -> None:
    """Who reads the report a week later learns that contacts stayed behind."""
    env = by_service(world, IMAP_ADMIN)
    done = world.command.run("migrate", *world.urls(), env=env)
    task = next(word for word in done.stdout.split() if len(word) == 9 and word[4] == "-")
    said = world.command.run("report", task)

    assert "contacts" in said.stdout.lower() or "Nothing failed and nothing was left out" not in said.stdout


def test_nobody_is_told_of_folders_that_were_not_looked_at(world: World) -> None:
    """Tasks alone are allowed: nobody has signed in to Gmail, which has six folders and three messages."""
    done = world.consenting("check", "--contents", "tasks", *world.urls())

    assert done.status == 0
    assert "imap.gmail.com: 0 folders" not in done.stdout, done.stdout


def test_what_google_refuses_is_named_at_a_first_look(world: World) -> None:
    """Check first: the domain's policy keeps filters and the vacation responder from programs."""
    for method in ("filters.list", "getVacation"):
        world.google.add_fault(Fault(
            endpoint=f"gmail.users.settings.{method}", action="error", status=403, error="domainPolicy", times=None,
        ))
    done = world.consenting("check", "--contents", "inbox-rules,out-of-office", *world.urls())

    assert "nbox rules" in done.stdout + done.stderr
    assert "ut-of-office" in done.stdout + done.stderr


def test_the_same_command_goes_on_though_more_is_delegated_by_now(world: World) -> None:
    """Delegation "takes up to 24 hours": a stopped migration is taken up all the same, and no second one is begun."""
    env = by_service(world, IMAP_ADMIN)
    world.exchange.add_fault(HOLD)
    running = world.command.start("migrate", *world.urls(), env=env)
    first = line_with(running.stdout, "Migration ").removeprefix("Migration ")
    assert world.exchange.wait_held("writes", 90)
    running.send_signal(signal.SIGINT)
    world.exchange.clear_faults()
    assert finish(running).status == 2
    world.google.delegate("example.org", EVERYTHING)
    done = world.command.run("migrate", *world.urls(), env=env)
    listed = world.command.run("status").stdout

    assert done.status == 0, done.stderr
    assert "paused" not in listed, (first, listed)
    assert len([line for line in listed.splitlines() if "ann@" in line]) == 1, listed


def test_the_same_command_goes_on_with_what_the_release_before_began(world: World) -> None:
    """It moved mail alone of Gmail, for days; the command was, and is, typed without --contents."""
    world.exchange.add_fault(HOLD)
    running = world.command.start("migrate", "--contents", "mail", *world.urls())
    url = line_with(running.stdout, "/o/oauth2/auth?")
    GoogleBrowser(world.google, ANN, verify=world.command.directory / "ca.pem").open(url)
    first = line_with(running.stdout, "Migration ").removeprefix("Migration ")
    assert world.exchange.wait_held("writes", 90)
    running.send_signal(signal.SIGINT)
    world.exchange.clear_faults()
    assert finish(running).status == 2
    done = world.command.run("migrate", *world.urls())
    listed = world.command.run("status").stdout

    assert done.status == 0, done.stderr
    assert "interrupted" not in listed, (first, listed)


def test_who_moves_mail_alone_has_no_filters_read(world: World) -> None:
    """The page before Google's says of that box "your mail and its labels"; nor does mail wait for a busy interface."""
    before = len(world.google.requests)
    done = world.consenting("check", "--contents", "mail", *world.urls())
    asked = {call.method for call in world.google.requests[before:] if call.method}

    assert done.status == 0
    assert not {one for one in asked if ".settings." in one}, asked
