"""A rollback after the account was renamed: it asks for the new login, which must open the same mailbox."""

from __future__ import annotations

from bot.ids import Action, Block, View
from engine.errors import Side
from engine.migration.record import Migration, State
from tests.servers.slack.world import SlackWorld, words
from tests.servers.world import ADDRESS, PASSWORD

NEW_LOGIN, NEW_PASSWORD = "claire.martin@example.org", "another horse"
OTHER = "somebody.else@example.org"


def asked(world: SlackWorld) -> Migration:
    """A migration whose account was renamed since; its owner has pressed Rollback, and the dialog has counted."""
    migration = world.migrated()
    world.exchange.add_mailbox(ADDRESS, password=NEW_PASSWORD, user=NEW_LOGIN)
    world.press(Action.ROLLBACK)
    world.work("count")
    return migration


def answer(world: SlackWorld, login: str, password: str) -> None:
    """Types both, and waits for the count."""
    names = fields(world)
    typed = {name: login if name == Block.DESTINATION_LOGIN else password for name in names}
    world.submit(values=typed)
    world.work("count")


def fields(world: SlackWorld) -> list[str]:
    """The ids of what can be typed into."""
    return [block["block_id"] for block in world.view()["blocks"] if block["type"] == "input"]


def test_a_rollback_goes_on_by_the_new_login(world: SlackWorld) -> None:
    """The old login is refused: the form asks for login and password, and the mailbox is the same."""
    migration = asked(world)
    form = world.view()["callback_id"], fields(world)[0]

    answer(world, NEW_LOGIN, NEW_PASSWORD)
    counted = words(world.view()["blocks"])
    world.submit()
    world.work()

    assert form == (View.PASSWORD, Block.DESTINATION_LOGIN)
    assert "3 messages" in counted
    assert world.record(migration.task_id).state is State.ROLLED_BACK
    assert world.exchange.messages(ADDRESS) == []
    assert world.exchange.sign_ins[-1].user == NEW_LOGIN


def test_a_login_to_another_mailbox_does_nothing(world: SlackWorld) -> None:
    """A plain sentence says so, and asks again; login and password are forgotten, and the mail of both stays."""
    migration = asked(world)
    world.exchange.add_mailbox(OTHER, password=PASSWORD)

    answer(world, OTHER, PASSWORD)

    assert "This login opens another mailbox than the one that was migrated into." in words(world.view()["blocks"])
    assert (world.view()["callback_id"], fields(world)[0]) == (View.PASSWORD, Block.DESTINATION_LOGIN)
    assert len(world.exchange.messages(ADDRESS)) == 3
    assert world.record(migration.task_id).state is State.COMPLETED
    assert world.record(migration.task_id).new_login == ""
    assert not world.services.engine.vault.has(migration.task_id, Side.DESTINATION)


def test_a_login_that_is_refused_is_asked_for_again(world: SlackWorld) -> None:
    """What was typed stands in the field; a migration that goes on meanwhile does not use it."""
    migration = asked(world)

    answer(world, "claire.martn@example.org", NEW_PASSWORD)

    (login,) = [block for block in world.view()["blocks"] if block["block_id"] == Block.DESTINATION_LOGIN]
    assert login["element"]["initial_value"] == "claire.martn@example.org"
    assert world.record(migration.task_id).new_login == ""


def test_where_the_old_login_opens_another_mailbox_the_new_one_is_asked_for(world: SlackWorld) -> None:
    """Somebody else was given the old name: nothing of theirs is touched, and the rollback goes on by the new login."""
    migration = world.migrated()
    world.exchange.add_mailbox(ADDRESS, password=NEW_PASSWORD, user=NEW_LOGIN)
    world.exchange.add_mailbox(OTHER, password=PASSWORD, user=ADDRESS)
    world.press(Action.ROLLBACK)
    world.work("count")
    form, asked_for = world.view()["callback_id"], words(world.view()["blocks"])

    answer(world, NEW_LOGIN, NEW_PASSWORD)
    world.submit()
    world.work()

    assert form == View.PASSWORD
    assert "opens another mailbox" in asked_for
    assert world.record(migration.task_id).state is State.ROLLED_BACK
    assert world.exchange.messages(ADDRESS) == []
