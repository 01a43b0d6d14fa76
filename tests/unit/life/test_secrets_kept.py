"""How long the passwords of a task are kept: its state decides, whatever comes late or once more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.errors import Side, SignInError
from engine.migration.back import keep_for
from engine.migration.forwards import keep_secrets, start_kept
from engine.migration.keeping import FORM_KEPT
from engine.migration.record import ROLLBACK_WINDOW, State
from engine.migration.steering import cancel, forget, resume
from engine.migration.task_id import new_task_id
from engine.store.store import Store
from engine.store.vault import Vault
from tests.unit.life.world import NOW, REQUEST, Life

SOURCE, DESTINATION = Side


def form(at: Life) -> str:
    """A form that was sent, with both passwords typed; its ID."""
    task_id = new_task_id()
    for side in Side:
        at.engine.vault.put(task_id, side, "typed", expires=at.clock() + FORM_KEPT)
    return task_id


def started(at: Life) -> str:
    """A task that a form has become; its ID."""
    task_id = form(at)
    start_kept(at.engine, task_id, REQUEST)
    return task_id


def kept(at: Life, task_id: str, **later: float) -> set[Side]:
    """The sides whose password is still kept so much later."""
    now = at.clock.now
    at.clock.move(**later)
    found = {side for side in Side if at.engine.vault.has(task_id, side)}
    at.clock.now = now
    return found


def put_in(at: Life, task_id: str, state: State, **changes: Any) -> None:
    """Has the task be in that state, as if it had got there by itself."""
    at.engine.store.save(replace(at.record(task_id), state=state, **changes))


def completed(at: Life, task_id: str) -> None:
    assert at.run(task_id).state is State.COMPLETED


def cancelled_midway(at: Life, task_id: str) -> None:
    put_in(at, task_id, State.PAUSED, started=NOW)
    cancel(at.engine, task_id)


def cancelled_in_line(at: Life, task_id: str) -> None:
    cancel(at.engine, task_id)


def refused(at: Life, task_id: str) -> None:
    at.refusal = SignInError("Not with this password.", side=DESTINATION)
    assert at.run(task_id).state is State.FAILED


def rolled_back(at: Life, task_id: str) -> None:
    put_in(at, task_id, State.ROLLED_BACK, started=NOW, ended=NOW)
    at.engine.vault.drop(task_id)


def forgotten(at: Life, task_id: str) -> None:
    put_in(at, task_id, State.PAUSED, started=NOW)
    forget(at.engine, task_id)


ENDS: dict[Callable[[Life, str], None], set[Side]] = {
    completed: {DESTINATION}, cancelled_midway: {DESTINATION}, cancelled_in_line: set(), refused: set(),
    rolled_back: set(),
}
each_end = pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)


def check_kept_after_the_end(at: Life, task_id: str, sides: set[Side]) -> None:
    """Those sides are kept until the rollback window has ended, and none for longer."""
    assert kept(at, task_id) == sides
    assert kept(at, task_id, hours=47, minutes=59) == sides
    assert kept(at, task_id, hours=48) == set()


# A check


def test_a_task_keeps_the_passwords_of_its_form(at: Life) -> None:
    """A form's are kept for a day, those of the task that it becomes for a month."""
    task_id = started(at)

    assert kept(at, task_id, days=29) == set(Side)
    assert kept(at, task_id, days=30) == set()


def test_a_check_that_comes_again_while_the_task_is_open_lengthens_nothing(at: Life) -> None:
    """The month is counted from when the task was created."""
    task_id = started(at)
    at.clock.move(days=20)

    start_kept(at.engine, task_id, REQUEST)

    assert kept(at, task_id, days=9) == set(Side)
    assert kept(at, task_id, days=10) == set()


def test_a_check_that_comes_again_shortens_nothing_that_was_typed_since(at: Life) -> None:
    """A password that was typed for a resume has a month of its own."""
    task_id = started(at)
    at.clock.move(days=20)
    keep_secrets(at.engine, task_id, {SOURCE: "typed anew"})

    start_kept(at.engine, task_id, REQUEST)

    assert kept(at, task_id, days=29) == {SOURCE}


@each_end
def test_a_check_that_comes_again_after_the_end_lengthens_nothing(at: Life, end: Callable[[Life, str], None]) -> None:
    """However the task has ended, what is still kept ends with the rollback window."""
    task_id = started(at)
    end(at, task_id)

    start_kept(at.engine, task_id, REQUEST)

    check_kept_after_the_end(at, task_id, ENDS[end])


