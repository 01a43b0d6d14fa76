"""Check first: a person sees what their migration would do before it does anything."""

from __future__ import annotations

from bot.ids import Action, Block
from engine.errors import RefusedError
from engine.migration.record import State
from engine.ports.source import Role, SourceFolder
from tests.servers.memory.source import MemorySource, mail
from tests.servers.slack.signed_world import words
from tests.servers.slack.world import LOGIN, SOURCE_PASSWORD, SlackWorld
from tests.servers.world import ADDRESS

WRITTEN = "Nothing was written or changed."


def fills_in(world: SlackWorld, **others: str) -> None:
    """Opens the form and types into it."""
    view = world.open_form()
    world.slack.fill("owner", view["id"], world.typed(view, **others))


def checks_first(world: SlackWorld, **others: str) -> str:
    """Opens the form, fills it in and presses the button; what then can be read in the form."""
    fills_in(world, **others)
    press(world)
    return shown(world)


def source_of(world: SlackWorld) -> MemorySource:
    return world.sides.sources[LOGIN]


def press(world: SlackWorld) -> None:
    world.press(Action.CHECK_FIRST, where=world.view()["id"])


def shown(world: SlackWorld) -> str:
    return words(world.view()["blocks"])


def test_the_form_shows_what_a_migration_would_do(world: SlackWorld) -> None:
    """Counts, sizes, where folders go, space and time; then the form starts it, with no password typed again."""
    source = source_of(world)
    source.folders[SourceFolder(("Gesendet",), "Gesendet", role=Role.SENT)] = [mail("sent", size=5_000)]
    source.folders[SourceFolder(("Reisen", "Kreta"), "Reisen/Kreta")] = [mail("sand")]
    before = world.exchange.dump()

    assert "Looking at both mailboxes" in checks_first(world)
    world.work("look")

    said = shown(world)
    assert "Mail: 5 messages, " in said
    assert "in 3 folders." in said
    assert "Gesendet → Sent Items" in said
    assert "Reisen/Kreta → Kreta (new)" in said
    assert "How much the destination may hold is unknown" in said
    assert "It should take less than a minute." in said
    assert WRITTEN in said
    assert (world.tasks(), world.exchange.dump()) == ([], before)

    world.submit()
    world.work()
    [task] = world.tasks()
    assert task.state is State.COMPLETED
    assert len(world.exchange.messages(ADDRESS)) == 5


def test_what_the_form_lacks_is_said_beside_the_button(world: SlackWorld) -> None:
    """No server is asked, and what was typed stays."""
    assert "not a server" not in (said := checks_first(world, **{Block.SOURCE_SERVER: "not a server"}))

    assert world.orders.placed == []
    assert "Looking at both mailboxes" not in said
    assert world.block("not_seen")["level"] == "error"
    assert world.held(Block.SOURCE_SERVER) == "not a server"
    assert world.held(Block.SOURCE_PASSWORD) == SOURCE_PASSWORD


def test_a_wrong_password_is_said_as_when_the_form_is_sent(world: SlackWorld) -> None:
    """Above its field, with a word below the button; it is typed again, and the other one is kept."""
    checks_first(world, **{Block.DESTINATION_PASSWORD: "wrong"})
    world.work("look")

    assert "refused the login" in words(world.block("verdict"))
    assert "above, in red, stands why" in words(world.block("not_seen"))
    assert not world.block(Block.DESTINATION_PASSWORD)["optional"]
    assert world.block(Block.SOURCE_PASSWORD)["optional"]
    assert world.tasks() == []


def test_a_folder_that_cannot_be_listed_is_named(world: SlackWorld) -> None:
    """With the server's own words; all others are counted."""
    source = source_of(world)
    locked = SourceFolder(("Locked",), "Locked")
    source.folders[locked] = [mail("inside")]

    def refuse(folder: SourceFolder) -> None:
        if folder == locked:
            raise RefusedError("permission denied")

    source.before_listing = refuse
    checks_first(world)
    world.work("look")

    assert "Mail: 3 messages" in shown(world)
    assert "The folder Locked cannot be listed: permission denied" in shown(world)


def test_who_has_closed_the_form_is_written_to(world: SlackWorld) -> None:
    """The letter says what there is, and its button opens the form as it was left."""
    checks_first(world)
    world.close()
    world.work("look")
    world.notify()

    letter = world.letters()[-1]
    assert "Mail: 3 messages" in letter["text"]
    assert "no migration has started" in letter["text"]
    world.press(Action.CONTINUE, where=letter["ts"])
    assert world.held(Block.SOURCE_SERVER) == "imap.example.net"
    world.submit()
    world.work()
    assert [task.state for task in world.tasks()] == [State.COMPLETED]


def test_a_form_that_is_sent_during_the_look_starts_once(world: SlackWorld) -> None:
    """Whichever job ends first: the look has nothing to say any more."""
    checks_first(world)
    world.submit()
    world.work("check")
    world.work("look")

    [task] = world.tasks()
    assert task.task_id in shown(world)
    world.work()
    assert world.record(task.task_id).state is State.COMPLETED


def test_a_press_during_the_look_is_the_same_look(world: SlackWorld) -> None:
    """One order is placed, and one look is had."""
    checks_first(world)
    press(world)

    assert [kind for kind, *_ in set(world.orders.placed)].count("look") == 1
    world.work("look")
    assert WRITTEN in shown(world)


def test_the_size_is_compared_with_the_offers_quota(corporate: SlackWorld) -> None:
    """What an operator has said of an offer's mailboxes."""
    source = source_of(corporate)
    source.folders[SourceFolder(("Large",), "Large")] = [mail("large", size=300_000)]
    checks_first(corporate)
    corporate.work("look")

    assert "more than the 250 kB that the destination may hold: not everything will fit." in shown(corporate)
