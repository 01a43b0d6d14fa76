"""Driving: a migration to its end, or back to where it began."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import groupby
from types import SimpleNamespace
from typing import Any

import pytest

from bot.buttons import rolls_back_soon
from bot.ids import Action
from bot.stored import threads
from bot.stored.orders import GivenUp
from bot.stored.threads import Act
from bot.views.cards import card
from bot.views.message import Shown
from bot.work import beside, driving
from emulators.slack.blocks import check as slack_refuses
from engine.errors import Cause, FatalError, LaterError, Side, TakenError
from engine.migration.back import preview
from engine.migration.record import ROLLBACK_WINDOW, State
from engine.migration.steering import pause
from engine.migration.visiting import visit
from engine.pace.halt import Halt, HaltedError
from engine.store.lease import Lease
from tests.servers.slack.open_form import OWNER
from tests.servers.world import PASSWORD
from tests.unit.jobs.moving import Moving


def migrate(at: Moving, halt: Halt | None = None) -> bool:
    return driving.migrate(at.services, halt or Halt(), task_id=at.task_id)


def roll_back(at: Moving, halt: Halt | None = None, *, items: int = 120, kept: int = 0, discard: bool = False) -> bool:
    return driving.roll_back(
        at.services, halt or Halt(), task_id=at.task_id, user=OWNER, items=items, kept=kept, discard=discard
    )


# Forwards


def test_a_migration_is_driven_to_its_end(at: Moving) -> None:
    """Everything is there, the order is done, and the cards are looked at once more."""
    assert migrate(at)

    assert at.record.state is State.COMPLETED
    assert len(at.world.messages()) == 120
    assert at.services.threads.due(time.time()) == [at.task_id]


def test_told_to_stop_it_is_handed_over(at: Moving) -> None:
    """The order is not done, and the record says nothing of the change of hands; the next one ends it."""
    assert not migrate(at, at.halt_midway())

    assert at.record.state is State.RUNNING
    assert 0 < len(at.world.messages()) < 120
    assert migrate(at)
    assert sorted(m.subject for m in at.world.messages()) == sorted(f"in {n}" for n in range(120))


@pytest.mark.parametrize("stopped", [State.PAUSED, State.NEEDS_ATTENTION])
def test_what_waits_for_a_person_is_left_alone(at: Moving, stopped: State) -> None:
    """A job that comes late does not go on with what was paused: only Resume does."""
    if stopped is State.PAUSED:
        pause(at.services.engine, at.task_id)
    else:
        at.services.engine.vault.drop(at.task_id)
        assert migrate(at)

    assert migrate(at)

    assert at.record.state is stopped
    assert at.world.messages() == []


def test_a_task_whose_source_gives_no_more_stays_in_line_and_takes_up_no_room(at: Moving) -> None:
    """Its worker is free at once; whoever brings it up too early opens nothing; then it goes on where it stopped."""
    spent = LaterError("That is all for today.", until=at.services.engine.clock() + timedelta(hours=5), a_day=9_000)
    at.source.before_read = partial(_raise_once_some_were_read, at, spent)

    assert not migrate(at)
    waiting = at.record
    at.source.before_read = lambda _uids: None
    at.world.emulator.change_password(at.world.address, "nobody is to sign in")
    assert not migrate(at)

    assert (waiting.state, waiting.not_before, waiting.attention) == (State.WAITING, spent.until, None)
    assert waiting.expected_end is not None
    assert waiting.expected_end > spent.until
    assert (at.record.updated, at.services.room.all()) == (waiting.updated, {})
    at.world.emulator.change_password(at.world.address, PASSWORD)
    with visit(at.services.engine, at.task_id) as there:
        there.update(not_before=at.services.engine.clock())
    assert migrate(at)
    assert at.record.state is State.COMPLETED
    assert sorted(m.subject for m in at.world.messages()) == sorted(f"in {n}" for n in range(120))


def _raise_once_some_were_read(at: Moving, error: LaterError, _uids: Sequence[int]) -> None:
    if at.source.reads:
        raise error


def test_a_fatal_error_is_in_the_record_and_ends_the_order(at: Moving) -> None:
    """What a person must mend is for the card to say; no worker tries it again and again."""
    at.world.emulator.change_password(at.world.address, "another")

    assert migrate(at)

    assert at.record.state is State.FAILED
    assert at.record.attention is not None
    assert at.record.attention.cause == Cause.SIGN_IN


def test_what_ended_is_not_begun_again(at: Moving) -> None:
    """A second order for a task that is over does nothing; nor does one for a task that never was."""
    migrate(at)

    assert migrate(at)
    assert driving.migrate(at.services, Halt(), task_id="0000-0000")

    assert len(at.world.messages()) == 120


def test_a_task_that_somebody_works_on_is_theirs(at: Moving) -> None:
    """A task in another process's hands is put off, not taken and not dropped."""
    lease = at.services.engine.store.acquire(f"migration:{at.task_id}", holder=at.task_id)
    assert isinstance(lease, Lease)

    with lease, pytest.raises(TakenError):
        migrate(at)


def test_nothing_that_people_see_stops_the_mail(at: Moving, monkeypatch: pytest.MonkeyPatch) -> None:
    """The threads of Slack cannot be written to: the migration does not notice."""

    def away(*_: Any) -> None:
        raise FatalError("The store (Redis) does not answer.", cause=Cause.STORE)

    monkeypatch.setattr(at.services.threads, "_redis", SimpleNamespace(call=away, script=away))

    assert migrate(at)

    assert at.record.state is State.COMPLETED


