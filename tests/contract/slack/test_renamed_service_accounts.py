"""A rollback of what a service account has copied: it asks for that account's login and for the mailbox's address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.ids import Action, Block
from engine.errors import Side
from engine.migration.record import State
from tests.contract.slack.test_service_accounts import KEY, SERVICE, begin, furnish, hear, seen
from tests.servers.browser.browsers import paged
from tests.servers.browser.private_pages import link, send, text
from tests.servers.shifted import Shifted
from tests.servers.slack.world import SlackWorld, slack_world
from tests.servers.world import ADDRESS, PASSWORD

RENAMED, ALIAS = "mover.two@exchange.example", "claire.before@example.org"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[SlackWorld]:
    with slack_world(tmp_path, clock=Shifted()) as world:
        furnish(world)
        yield world


def asked(house: SlackWorld) -> str:
    """A migration whose rollback asks for the service account's password; its ID."""
    task_id = begin(house)
    house.work()
    hear(house)
    assert house.record(task_id).state is State.COMPLETED
    ask(house, task_id)
    return task_id


def ask(house: SlackWorld, task_id: str) -> None:
    """Its password is not kept any more, and an admin presses Rollback."""
    house.services.engine.vault.drop(task_id, Side.DESTINATION)
    while house.slack.views("admin"):
        house.close("admin")
    house.press(Action.ROLLBACK, "admin", where=house.card("admin")["ts"])
    house.work("count")


def rename_mailbox(house: SlackWorld, task_id: str) -> None:
    """The address by which the mailbox was opened is an alias of it now."""
    house.exchange.add_mailbox(ADDRESS, password=PASSWORD, aliases=[ALIAS])
    request = house.record(task_id).request
    house.save(house.record(task_id), request=replace(request, destination=replace(request.destination, mailbox=ALIAS)))


def rename_service_account(house: SlackWorld) -> None:
    house.exchange.configure(impersonation={RENAMED: [ADDRESS]})
    house.exchange.add_account(RENAMED, password=KEY)


def password(house: SlackWorld) -> dict[str, str]:
    """The service account's password in the field for it, whatever else stands in the window."""
    return {next(b["block_id"] for b in house.view("admin")["blocks"] if "_password_" in b["block_id"]): KEY}


def test_in_the_window_as_it_is_shown(house: SlackWorld) -> None:
    """Login and address stand in their fields, and what is sent as it is opens the mailbox as before."""
    task_id = asked(house)
    house.submit("admin", password(house))
    house.work("count")
    record = house.record(task_id)
    house.submit("admin")
    house.work()

    assert (record.new_login, record.new_service) == ("", "")
    assert house.record(task_id).state is State.ROLLED_BACK, seen(house)


def test_in_the_window_both_were_renamed(house: SlackWorld) -> None:
    """What can be no address is said at its field. Nobody but the service account has signed in."""
    task_id = asked(house)
    rename_mailbox(house, task_id)
    rename_service_account(house)
    ask(house, task_id)
    before = len(house.exchange.sign_ins)
    typed = {Block.DESTINATION_LOGIN: RENAMED} | password(house)
    refused = house.submit("admin", typed | {Block.DESTINATION_MAILBOX: "nobody"})
    house.submit("admin", typed | {Block.DESTINATION_MAILBOX: ADDRESS})
    house.work("count")
    house.submit("admin")
    house.work()

    assert list(refused.errors) == [Block.DESTINATION_MAILBOX]
    assert house.record(task_id).state is State.ROLLED_BACK, seen(house)
    assert {(one.user, one.accepted) for one in house.exchange.sign_ins[before:]} == {(RENAMED, True)}


def test_names_that_open_another_mailbox_are_forgotten(house: SlackWorld) -> None:
    """The window then has the former ones in its fields."""
    task_id = asked(house)
    house.exchange.add_mailbox("somebody.else@example.org", password=PASSWORD)
    house.exchange.configure(impersonation={RENAMED: ["*"]})
    house.exchange.add_account(RENAMED, password=KEY)
    house.submit("admin", password(house) | {
        Block.DESTINATION_LOGIN: RENAMED, Block.DESTINATION_MAILBOX: "somebody.else@example.org"
    })
    house.work("count")
    record = house.record(task_id)

    assert "opens another mailbox" in seen(house)
    assert (record.new_login, record.new_service, record.state) == ("", "", State.COMPLETED)
    assert not house.services.engine.vault.has(task_id, Side.DESTINATION)


@pytest.mark.parametrize("renamed", [False, True])
def test_on_the_page(house: SlackWorld, renamed: bool) -> None:
    """It shows both, and takes them as they are, or as they are now."""
    with paged(house) as pages:
        task_id = asked(house)
        if renamed:
            rename_mailbox(house, task_id)
            rename_service_account(house)
            ask(house, task_id)
        house.press(Action.PAGE_OF_TASK, "admin", where=house.view("admin")["id"])
        browser = pages.signed_in("admin")
        shown = browser.open(link(house, "admin"))
        login, mailbox = (RENAMED, ADDRESS) if renamed else (SERVICE, ADDRESS)
        send(browser, shown, destination=KEY, login=login, mailbox=mailbox)
        house.work("count")
        said = " ".join(seen(house).split())
        house.submit("admin")
        house.work()

    assert "Login, if the account was renamed since" in text(shown)
    assert "Mailbox that it opens, if that was renamed since" in text(shown)
    assert f"messages of migration {task_id} will be removed" in said
    assert house.record(task_id).state is State.ROLLED_BACK
