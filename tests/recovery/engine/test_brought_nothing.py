"""A migration knows whether it has brought anything: one that has not offers no rollback."""

from __future__ import annotations

from bot.ids import Action
from bot.views import cards
from engine.clock import utc_now
from engine.ports.source import SourceFolder
from tests.servers.memory.source import MemorySource
from tests.servers.world import World


def offers_rollback(world: World, task_id: str) -> bool:
    """True: its card has the button."""
    return cards.applies(Action.ROLLBACK, world.engine.store.load(task_id), utc_now())


def test_a_migration_that_found_everything_there_offers_no_rollback(small_world: World) -> None:
    """The first one brought the mail, and only that one can take it back."""
    first, second = small_world.migrate(), small_world.migrate()

    assert offers_rollback(small_world, first.task_id)
    assert not offers_rollback(small_world, second.task_id)
    assert "nothing to roll back" in cards.button_gone(
        Action.ROLLBACK, small_world.engine.store.load(second.task_id), ())


def test_a_folder_is_something_too(small_world: World, source: MemorySource) -> None:
    """Nothing was copied, and a folder was created: a rollback removes it."""
    small_world.migrate()
    source.folders[SourceFolder(("New",), "New")] = []

    assert offers_rollback(small_world, small_world.migrate().task_id)
