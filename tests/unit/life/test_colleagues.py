"""Somebody types wrong passwords for the login of a task: the task of its owner goes on."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import Cause, Side, SignInError
from engine.items.run import Run
from engine.migration.back import preview
from engine.migration.checks import check
from engine.migration.content import Content
from engine.migration.forwards import keep_secrets
from engine.migration.record import Counts, State
from engine.migration.steering import pause, resume
from engine.store.sign_ins import ALLOWED
from tests.unit.life.world import REQUEST, Life, copied


class Source:
    """A source that refuses every connection once `refuses` is set."""

    max_connections = 1

    def __init__(self) -> None:
        self.refuses = False

    def reader(self, _content: object) -> Any:
        if self.refuses:
            raise SignInError("Not with this password.", side=Side.SOURCE)


@pytest.fixture
def source(at: Life, monkeypatch: pytest.MonkeyPatch) -> Source:
    """The source of every task: its mail is read by one connection."""
    found = Source()

    def reads(run: Run) -> Counts:
        assert run.source is not None
        run.source.reader(Content.MAIL)
        return copied(run)

    at.steps[Content.MAIL] = reads
    monkeypatch.setattr(at, "source", lambda *_: found, raising=False)
    return found


def guess(at: Life, side: Side) -> None:
    """A colleague tries three wrong passwords for the same login."""
    account = REQUEST.source if side is Side.SOURCE else REQUEST.destination
    for number in range(ALLOWED):
        at.engine.sign_ins.before(account, f"guess {number}", side=side)
        at.engine.sign_ins.refused(account, f"guess {number}")
    with pytest.raises(SignInError):
        at.engine.sign_ins.before(account, "guess 4", side=side)


def checked(at: Life) -> None:
    """The check of a form with the passwords of `Life.begin`."""
    check(at.engine, REQUEST, source_password="one", destination_password="two")


@pytest.mark.parametrize("side", Side)
def test_a_task_whose_form_was_checked_goes_on(at: Life, source: Source, side: Side) -> None:
    """Both passwords were accepted by the check, so neither side is closed to the task."""
    checked(at)
    task_id = at.begin()
    guess(at, side)

    assert at.run(task_id).state is State.COMPLETED


@pytest.mark.parametrize("side", Side)
def test_a_form_with_the_right_passwords_can_be_checked_again(at: Life, side: Side) -> None:
    """The owner begins a second migration while a colleague guesses."""
    checked(at)
    guess(at, side)

    checked(at)


@pytest.mark.parametrize("side", Side)
def test_a_task_that_no_check_has_signed_in_for_goes_on(at: Life, source: Source, side: Side) -> None:
    """Its passwords were typed to resume it: that it was let in shows that the server accepts them."""
    task_id = at.begin()
    at.steps[Content.CALENDARS] = at.asking_midway(lambda: pause(at.engine, task_id))
    assert at.run(task_id).state is State.PAUSED
    resume(at.engine, task_id)
    guess(at, side)

    assert at.run(task_id).state is State.COMPLETED


@pytest.mark.parametrize("side", Side)
def test_the_owner_s_own_guesses_are_still_limited(at: Life, source: Source, side: Side) -> None:
    """A password that was typed anew and never accepted waits for its turn like everybody's; the side is named."""
    checked(at)
    task_id = at.begin()
    keep_secrets(at.engine, task_id, {side: "typed anew"})
    guess(at, side)

    attention = at.run(task_id).attention

    assert attention is not None
    assert (attention.cause, attention.side) == (Cause.SIGN_IN_LIMIT, side)
    assert attention.words.startswith(f"The {side} server refused the password 3 times in ten minutes.")


def test_a_source_password_that_was_changed_is_refused_once(at: Life, source: Source) -> None:
    """The server says no to what it had accepted: with that password the account is left alone."""
    checked(at)
    task_id = at.begin()
    guess(at, Side.SOURCE)
    source.refuses = True
    assert at.run(task_id).state is State.FAILED
    keep_secrets(at.engine, task_id, {Side.SOURCE: "one", Side.DESTINATION: "two"})
    resume(at.engine, task_id)
    source.refuses = False

    attention = at.run(task_id).attention

    assert attention is not None
    assert (attention.cause, attention.side) == (Cause.SIGN_IN_LIMIT, Side.SOURCE)


@pytest.mark.parametrize("side", Side)
def test_a_password_that_was_changed_is_refused_to_the_form_once(
    at: Life, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same, found by the check of a form."""
    checked(at)
    guess(at, side)

    def refuses(*_: Any, **_tries: Any) -> Any:
        raise SignInError("Not with this password.")

    monkeypatch.setattr(at, f"check_{side}", refuses, raising=False)

    causes = []
    for _ in range(2):
        with pytest.raises(SignInError) as caught:
            checked(at)
        causes.append((caught.value.cause, caught.value.side))

    assert causes == [(Cause.SIGN_IN, side), (Cause.SIGN_IN_LIMIT, side)]


def test_a_destination_password_that_was_changed_is_refused_once(at: Life) -> None:
    """The same, found by the count of a rollback."""
    task_id = at.begin()
    at.run(task_id)
    guess(at, Side.DESTINATION)
    at.refusal = SignInError("Not with this password.", side=Side.DESTINATION)

    causes = []
    for _ in range(2):
        with pytest.raises(SignInError) as caught:
            preview(at.engine, task_id)
        causes.append(caught.value.cause)

    assert causes == [Cause.SIGN_IN, Cause.SIGN_IN_LIMIT]