@each_end
def test_a_check_that_is_late_lengthens_nothing(
    at: Life, end: Callable[[Life, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes check one form: the task of the first has ended when the second comes to keep its passwords."""
    task_id = started(at)
    create, ended = Store.create, list[bool]()

    def is_late(store: Store, *args: Any, **options: Any) -> Any:
        found = create(store, *args, **options)
        if not ended:
            ended.append(True)
            end(at, task_id)
        return found

    monkeypatch.setattr(Store, "create", is_late)

    start_kept(at.engine, task_id, REQUEST)

    check_kept_after_the_end(at, task_id, ENDS[end])


@pytest.mark.parametrize("end", [completed, cancelled_midway, cancelled_in_line, refused], ids=lambda end: end.__name__)
@pytest.mark.parametrize("moment", range(8))
def test_a_check_that_writes_amid_the_end_lengthens_nothing(
    at: Life, end: Callable[[Life, str], None], moment: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever of the writes of an end it comes between: the end settles it, or the check does."""
    task_id = started(at)
    as_created, writes = at.record(task_id), list[str]()
    monkeypatch.setattr(Store, "create", lambda *_args, **_options: as_created)
    at.clock.move(hours=1)

    def between(owner: type, name: str) -> None:
        do = getattr(owner, name)

        def write(self: Any, *args: Any, **options: Any) -> Any:
            writes.append(name)
            if len(writes) == moment + 1:
                start_kept(at.engine, task_id, REQUEST)
            return do(self, *args, **options)

        monkeypatch.setattr(owner, name, write)

    between(Vault, "expire")
    between(Store, "save")
    between(Vault, "drop")

    end(at, task_id)

    check_kept_after_the_end(at, task_id, ENDS[end])


def test_a_check_that_is_late_keeps_nothing_of_a_task_that_is_forgotten(
    at: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forgotten while the check was under way, the task leaves no password behind."""
    task_id = started(at)
    extend = Vault.extend

    def is_late(vault: Vault, *args: Any) -> None:
        extend(vault, *args)
        monkeypatch.setattr(Vault, "extend", extend)
        forgotten(at, task_id)
        vault.put(task_id, SOURCE, "typed")

    monkeypatch.setattr(Vault, "extend", is_late)

    start_kept(at.engine, task_id, REQUEST)

    assert kept(at, task_id) == set()


# Passwords that are typed again


def test_a_password_typed_for_a_rollback_ends_with_its_window(at: Life) -> None:
    """A task that has ended needs it no longer; the source's it needs no more at all."""
    task_id = started(at)
    completed(at, task_id)
    at.clock.move(hours=47)

    keep_secrets(at.engine, task_id, {SOURCE: "anew", DESTINATION: "anew"})

    assert kept(at, task_id, minutes=59) == {DESTINATION}
    assert kept(at, task_id, hours=1) == set()


def test_a_password_typed_for_a_rollback_that_stopped_is_kept_until_it_is_over(at: Life) -> None:
    """It may be finished whenever its owner comes back."""
    task_id = started(at)
    put_in(at, task_id, State.ROLLBACK_STOPPED, started=NOW, ended=NOW)
    at.clock.move(days=3)

    keep_secrets(at.engine, task_id, {DESTINATION: "anew"})

    assert kept(at, task_id, days=29) == {DESTINATION}


def test_passwords_typed_to_try_again_are_kept_for_the_task(at: Life) -> None:
    """One that failed before its first write had dropped them; tried again, it may wait for a month."""
    task_id = started(at)
    refused(at, task_id)

    keep_secrets(at.engine, task_id, {SOURCE: "anew", DESTINATION: "anew"})
    resume(at.engine, task_id)

    assert kept(at, task_id, days=29) == set(Side)


def test_a_password_typed_while_the_task_is_cancelled_is_not_kept_for_longer(
    at: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody cancels at the moment at which somebody else gives the password to resume."""
    task_id = started(at)
    put_in(at, task_id, State.PAUSED, started=NOW)
    put = Vault.put

    def is_late(vault: Vault, *args: Any, **options: Any) -> None:
        monkeypatch.setattr(Vault, "put", put)
        cancel(at.engine, task_id)
        put(vault, *args, **options)

    monkeypatch.setattr(Vault, "put", is_late)

    keep_secrets(at.engine, task_id, {DESTINATION: "anew"})

    check_kept_after_the_end(at, task_id, {DESTINATION})


# A rollback that was agreed to


def test_an_agreed_rollback_of_a_paused_task_shortens_nothing(at: Life) -> None:
    """If it cannot begin, the task can still be resumed weeks later without its passwords being typed again."""
    task_id = started(at)
    put_in(at, task_id, State.PAUSED, started=NOW)

    keep_for(at.engine, at.record(task_id))

    assert kept(at, task_id, days=29) == set(Side)


def test_an_agreed_rollback_keeps_the_password_although_a_check_comes_again(at: Life) -> None:
    """It waits in line for longer than its window; a late check takes nothing from it."""
    task_id = started(at)
    completed(at, task_id)
    at.clock.move(hours=47)
    keep_for(at.engine, at.record(task_id))

    start_kept(at.engine, task_id, REQUEST)

    assert kept(at, task_id, hours=47) == {DESTINATION}
    assert kept(at, task_id, seconds=ROLLBACK_WINDOW.total_seconds()) == set()
