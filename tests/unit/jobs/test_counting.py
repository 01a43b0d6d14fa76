"""Counting: what a rollback would remove, into the dialog that asks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.ids import Block, View
from bot.stored.orders import GivenUp
from bot.views import dialogs
from bot.work import counting
from emulators.exchange import Fault
from emulators.slack import SlackEmulator
from engine.clock import utc_now
from engine.errors import Side
from engine.migration.forwards import keep_secrets
from engine.pace.halt import Halt
from engine.store.lease import Lease
from engine.store.sign_ins import ALLOWED
from tests.servers.slack.open_form import OWNER, Desktop
from tests.unit.emulators_slack.app import App
from tests.unit.jobs.moving import Moving


@pytest.fixture
def screen(at: Moving, slack: SlackEmulator, app: App) -> Desktop:
    """The owner's screen, with the rollback dialog open."""
    screen = Desktop(at.services, slack, app)
    screen.open(dialogs.rollback_counting(at.record))
    return screen


def dialog(screen: Desktop) -> dict:
    (view,) = screen.slack.views("owner")
    return view


def count(at: Moving, screen: Desktop) -> bool:
    return counting.count(at.services, Halt(), task_id=at.task_id, view_id=dialog(screen)["id"], user=OWNER)


def test_the_dialog_says_what_would_be_removed(at: Moving, screen: Desktop) -> None:
    """The number of items stands in the dialog, which can be sent now."""
    at.move()

    assert count(at, screen)

    assert "120 messages" in screen.seen()
    assert dialog(screen)["submit"] is not None
    assert len(at.world.messages()) == 120


def test_who_has_closed_the_dialog_is_told_nothing(at: Moving, screen: Desktop) -> None:
    """Closed is an answer: no letter, no other view."""
    at.move()
    view_id = dialog(screen)["id"]
    screen.slack.close("owner", view_id)

    assert counting.count(at.services, Halt(), task_id=at.task_id, view_id=view_id, user=OWNER)

    assert screen.slack.views("owner") == []
    assert at.services.outbox.waiting() == []


def test_what_cannot_be_rolled_back_is_said_in_the_dialog(at: Moving, screen: Desktop) -> None:
    """A task that has written nothing: the dialog says so, and cannot be sent."""
    assert count(at, screen)

    assert "has written nothing" in screen.seen()
    assert dialog(screen)["submit"] is None


def test_without_its_password_the_dialog_asks_for_it(at: Moving, screen: Desktop) -> None:
    """Two days later the password is gone: the dialog becomes the form that asks for it."""
    at.move()
    at.services.engine.vault.drop(at.task_id, Side.DESTINATION)

    count(at, screen)

    assert dialog(screen)["callback_id"] == View.PASSWORD
    assert "no longer kept" in screen.seen()


def test_a_refused_password_is_asked_for_and_sent_once(at: Moving, screen: Desktop) -> None:
    """The owner is asked for another one as often as they press, and their server hears of it once."""
    at.move()
    at.world.emulator.change_password(at.world.address, "another")
    count(at, screen)
    before, said = len(at.world.emulator.sign_ins), [dialog(screen)["callback_id"]]

    for _ in range(ALLOWED):
        count(at, screen)
        said.append(dialog(screen)["callback_id"])

    assert said == [View.PASSWORD] * (1 + ALLOWED)
    assert len(at.world.emulator.sign_ins) == before
    assert not at.services.engine.vault.has(at.task_id, Side.DESTINATION)


def test_whoever_types_wrong_passwords_is_stopped_in_time(at: Moving, screen: Desktop) -> None:
    """Typed anew each time and refused each time, the next one is not sent: that would lock their account."""
    at.move()
    at.world.emulator.change_password(at.world.address, "another")
    for number in range(ALLOWED):
        keep_secrets(at.services.engine, at.task_id, {Side.DESTINATION: f"guess {number}"})
        count(at, screen)
    before = len(at.world.emulator.sign_ins)
    keep_secrets(at.services.engine, at.task_id, {Side.DESTINATION: "one guess more"})

    count(at, screen)

    assert len(at.world.emulator.sign_ins) == before
    assert "To keep the server from locking the account, wait 10 minutes, then try again." in screen.seen()


def test_another_attempt_empties_the_password(at: Moving, screen: Desktop) -> None:
    """What was refused does not stay typed in: the next form has a field of its own."""
    at.move()
    at.services.engine.vault.drop(at.task_id, Side.DESTINATION)
    fields = []
    for minutes in (1, 2):
        at.services = replace(at.services, clock=lambda minutes=minutes: utc_now() + timedelta(minutes=minutes))
        count(at, screen)
        fields.append(dialog(screen)["blocks"][-1]["block_id"])

    assert fields[0] != fields[1]
    assert all(field.startswith(Block.DESTINATION_PASSWORD) for field in fields)


def test_while_something_else_is_done_the_dialog_says_so(at: Moving, screen: Desktop) -> None:
    """A task in other hands is not counted; whoever asks can try again."""
    at.move()
    lease = at.services.engine.store.acquire(f"migration:{at.task_id}", holder=at.task_id)
    assert isinstance(lease, Lease)

    with lease:
        assert count(at, screen)

    assert "Please try again in a minute" in screen.seen()


def test_a_server_that_refuses_is_said_in_the_dialog(at: Moving, screen: Desktop) -> None:
    """The dialog says why it cannot be counted now."""
    at.move()
    at.world.emulator.add_fault(Fault(action="status", status=403))

    assert count(at, screen)

    assert "cannot be rolled back now" in screen.seen()


def test_a_fault_of_ours_is_said_in_the_dialog(at: Moving, screen: Desktop) -> None:
    """Given up, a count leaves nobody waiting, and says what became of the mailbox and what to do."""
    counting.give_up(
        at.services, task_id=at.task_id, view_id=dialog(screen)["id"], user=OWNER, why=GivenUp.BROKEN
    )

    assert "because of an error of its own. Counting changes nothing in your mailbox" in screen.seen()
    assert "press Rollback again" in screen.seen()


def test_a_task_that_never_was_is_not_counted(at: Moving, screen: Desktop) -> None:
    """Nothing happens to the dialog."""
    before = dialog(screen)["hash"]

    assert counting.count(at.services, Halt(), task_id="0000-0000", view_id=dialog(screen)["id"], user=OWNER)

    assert dialog(screen)["hash"] == before