def test_cards_are_looked_at_when_something_begins_or_ends(at: Moving, monkeypatch: pytest.MonkeyPatch) -> None:
    """A card is drawn at once for a new stage or state, and not for each batch."""
    looked: list[str] = []
    for caller in (threads, beside):
        monkeypatch.setattr(caller, "look_now", lambda *_: looked.append(at.record.stage or at.record.state))

    migrate(at)

    assert [stage for stage, _ in groupby(looked)] == ["signing in", "moving mail", "completed"]
    assert looked.count("moving mail") == 1


@pytest.mark.parametrize(("why", "said"), [
    (GivenUp.BROKEN, "because of an error of its own"), (GivenUp.KILLED, "was ended by its machine again and again"),
])
def test_given_up_a_migration_needs_attention(at: Moving, why: GivenUp, said: str) -> None:
    """A fault of ours is told on the card, and Resume tries again."""
    driving.give_up_migration(at.services, task_id=at.task_id, why=why)

    assert at.record.state is State.NEEDS_ATTENTION
    assert at.record.attention is not None
    assert said in at.record.attention.words
    assert "what was copied is in the new mailbox, and the old mailbox stays as it is" in at.record.attention.words
    assert at.services.threads.due(time.time()) == [at.task_id]


def test_a_paused_card_says_as_many_as_the_mailbox_holds(at: Moving) -> None:
    """However soon after the last look at the numbers it stopped: no message that has arrived is missing in them."""
    migrate(at, at.halt_midway())
    pause(at.services.engine, at.task_id)

    thread = at.services.threads.load(at.task_id)
    assert thread is not None
    drawn = card(Shown(at.record, thread, at.services.threads.pressed(at.task_id), at.services.clock()))
    assert drawn.text.startswith(f"Migration {at.task_id}: Paused. Mail ")
    assert f"{len(at.world.messages())} of 120 messages" in drawn.text


# Backwards


@pytest.fixture
def moved(at: Moving) -> Moving:
    at.move()
    return at


def test_a_rollback_takes_back_what_was_brought(moved: Moving) -> None:
    """As agreed to, everything is gone, and the order is done; once more does nothing."""
    assert roll_back(moved)

    assert moved.record.state is State.ROLLED_BACK
    assert moved.world.messages() == []
    assert roll_back(moved)
    assert moved.services.outbox.waiting() == []


def test_what_was_not_agreed_to_is_not_done(moved: Moving) -> None:
    """The mailbox has changed since it was counted: nothing is removed, and whoever pressed is told so."""
    assert roll_back(moved, items=119, kept=1)

    assert len(moved.world.messages()) == 120
    assert moved.record.state is State.COMPLETED
    (letter,) = moved.services.outbox.waiting()
    assert letter.to == OWNER
    assert moved.task_id in letter.text
    assert "Nothing was removed" in letter.text
    assert (letter.blocks[-1]["elements"][0]["action_id"], letter.blocks[-1]["elements"][0]["value"]) == (
        Action.ROLLBACK, moved.task_id
    )
    assert slack_refuses({"blocks": list(letter.blocks)}, surface="message") == []


def test_a_card_does_not_wait_for_a_rollback_that_was_not_done(moved: Moving) -> None:
    """The time for it is over when a worker comes to it: the card shows where the migration stands."""
    ended = moved.services.engine.clock() - 2 * ROLLBACK_WINDOW
    moved.services.engine.store.save(replace(moved.record, ended=ended))
    moved.services.threads.press(moved.task_id, OWNER, Act.ROLLBACK)
    assert rolls_back_soon(moved.record, moved.services.threads.pressed(moved.task_id))

    assert roll_back(moved)

    assert len(moved.world.messages()) == 120
    assert not rolls_back_soon(moved.record, moved.services.threads.pressed(moved.task_id))


def test_what_cannot_be_rolled_back_is_said(at: Moving) -> None:
    """A task that has written nothing has nothing to take back; whoever pressed is told why."""
    assert roll_back(at)

    (letter,) = at.services.outbox.waiting()
    assert "has written nothing" in letter.text


def test_a_rollback_that_was_stopped_goes_on(moved: Moving) -> None:
    """Told to stop in the midst, it is put off; the next one goes on, whatever is left by then."""
    halt = Halt()
    halt.set()
    with pytest.raises(HaltedError):
        roll_back(moved, halt)

    assert roll_back(moved)

    assert moved.world.messages() == []


def test_a_rollback_that_needs_a_person_says_so_in_the_record(moved: Moving) -> None:
    """Without a password it ends, and the card asks for one."""
    moved.services.engine.vault.drop(moved.task_id, Side.DESTINATION)

    assert roll_back(moved)

    assert moved.record.attention is not None
    assert moved.record.attention.cause == Cause.NOT_KEPT
    assert moved.services.threads.due(time.time()) == [moved.task_id]


def test_a_rollback_waits_for_whoever_works_on_the_task(moved: Moving) -> None:
    """It is put off while the task is in other hands."""
    lease = moved.services.engine.store.acquire(f"migration:{moved.task_id}", holder=moved.task_id)
    assert isinstance(lease, Lease)

    with lease, pytest.raises(TakenError):
        roll_back(moved)
    assert roll_back(moved, items=preview(moved.services.engine, moved.task_id).items)


def test_given_up_a_rollback_is_told_of(moved: Moving) -> None:
    """A fault of ours is told on the card, and the task is as it was."""
    driving.give_up_rollback(
        moved.services, task_id=moved.task_id, user=OWNER, items=120, kept=0, discard=False, why=GivenUp.BROKEN
    )

    assert moved.record.state is State.COMPLETED
    assert moved.record.attention is not None
    assert "because of an error of its own" in moved.record.attention.words
    assert "not removed is still in the new mailbox, and the old mailbox stays" in moved.record.attention.words
