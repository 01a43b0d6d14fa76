"""An owner who can be written to no longer: those who follow the task see it all the same."""

from __future__ import annotations

from bot.stored.threads import Act, Card
from tests.servers.slack.notices import ADMIN, COLLEAGUE, OWNER, Office


def follows(desk: Office, task_id: str, user: str) -> None:
    """As `/omm follow` has it written down: an admin's card has buttons, a colleague's has none."""
    if user == ADMIN:
        desk.threads.put_card(task_id, Card(user, "", buttons=True, masked=True))
    desk.threads.press(task_id, user, Act.FOLLOW)


def test_who_follows_sees_how_it_goes_though_its_owner_has_left(desk: Office) -> None:
    """Their cards show each state within seconds, and they are told how it ended."""
    task = desk.start(desk.begin(channel=""))
    desk.run()
    follows(desk, task.task_id, COLLEAGUE)
    desk.run()
    desk.emulator.change_user("owner", deleted=True)
    desk.start(task, 5)
    desk.run(30)
    follows(desk, task.task_id, ADMIN)
    desk.run(30)
    shown = [card["text"] for card in desk.cards(ADMIN)]
    desk.complete(desk.store.load(task.task_id))
    desk.run(30)

    assert len(shown) == 1
    assert "Running" in shown[0]
    for user in (COLLEAGUE, ADMIN):
        assert "Completed" in desk.cards(user)[0]["text"]
        assert f"Migration {task.task_id} is completed" in desk.letters(user)[-1]


def test_nobody_is_written_to_again_and_again_who_has_left(desk: Office) -> None:
    """Their conversation is tried every ten minutes at most, however much happens."""
    desk.emulator.change_user("owner", deleted=True)
    task = desk.begin(channel="")
    follows(desk, task.task_id, COLLEAGUE)
    for copied in range(8):
        task = desk.start(task, copied)
        desk.run(60)

    tried = [call for call in desk.emulator.requests if call.method == "chat.postMessage" and call.error]
    assert OWNER in str(tried[0].arguments)
    assert len(tried) <= 2
    assert "Running" in desk.cards(COLLEAGUE)[0]["text"]


def test_a_card_that_was_asked_for_comes_at_once_though_the_owner_has_left(desk: Office) -> None:
    """An admin who looks after the task of somebody who has left does not wait ten minutes for it."""
    desk.emulator.change_user("owner", deleted=True)
    task = desk.start(desk.begin(channel=""))
    desk.run(30)

    follows(desk, task.task_id, ADMIN)
    desk.run(10)

    assert "Running" in desk.cards(ADMIN)[0]["text"]


def test_who_comes_back_is_told_what_happened_meanwhile(desk: Office) -> None:
    """Nothing counts as told that could not be."""
    desk.emulator.change_user("owner", deleted=True)
    task = desk.start(desk.begin(channel=""))
    follows(desk, task.task_id, COLLEAGUE)
    desk.run(30)
    desk.complete(task)
    desk.run(30)
    desk.emulator.change_user("owner", deleted=False)
    desk.run(700)

    assert "Completed" in desk.cards(OWNER)[0]["text"]
    assert f"Migration {task.task_id} is completed" in " ".join(desk.letters(OWNER))
    assert len([said for said in desk.letters(COLLEAGUE) if "is completed" in said]) == 1
