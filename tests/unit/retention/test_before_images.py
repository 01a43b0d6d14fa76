"""What a mailbox's settings were before a task changed them goes with the task's rollback window."""

from __future__ import annotations

from engine.migration.content import Content
from engine.migration.forwards import purge
from engine.ports.settings import Entry
from engine.settings.image import Change, Image
from tests.unit.retention.house import House


def with_image(house: House, *, days_ago: float) -> str:
    """A task that ended so long ago and has changed a setting; its ID."""
    task_id = house.task(days_ago=days_ago)
    reply = Change(Entry("reply", "Reply", "Back soon"))
    house.door.life.engine.store.images.save(Image(task_id, Content.OUT_OF_OFFICE, (reply,)))
    return task_id


def test_the_sweep_removes_it_when_the_window_is_over(house: House) -> None:
    """The task itself stays for its sixty days; one that can still be rolled back keeps its own."""
    over, young = with_image(house, days_ago=2.1), with_image(house, days_ago=1)

    house.look()

    assert house.door.life.engine.store.images.tasks() == [young]
    assert house.record(over) is not None


def test_a_program_that_starts_removes_it_too(house: House) -> None:
    """Where no worker runs, the next command at the terminal does it."""
    with_image(house, days_ago=2.1)

    purge(house.door.life.engine)

    assert house.door.life.engine.store.images.tasks() == []
