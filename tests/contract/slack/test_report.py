"""The report of a migration: what is shown of it, and as a file in a direct message."""

from __future__ import annotations

import pytest

from bot.ids import Action
from bot.views.report import ALL
from emulators.slack.settings import SCOPES
from engine.migration.content import Content
from engine.migration.record import Failure, Reason
from tests.contract.slack.test_steering import COMPLETED, REQUEST
from tests.servers.slack.world import CHANNEL, SlackWorld, words

ENTRIES = (
    Failure(Content.MAIL, "INBOX", "Invoice", "larger than the destination takes"),
    Failure(Content.MAIL, "Sent", "=2 messages", "marked as deleted", Reason.LEFT_OUT),
)


@pytest.fixture
def task_id(world: SlackWorld) -> str:
    """A migration of the owner's with two entries in its report, which is open."""
    task_id = world.save(world.begin(REQUEST, channel=CHANNEL), **COMPLETED).task_id
    world.services.engine.store.report(task_id, ENTRIES)
    world.slash(f"report {task_id}")
    return task_id


def shown(world: SlackWorld) -> str:
    return words(world.view()["blocks"])


def press(world: SlackWorld, action: Action, value: str | None = None) -> None:
    world.press(action, where=world.view()["id"], value=value)


def test_the_menu_shows_one_kind_of_entries_and_all_again(world: SlackWorld, task_id: str) -> None:
    """Each with its reason and what can be done about it."""
    assert "Invoice" in shown(world)
    assert "Ask the destination's administrator to allow larger messages" in shown(world)

    press(world, Action.REPORT_SHOWN, Reason.LEFT_OUT.name)
    assert "Invoice" not in shown(world)
    assert "restore them in the old mailbox" in shown(world)
    press(world, Action.REPORT_SHOWN, ALL)

    assert "Invoice" in shown(world)


def test_the_file_comes_as_a_direct_message(world: SlackWorld, task_id: str) -> None:
    """To whoever asked for it, with a name that says which migration; the window says where it is."""
    world.slack.configure(scopes=(*SCOPES, "files:write"))

    press(world, Action.REPORT_FILE)

    sent = world.letters()[-1]["files"][0]
    assert sent["name"] == f"report-{task_id}.csv"
    assert sent["size"] > len("Invoice")
    assert "in your direct messages" in shown(world)
    assert "Invoice" in shown(world)


def test_without_the_scope_the_window_says_how_to_get_the_file(world: SlackWorld, task_id: str) -> None:
    """The scope is optional: the command that writes the same file is named, and nothing is posted."""
    before = len(world.letters())

    press(world, Action.REPORT_FILE)

    assert "Ask OMM's administrator for the file" in shown(world)
    assert f"omm report {task_id} --csv" in shown(world)
    assert len(world.letters()) == before


def test_no_file_goes_to_a_former_admin(world: SlackWorld, task_id: str) -> None:
    """The names in it are for whoever may see them now."""
    world.slack.configure(scopes=(*SCOPES, "files:write"))
    world.slash(f"report {task_id}", "admin")
    world.slack.change_user("admin", is_admin=False)
    world.forget_people()

    world.press(Action.REPORT_FILE, "admin", where=world.view("admin")["id"])

    assert "Only" in world.told("admin")[-1]
    assert "files.completeUploadExternal" not in [call.method for call in world.slack.requests]
