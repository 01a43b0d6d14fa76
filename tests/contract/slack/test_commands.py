"""Commands beside the buttons: `/omm pause 7K2F-9QXD` does what its button does, for the same people."""

from __future__ import annotations

from bot.ids import Action, View
from bot.listeners.commands import COMMANDS
from bot.threads import Act
from engine.migration import State
from tests.contract.slack.test_steering import COMPLETED, PAUSED, REQUEST
from tests.servers.slack_world import CHANNEL, COLLEAGUE, SlackWorld, words

WARNING = "was not kept"


def put(world: SlackWorld, **changes: object) -> str:
    """A migration of the owner's; its ID."""
    migration = world.begin(REQUEST, channel=CHANNEL)
    return world.save(migration, **changes).task_id if changes else migration.task_id


def test_each_command_does_what_its_button_does(world: SlackWorld) -> None:
    """The same dialogs open, and the same comes about; what opens nothing is answered in words."""
    running, paused, ended = put(world), put(world, **PAUSED), put(world, **COMPLETED)

    world.slash(f"pause {running}")
    assert world.record(running).state is State.PAUSED
    assert f"{running} is paused" in world.told()[-1]
    world.slash(f"resume {paused}")
    assert ("migrate", paused) in world.orders.placed
    assert f"{paused} continues" in world.told()[-1]
    for word, view in (("cancel", View.CANCEL), ("rollback", View.ROLLBACK), ("report", View.REPORT)):
        world.slash(f"{word} {running if word == 'cancel' else ended}")
        assert world.view()["callback_id"] == view
        world.slack.close("owner", world.view()["id"])
    world.slash(f"retry {ended}", "admin")
    world.listeners.settle()
    assert world.record(ended).state is State.WAITING
    assert WARNING not in " ".join(world.told())
    world.slash(f"pause {paused} Passw0rd!")
    assert WARNING in " ".join(world.told())


def test_without_an_id_the_only_one_that_fits_is_taken(world: SlackWorld) -> None:
    """Where several fit, they are listed with their IDs, and nothing is done; where none does, that is said."""
    first, over = put(world), put(world, **COMPLETED)

    world.slash("resume")
    assert "None of your migrations waits to be resumed" in world.told()[-1]
    world.slash("status")
    assert f"Migration {first}: Waiting" in world.slack.ephemerals("owner")[-1]["text"]
    second = put(world)
    world.slash("pause")
    listed = world.told()[-1]

    assert first in listed
    assert second in listed
    assert over not in listed
    assert "Which migration?" in listed
    assert {world.record(task).state for task in (first, second)} == {State.WAITING}
    world.slash(f"pause {second.lower().replace('-', '')}")
    world.slash("pause")
    assert {world.record(task).state for task in (first, second)} == {State.PAUSED}


def test_whoever_has_no_migration_is_told_how_to_begin(world: SlackWorld) -> None:
    """Nobody is sent to a list that is empty."""
    for word in COMMANDS:
        world.slash(word)

    assert ["You have not migrated anything yet. Type `/omm migrate`" in told for told in world.told()] == (
        [True] * len(COMMANDS)
    )


def test_others_do_not_learn_whether_there_is_such_a_migration(world: SlackWorld) -> None:
    """A colleague gets the same words for somebody else's task ID as for one that nobody has; a guest is refused."""
    task_id, commands = put(world, **COMPLETED), ("status", *COMMANDS)

    for word in commands:
        for typed in (task_id, "0000-0000"):
            world.slash(f"{word} {typed}", "colleague")
        world.slash(f"{word} {task_id}", "guest")

    told = world.told("colleague")
    assert len(told) == 2 * len(commands)
    assert set(told) == {told[0]}
    assert "You have no migration with this task ID" in told[0]
    assert ["Guests cannot use this" in one for one in world.told("guest")] == [True] * len(commands)
    assert world.slack.views("colleague") == []
    assert world.record(task_id).state is State.COMPLETED


def test_forget_asks_first_and_leaves_the_mail(world: SlackWorld) -> None:
    """The dialog says that the rollback goes too; one that is under way cannot be forgotten."""
    running, ended, paused = put(world, state=State.RUNNING), put(world, **COMPLETED), put(world, **PAUSED)

    world.slash(f"forget {running}")
    refused = world.told()[-1]
    world.slash(f"forget {paused}")
    unfinished = words(world.view()["blocks"])
    world.slack.close("owner", world.view()["id"])
    world.slash(f"forget {ended}")
    asked = words(world.view()["blocks"])
    world.submit()
    world.work()
    world.notify()

    assert "can be forgotten when it has ended" in refused
    assert "Once forgotten, it cannot be resumed" in unfinished
    assert "Once forgotten, it cannot." in asked
    assert "resumed" not in asked
    assert "What it copied stays" in asked
    assert {task.task_id for task in world.tasks()} == {running, paused}
    assert world.desk.threads.load(ended) is None
    assert f"{ended} is forgotten" in world.letters()[-1]["text"]


def test_status_is_the_card_with_a_link_to_it(world: SlackWorld) -> None:
    """Whoever steers sees it with its buttons, a follower without; the list links to the cards as well."""
    task_id = put(world)
    world.notify()
    world.desk.threads.press(task_id, COLLEAGUE, Act.FOLLOW)
    link = world.desk.slack.chat_getPermalink(channel=CHANNEL, message_ts=world.card()["ts"])["permalink"]

    world.slash("list")
    world.slash(f"status {task_id}")
    world.slash(f"status {task_id}", "colleague")

    listed, shown = world.slack.ephemerals("owner")
    followed = world.slack.ephemerals("colleague")[-1]
    assert f"'url': '{link}'" in str(listed["blocks"])
    assert f"'url': '{link}'" in str(shown["blocks"])
    assert Action.PAUSE in str(shown["blocks"])
    assert task_id in words(followed["blocks"])
    assert Action.PAUSE not in str(followed["blocks"])
