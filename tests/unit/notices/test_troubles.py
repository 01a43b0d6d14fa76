"""Calls for help: to the owner by name, once for each trouble, and changed when it is over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from emulators.slack import Fault
from engine.errors import Cause
from engine.migration.content import Content
from engine.migration.record import Attention, Migration, Rollback, State
from tests.servers.slack.notices import CHANNEL, OWNER, Office, all_text


def stop(desk: Office, task: Migration, cause: Cause = Cause.MAILBOX_FULL, side: str = "destination") -> Migration:
    """It has stopped and waits for a person."""
    return desk.save(
        task, state=State.NEEDS_ATTENTION, stage="", fencing=task.fencing + 1,
        attention=Attention("It is like that.", cause.value, side, task.fencing + 1),
    )


def resume(desk: Office, task: Migration, *, moves: bool = True) -> Migration:
    """A worker has taken it up again and moves items, or is still signing in."""
    step = replace(task.step(Content.MAIL), items_per_second=9.0)
    stage = "moving mail" if moves else "signing in"
    return desk.save(
        task.with_step(Content.MAIL, step), state=State.RUNNING, stage=stage, attention=None, fencing=task.fencing + 1
    )


def calls(desk: Office, channel: str = CHANNEL) -> list[dict[str, Any]]:
    """What is there of calls for help, solved ones too."""
    return [one for one in desk.messages(channel) if "needs your attention" in all_text(one)]


def broadcast(desk: Office) -> list[str]:
    """What the whole channel was shown."""
    return [one["text"] for one in desk.messages() if one.get("subtype") == "thread_broadcast"]


def test_a_call_for_help_names_its_owner_to_the_channel_and_goes_to_them(desk: Office) -> None:
    """Broadcast from the thread with a mention, which Slack tells them of, and in their own conversation."""
    stop(desk, desk.start(desk.begin()))
    desk.run()

    assert [text.startswith(f"<@{OWNER}> Migration") for text in broadcast(desk)] == [True]
    assert {"type": "user", "user_id": OWNER} in calls(desk)[0]["blocks"][0]["elements"][0]["elements"]
    assert ["needs your attention" in one for one in desk.letters()] == [True]


def test_a_password_that_is_wrong_three_times_is_one_call(desk: Office) -> None:
    """Resumed with another wrong password, nobody is told once more: the card says it."""
    task = stop(desk, desk.start(desk.begin()), Cause.SIGN_IN, "source")
    desk.run()
    for _ in range(2):
        task = resume(desk, task, moves=False)
        desk.run()
        task = stop(desk, task, Cause.SIGN_IN, "source")
        desk.run()

    assert len(calls(desk)) == len(broadcast(desk)) == len(desk.letters()) == 1
    assert "Solved" not in all_text(calls(desk))


def test_another_trouble_is_another_call(desk: Office) -> None:
    """The first one says that it counts no longer; the channel is told of the second."""
    task = stop(desk, desk.start(desk.begin()), Cause.SIGN_IN, "source")
    desk.run()
    stop(desk, resume(desk, task), Cause.MAILBOX_FULL)
    desk.run()

    assert [one["text"].startswith("No longer current. ") for one in calls(desk)] == [True, False]
    assert len(broadcast(desk)) == len(desk.letters()) == 2


def test_a_call_says_that_it_is_solved_once_items_move_again(desk: Office) -> None:
    """In the channel and in the owner's conversation; not before, for a resume may fail at once."""
    task = stop(desk, desk.start(desk.begin()))
    desk.run()
    task = resume(desk, task, moves=False)
    desk.run()
    before = [one["text"] for one in calls(desk)]
    resume(desk, task)
    desk.run()

    assert "Solved" not in before[0]
    assert [one["text"] for one in calls(desk)] == [f"Solved. Migration {task.task_id} is running again."]
    assert [one.split(".")[0] for one in desk.letters()] == ["Solved"]


def test_a_trouble_that_comes_back_calls_the_owner_and_not_the_channel(desk: Office) -> None:
    """Solved and there again an hour later, it is news for whoever has to mend it."""
    task = stop(desk, desk.start(desk.begin()))
    desk.run()
    task = resume(desk, task)
    desk.run()
    stop(desk, task)
    desk.run()

    assert [one["text"].split(".")[0] == "Solved" for one in calls(desk)] == [True, False]
    assert len(broadcast(desk)) == 1
    assert len(desk.letters()) == 2


@pytest.mark.parametrize(("state", "said"), [
    (State.COMPLETED, "Solved. Migration {} is completed."),
    (State.CANCELLED, "No longer current. Migration {} was cancelled."),
    (State.PAUSED, "No longer current. Migration {} is paused."),
    (State.ROLLED_BACK, "Solved. Migration {} was rolled back."),
])
def test_a_call_is_over_when_its_migration_is(desk: Office, state: State, said: str) -> None:
    """Nobody is needed any more, whether or not somebody has mended it."""
    task = stop(desk, desk.start(desk.begin()))
    desk.run()
    back = Rollback(started=desk.clock()) if state is State.ROLLED_BACK else None
    desk.save(task, state=state, attention=None, ended=desk.clock(), rollback=back, fencing=task.fencing + 1)
    desk.run()

    assert [one["text"] for one in calls(desk)] == [said.format(task.task_id)]


def test_a_call_is_changed_when_slack_is_back(desk: Office) -> None:
    """Slack was away when the trouble ended: nothing is forgotten."""
    task = stop(desk, desk.start(desk.begin()))
    desk.run()
    desk.emulator.add_fault(Fault(action="status", status=503))
    resume(desk, task)
    desk.run(60)
    desk.emulator.clear_faults()
    desk.run(300)

    assert [one["text"].split(".")[0] for one in calls(desk)] == ["Solved"]
    assert [one.split(".")[0] for one in desk.letters()] == ["Solved"]
