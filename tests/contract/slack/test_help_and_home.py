"""What can be typed, a person's own tasks, and the day on which the app is removed."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from bot.ids import Action, View
from bot.workspace import Workspace, workspaces
from engine.migration.record import State
from engine.store.patience import Patient
from tests.servers.slack.world import CHANNEL, OWNER, TEAM, SlackWorld, words


@pytest.mark.parametrize("text", ["", "help", "HELP", "  help  "])
def test_help(world: SlackWorld, text: str) -> None:
    """Without a word, or with help, it says what can be typed, where only its reader sees it."""
    world.slash(text, channel="general")

    named = ("migrate", "follow", "list", "retry", "switch-on", "help")
    assert all(f"/omm {word}" in world.told()[0] for word in named)
    assert world.slack.messages("general") == []


@pytest.mark.parametrize(("text", "meant"), [
    ("migrrate", "migrate"), ("folow 7K2F-9QXD", "follow"), ("lst", "list"), ("statsu", "status"), ("xyzzy", "help"),
    ("@bruno", "help"), ("Sesame-4711", "help"), ("correcthorsebattery", "help"),
])
def test_an_unknown_word_brings_the_nearest(world: SlackWorld, text: str, meant: str) -> None:
    """It says which command was perhaps meant, and never repeats what was typed; it warns if that may be a password."""
    world.slash(text)

    assert f"/omm {meant}" in world.told()[0]
    assert text not in world.told()[0]
    assert ("not kept" in world.told()[0]) is (text in ("Sesame-4711", "correcthorsebattery"))


def test_a_guest_is_told_the_truth(world: SlackWorld) -> None:
    """Whoever cannot use the app is not told to type a command that is then refused."""
    for text in ("", "help", "list", "migrat"):
        world.slash(text, "guest")

    assert ["Guests cannot use this" in told for told in world.told("guest")] == [True] * 4
    assert "/omm" not in " ".join(world.told("guest"))


def test_the_list_shows_ones_own(world: SlackWorld) -> None:
    """A person's own tasks and how far they are; nobody else's."""
    task_id = world.migrated().task_id

    world.slash("list")
    world.slash("list", "admin")

    assert task_id in world.told()[0]
    assert "Completed" in world.told()[0]
    assert "not migrated anything" in world.told("admin")[0]


@pytest.mark.parametrize("text", ["list", "status"])
def test_what_is_typed_is_answered_by_the_state_of_that_moment(world: SlackWorld, text: str) -> None:
    """A migration has been paused since its card was drawn, and the answer says so before any card does."""
    task = world.start()
    world.services.engine.store.save(replace(task, state=State.PAUSED))

    world.slash(text)

    assert "Paused" in world.told()[0]
    assert "Paused" not in words(world.card())


def test_a_task_whose_record_is_gone_is_not_listed(world: SlackWorld) -> None:
    """What was forgotten does not stand in the way of the others."""
    first, second = world.start().task_id, world.start().task_id
    world.services.engine.store.forget(first)

    world.slash("list")

    assert second in world.told()[0]
    assert first not in world.told()[0]


def test_home_shows_ones_own_tasks_and_opens_the_form(world: SlackWorld) -> None:
    """The home tab is drawn when it is opened, and its button opens an empty form."""
    task_id = world.start().task_id

    world.slack.open_home("owner")
    world.listeners.settle()

    home = world.slack.home("owner")
    assert home is not None
    assert task_id in words(home["blocks"])
    world.press(Action.NEW, where=home["id"])
    assert world.view()["callback_id"] == View.FORM


def test_home_links_to_the_cards(world: SlackWorld) -> None:
    """Each migration leads to its card; one whose card is not posted yet stands there all the same."""
    task_id = world.start().task_id
    link = world.services.slack.chat_getPermalink(channel=CHANNEL, message_ts=world.card()["ts"])["permalink"]
    other = world.begin(world.record(task_id).request).task_id

    world.slack.open_home("owner")
    world.listeners.settle()

    home = world.slack.home("owner")
    assert home is not None
    linked = {b["block_id"]: f"'url': '{link}'" in str(b) for b in home["blocks"] if b["block_id"].startswith("task_")}
    assert linked == {f"task_{other}": False, f"task_{task_id}": True}


def test_home_follows_what_was_begun_in_it(world: SlackWorld) -> None:
    """Nobody opens it again, and the migration stands there, with a link to the card in the owner's conversation."""
    world.slack.open_home("owner")
    world.listeners.settle()
    home = world.slack.home("owner")
    assert home is not None

    world.press(Action.NEW, where=home["id"])
    world.send()
    world.work("check")
    world.notify()

    (task,) = world.tasks()
    (entry,) = [block for block in world.slack.home("owner")["blocks"] if block["block_id"].startswith("task_")]
    assert entry["block_id"] == f"task_{task.task_id}"
    assert "Waiting" in words(entry)
    assert f"/p{world.slack.messages('dm', 'owner')[0]['ts'].replace('.', '')}" in str(entry)


