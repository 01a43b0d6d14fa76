"""Commands beside the buttons: `/omm pause 7K2F-9QXD` does what its button does, for the same people."""

from __future__ import annotations

from bot.ids import Action, View
from bot.listeners.commands import COMMANDS
from bot.stored.threads import Act
from engine.migration.record import State
from tests.contract.slack.test_steering import COMPLETED, PAUSED, REQUEST
from tests.servers.slack.world import CHANNEL, COLLEAGUE, OWNER, SlackWorld, words
from tests.servers.world import ADDRESS

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


def test_of_two_ids_neither_is_taken(world: SlackWorld) -> None:
    """Nobody shall think that both are paused while one goes on; an ID in quotes or with another dash is taken."""
    first, second = put(world), put(world)

    for word in ("pause", "status", "rollback"):
        world.slash(f"{word} {first} {second}")
    told = world.told()
    untouched = [world.record(task).state for task in (first, second)]
    world.slash(f"pause \u201c{first.replace('-', chr(0x2013))}\u201d")

    assert ["one task ID at a time" in one for one in told] == [True] * 3
    assert untouched == [State.WAITING] * 2
    assert world.slack.views("owner") == []
    assert world.record(first).state is State.PAUSED
    assert WARNING not in " ".join(world.told())


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
    assert world.services.threads.load(ended) is None
    assert f"{ended} is forgotten" in world.letters()[-1]["text"]


def test_a_forget_dialog_says_anew_what_is_lost_when_that_is_more(world: SlackWorld) -> None:
    """Nothing was copied when it was opened; by then everything was, which can be rolled back."""
    task_id = put(world, state=State.FAILED)
    world.slash(f"forget {task_id}")
    before = words(world.view()["blocks"])
    world.save(world.record(task_id), **COMPLETED)

    world.submit()
    after, placed = words(world.view()["blocks"]), list(world.orders.placed)
    world.submit()

    assert "rolled back" not in before
    assert "It can still be rolled back" in after
    assert placed == []
    assert [order[:2] for order in world.orders.placed] == [("forget", task_id)]


def test_status_is_the_card_with_a_link_to_it(world: SlackWorld) -> None:
    """Whoever steers sees it with its buttons, a follower without; the list links to the cards as well."""
    task_id = put(world)
    world.notify()
    world.services.threads.press(task_id, COLLEAGUE, Act.FOLLOW)
    link = world.services.slack.chat_getPermalink(channel=CHANNEL, message_ts=world.card()["ts"])["permalink"]

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


def test_a_link_leads_into_no_conversation_of_somebody_else(world: SlackWorld) -> None:
    """Of a migration that its owner has in direct messages, a follower gets the link to their own card, or none."""
    task_id = world.begin(REQUEST, channel="").task_id
    world.notify()
    world.slash(f"status {task_id}", "admin")
    world.services.threads.press(task_id, COLLEAGUE, Act.FOLLOW)
    world.notify()

    world.slash(f"status {task_id}")
    world.slash(f"status {task_id}", "colleague")

    opens = {user: str(world.slack.ephemerals(user)[-1]["blocks"]) for user in ("owner", "colleague", "admin")}
    own = {user: f"/p{world.card(user, 'dm')['ts'].replace('.', '')}'" for user in ("owner", "colleague")}
    assert own["owner"] in opens["owner"]
    assert own["colleague"] in opens["colleague"]
    assert "'url'" not in opens["admin"]


def test_a_card_of_a_later_release_hides_no_list(world: SlackWorld) -> None:
    """A migration whose cards cannot be read has no link; it and all others are listed."""
    first, second = put(world), put(world)
    world.redis.hset(f"omm:thread:{first}:cards", "C1:1", '{"v": 99}')

    world.slash("list")
    world.slack.open_home("owner")
    world.listeners.settle()

    home = world.slack.home("owner")
    assert home is not None
    for seen in (world.told()[-1], words(home["blocks"])):
        assert first in seen
        assert second in seen


def test_what_is_to_be_rolled_back_is_not_forgotten_before(world: SlackWorld) -> None:
    """The order to roll back would go with the record, and the mail would stay, whichever worker is quicker."""
    task_id = world.migrated().task_id
    world.press(Action.ROLLBACK)
    world.work("count")
    world.submit()

    world.services.jobs.forget(task_id, OWNER)      # from a dialog that was open before
    world.slack.open_home("owner")
    world.listeners.settle()
    home = world.slack.home("owner")
    assert home is not None
    world.press(Action.DELETE, where=home["id"])
    world.submit()
    world.slash(f"forget {task_id}")
    refused = world.told()[-1]
    world.work("forget", "delete")
    world.work()
    world.notify()

    assert "rollback of this migration starts soon" in refused
    assert any("was not forgotten. The rollback" in letter["text"] for letter in world.letters())
    assert world.record(task_id).state is State.ROLLED_BACK
    assert world.exchange.messages(ADDRESS) == []
