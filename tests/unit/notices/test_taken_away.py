"""A migration whose items went with the rollback of an earlier one: its owner is told, once."""

from __future__ import annotations

from types import MappingProxyType

from tests.servers.slack.notices import OWNER, Office, all_text

EARLIER = "3MNP-4RST"


def test_whoever_lost_items_by_another_rollback_is_told_once(desk: Office) -> None:
    """In their own conversation and in the thread; the card says so as well, and what to do."""
    task = desk.complete(desk.start(desk.begin()))
    desk.run()
    for items in (2, 7):        # that rollback stopped, and went on later
        task = desk.save(task, taken_away=MappingProxyType({EARLIER: items}))
        desk.threads.look_again(task.task_id, 0)
        desk.run()

    said = f"The rollback of migration {EARLIER} removed 2 messages that this migration had found already there."
    assert desk.letters()[1:] == [f"Migration {task.task_id} has lost 2 messages."]
    assert desk.told().count(f"Migration {task.task_id} has lost 2 messages.") == 1
    assert said in all_text(desk.messages(OWNER)[-1])
    assert "removed 7 messages that this migration had found" in all_text(desk.cards()[0]["blocks"])
    assert "To copy them again, press *Retry failed*." in all_text(desk.cards()[0]["blocks"])
    assert "To copy them again, press Retry failed on the card." in all_text(desk.messages(OWNER)[-1])
