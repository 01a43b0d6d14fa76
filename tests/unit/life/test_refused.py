"""What is refused before its first write has failed; everything later needs attention."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from engine.contents import contents
from engine.decisions import LOGGER
from engine.errors import Cause, FatalError, InputError, Side, SignInError, UnreadableError
from engine.items.run import Run
from engine.migration.back import preview
from engine.migration.content import Content
from engine.migration.forwards import REFUSING, keep_secrets, migrate, start
from engine.migration.record import Counts, State
from engine.migration.steering import resume
from engine.pace.halt import Halt
from tests.unit.life.world import REQUEST, Life


def refused(cause: Cause) -> FatalError:
    return FatalError("It says no.", cause=cause, side=Side.DESTINATION)


@pytest.mark.parametrize("cause", Cause)
def test_a_refusal_before_the_first_write_is_a_failure(at: Life, cause: Cause) -> None:
    """A server that says no ends it without a trace; what may pass, or a person can mend, waits for that person."""
    at.refusal = refused(cause)
    task_id = at.begin()

    done = at.run(task_id)

    fails = cause in REFUSING
    assert done.state is (State.FAILED if fails else State.NEEDS_ATTENTION)
    assert done.attention is not None
    assert (done.ended is not None) is fails
    assert [at.engine.vault.has(task_id, side) for side in Side] == [not fails, not fails]


@pytest.mark.parametrize("before", [0, 1, 2])
def test_a_sign_in_may_be_refused_as_often_as_the_account_has_left(at: Life, before: int) -> None:
    """A destination that is asked by NTLM and then by Basic costs no account more than three refusals."""
    task_id = at.begin()
    at.engine.sign_ins.refused(REQUEST.destination, times=before)

    at.run(task_id)

    assert at.tries == [3 - before]


def test_a_source_that_refuses_before_the_first_write_is_a_failure_too(at: Life) -> None:
    """The destination's mailbox was looked at, but nothing was written: there is nothing to roll back."""
    task_id = at.begin()

    def refuses(_run: Run) -> Counts:
        raise SignInError("Not with this password.", side=Side.SOURCE)

    at.steps[Content.MAIL] = refuses
    done = at.run(task_id)

    assert (done.state, done.started, dict(done.steps)) == (State.FAILED, None, {})
    with pytest.raises(InputError, match="nothing to roll back"):
        preview(at.engine, task_id)


def test_a_refusal_after_a_write_needs_attention(at: Life) -> None:
    """A folder was made, perhaps: the way back stays open, and so does the way on."""
    task_id = at.begin()

    def writes_and_is_refused(run: Run) -> Counts:
        run.destination.create_folder("top", "Clients", "tag")
        raise refused(Cause.FORBIDDEN)

    at.steps[Content.MAIL] = writes_and_is_refused
    done = at.run(task_id)

    assert done.state is State.NEEDS_ATTENTION
    assert done.started is not None


def test_what_failed_can_be_tried_again(at: Life) -> None:
    """With passwords given anew it stands in line as it did at first, and comes to its end."""
    at.refusal = refused(Cause.SIGN_IN)
    task_id = at.begin()
    at.run(task_id)
    at.refusal = None
    keep_secrets(at.engine, task_id, {Side.SOURCE: "one", Side.DESTINATION: "three"})

    again = resume(at.engine, task_id)
    done = migrate(at.engine, task_id, halt=Halt())

    assert (again.state, again.ended, again.attention) == (State.WAITING, None, None)
    assert done.state is State.COMPLETED


def test_every_turn_of_a_life_is_a_line_in_the_log(at: Life, caplog: pytest.LogCaptureFixture) -> None:
    """Taken up, each state, each step's sums, and why it stopped: by code, never in a server's words."""
    caplog.set_level(logging.INFO, logger=LOGGER)
    task_id = at.begin()

    def refuses(run: Run) -> Counts:
        run.destination.create_folder("top", "Clients", "tag")
        raise FatalError("ann@example.org is over quota", cause=Cause.MAILBOX_FULL, side=Side.DESTINATION)

    at.steps[Content.CALENDARS] = refuses
    at.run(task_id)

    told = [record.getMessage().partition(":")[0] for record in caplog.records]
    assert told == ["taken up", "running", "step ended", "needs attention"]
    assert f"task={task_id}" in caplog.text
    assert "cause=mailbox full side=destination" in caplog.text
    assert "ann@example.org" not in caplog.text


def test_a_content_of_a_newer_release_is_left_to_it(at: Life) -> None:
    """Nothing is signed in to, written or ended by a release that cannot move all that was asked for."""
    task_id = at.begin()
    older = replace(at.engine, contents=contents(at.engine.contents[Content.MAIL]))

    with pytest.raises(UnreadableError):
        migrate(older, task_id, halt=Halt())

    assert (at.engine.store.load(task_id).state, at.ran) == (State.WAITING, [])
    assert at.run(task_id).state is State.COMPLETED


@pytest.mark.parametrize("side", Side)
def test_an_account_without_a_server_starts_nothing(at: Life, side: Side) -> None:
    """It is still to be looked up; nobody would know where to sign in."""
    end = replace(REQUEST.source if side is Side.SOURCE else REQUEST.destination, host="")
    wanted = replace(REQUEST, **{side.value: end})

    with pytest.raises(InputError, match="The server of an account is not known yet"):
        start(at.engine, wanted, source_password="one", destination_password="two")
    assert list(at.engine.store.all()) == []