def test_home_tells_a_guest_the_truth(world: SlackWorld) -> None:
    """Whoever cannot use the app is shown why and no button, and is not written to."""
    ack = world.slack.open_home("guest")
    world.listeners.settle()

    home = world.slack.home("guest")
    assert ack.outcome == "ok"
    assert home is not None
    assert "Guests cannot use this. Ask a full member" in words(home["blocks"])
    assert {block["type"] for block in home["blocks"]} == {"section"}
    assert world.letters("guest") == []


@pytest.mark.parametrize("action", [Action.NEW, Action.DELETE])
def test_a_home_that_was_open_when_its_owner_became_a_guest_says_so(world: SlackWorld, action: Action) -> None:
    """They press a button that still stands there: from then on it offers nothing, and nobody draws it again."""
    task_id = world.start().task_id
    world.slack.open_home("owner")
    world.listeners.settle()
    home = world.slack.home("owner")
    assert home is not None
    world.slack.change_user("owner", is_restricted=True)
    world.forget_people()

    world.press(action, where=home["id"])
    world.save(world.record(task_id), state=State.PAUSED)
    world.notify()

    shown = words((world.slack.home("owner") or {})["blocks"])
    assert "Guests cannot use this" in world.told()[0]
    assert "Guests cannot use this" in shown
    assert task_id not in shown


def test_a_person_deletes_their_data_in_their_home(world: SlackWorld) -> None:
    """The dialog says that the rollback goes; then nothing names them, and their home is empty and says why."""
    task_id = world.migrated().task_id
    world.slack.open_home("owner")
    world.listeners.settle()
    home = world.slack.home("owner")
    assert home is not None

    world.press(Action.DELETE, where=home["id"])
    shown = words(world.view()["blocks"])
    ack = world.submit()
    asked = words(world.slack.home("owner"))
    world.work()

    assert "*1 migration* can still be rolled back now, but not after this" in shown
    assert (ack.outcome, "is being deleted" in asked) == ("ok", True)
    told = words(world.slack.home("owner"))
    assert "OMM had stored about 1 migration" in told
    assert task_id not in told
    assert world.tasks() == []
    assert [key for key in world.redis.keys("omm:*") if task_id.encode() in key] == []
    assert task_id in words(world.card())
    world.press(Action.ROLLBACK)
    assert "its data has been deleted" in world.told()[-1]


def test_migrations_go_on_when_the_app_is_removed(world: SlackWorld, caplog: pytest.LogCaptureFixture) -> None:
    """Slack's token is gone, the log says so, and the mailbox arrives all the same."""
    task_id = world.start().task_id

    with caplog.at_level(logging.WARNING):
        acks = world.slack.uninstall()
    world.listeners.settle()
    world.work()

    assert [ack.outcome for ack in acks] == ["ok", "ok"]
    assert "Migrations go on" in caplog.text
    assert world.record(task_id).state is State.COMPLETED


def test_a_token_of_a_person_is_not_ours(world: SlackWorld, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever has signed in with Slack can take that back, and nobody is told that the app is gone."""
    with caplog.at_level(logging.WARNING):
        acks = [world.slack.event({"type": "tokens_revoked", "tokens": {"oauth": [OWNER], **more}})
                for more in ({}, {"bot": []})]
        world.listeners.settle()

    assert [ack.outcome for ack in acks] == ["ok", "ok"]
    assert caplog.text == ""


def test_the_address_of_the_workspace_is_no_workspace(world: SlackWorld) -> None:
    """Links need the address; whoever goes through all workspaces finds ours alone."""
    world.start()
    world.slash("list")
    Workspace(world.redis, world.services.slack).id()

    assert workspaces(Patient(world.redis)) == [TEAM]
