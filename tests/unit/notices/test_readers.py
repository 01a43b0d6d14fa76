"""People who follow a task, and may not read of it any more."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.stored.threads import Act
from emulators.slack import Fault
from engine.migration.record import Migration, State
from tests.servers.slack.notices import COLLEAGUE, OWNER, Office

BECAME: tuple[Mapping[str, object], ...] = ({"is_restricted": True}, {"is_ultra_restricted": True}, {"deleted": True})


def followed(desk: Office, **more: str) -> Migration:
    """A task under way that the colleague follows, with their card."""
    task = desk.start(desk.begin(**more))
    desk.threads.press(task.task_id, COLLEAGUE, Act.FOLLOW)
    desk.run()
    assert "Running" in desk.cards(COLLEAGUE)[0]["text"]
    return task


def changes(desk: Office, user: str, **became: object) -> None:
    """Somebody is somebody else by now, and what was known of them is forgotten after five minutes."""
    desk.emulator.change_user(user, **became)
    for key in desk.redis.keys("omm:person:*"):
        desk.redis.delete(key)


@pytest.mark.parametrize("became", BECAME, ids=str)
def test_who_became_a_guest_or_left_reads_no_more_of_it(desk: Office, became: Mapping[str, object]) -> None:
    """Their card stays as it was, and they are not told how it ended; its owner is."""
    task = followed(desk)
    before = desk.messages(COLLEAGUE)

    changes(desk, "colleague", **became)
    desk.complete(task)
    desk.run(30)

    assert desk.messages(COLLEAGUE) == before
    assert "is completed" in desk.letters(OWNER)[-1]
    assert "Completed" in desk.cards()[0]["text"]


def test_no_card_is_posted_to_who_became_a_guest_before_it(desk: Office) -> None:
    """They had typed the login; by then they may not see it."""
    task = desk.start(desk.begin())
    desk.run()
    changes(desk, "colleague", is_restricted=True)

    desk.threads.press(task.task_id, COLLEAGUE, Act.FOLLOW)
    desk.run(30)

    assert desk.messages(COLLEAGUE) == []


def test_while_slack_does_not_say_who_somebody_is_they_wait_and_nobody_else_does(desk: Office) -> None:
    """The owner's card goes on at once, theirs when Slack answers."""
    task = followed(desk)
    changes(desk, "colleague")
    desk.emulator.add_fault(Fault(method="users.info", action="error", error="internal_error", nth=1))

    desk.save(task, state=State.PAUSED)
    desk.run(5)
    at_once = (desk.cards()[0]["text"], desk.cards(COLLEAGUE)[0]["text"])
    desk.run(70)

    assert "Paused" in at_once[0]
    assert "Running" in at_once[1]
    assert "Paused" in desk.cards(COLLEAGUE)[0]["text"]


def test_an_owner_who_became_a_guest_is_told_of_their_own(desk: Office) -> None:
    """It is their mailbox; they may press nothing, and read on."""
    task = desk.start(desk.begin(channel=""))
    changes(desk, "owner", is_restricted=True)

    desk.complete(task)
    desk.run(30)

    assert "Completed" in desk.cards(OWNER)[0]["text"]
