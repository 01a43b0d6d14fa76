"""`omm rollback` removes what the person at the terminal has seen counted, and keeps to when they agreed."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import fakeredis
import pytest

import wiring
from engine.clock import utc_now
from engine.errors import FatalError, InputError, SignInError
from engine.migration.account import Access
from engine.migration.record import State
from engine.migration.visit import Engine
from engine.store.masks import Masks
from terminal.going_back import run_rollback
from terminal.output import Output
from terminal.passwords import Passwords
from terminal.session import Session
from terminal.usage import UsageError
from tests.servers.owner import owner
from tests.servers.world import ADDRESS, PASSWORD, World


class Said(Output):
    """Standard output in memory; calls `then` once, as soon as the person has been shown something."""

    def __init__(self, then: Callable[[], object]) -> None:
        super().__init__(io.StringIO(), io.StringIO(), as_json=False)
        self._then: Callable[[], object] | None = then
        self.said = ""

    def say(self, *lines: str) -> None:
        """Lines for a person."""
        super().say(*lines)
        self.said += "\n".join(lines)
        then, self._then = self._then, None
        if then is not None:
            then()


@dataclass(frozen=True)
class AtHand(Session):
    """A session at an engine in this process."""

    out: Said
    at_hand: Engine = field(kw_only=True)

    @contextmanager
    def doors(self) -> Iterator[wiring.Doors]:
        """The engine at hand."""
        yield wiring.Doors(self.at_hand, fakeredis.FakeRedis(), "")


def session(engine: Engine, then: Callable[[], object] = lambda: None) -> AtHand:
    """A session of a person who has typed nothing but the command."""
    out = Said(then)
    settings, log = wiring.settings(), Path()
    return AtHand(out, settings, Masks(), Passwords({}, {}), log, at_hand=engine)


def test_what_changes_before_the_answer_is_not_removed(small_world: World) -> None:
    """A message leaves the mailbox while the person reads the count: nothing is removed, and they may count again."""
    done = small_world.migrate()

    def remove_one() -> None:
        with owner(small_world.emulator.url, ADDRESS, PASSWORD) as user:
            user.one(user.folder("Inbox"), "in 1").delete()

    with pytest.raises(InputError, match=f"omm rollback {done.task_id}"):
        run_rollback(session(small_world.engine, remove_one), done.task_id, yes=True, discard_changes=False)

    assert len(small_world.messages()) == 99
    assert small_world.engine.store.load(done.task_id).state is State.COMPLETED


def test_an_answer_in_time_counts_although_it_is_carried_out_late(small_world: World) -> None:
    """The 48 hours end between the answer and the removal: the mailbox is emptied all the same."""
    done = small_world.migrate()
    answered: list[bool] = []

    def clock() -> datetime:
        """The hour of the answer, once it is given; from then on two days later."""
        hours = 49 if len(answered) > 1 else 0
        if answered:
            answered.append(True)
        return utc_now() + timedelta(hours=hours)

    engine = replace(small_world.engine, clock=clock)
    run_rollback(session(engine, lambda: answered.append(True)), done.task_id, yes=True, discard_changes=False)

    assert len(answered) > 2
    assert small_world.engine.store.load(done.task_id).state is State.ROLLED_BACK
    assert small_world.messages() == []


NEW_LOGIN, OTHER = "claire.martin@example.org", "somebody.else@example.org"


def test_a_renamed_account_is_rolled_back_by_its_new_login(small_world: World) -> None:
    """The old login is refused, and the words say what to type; by the new one everything goes."""
    done = small_world.migrate()
    small_world.emulator.add_mailbox(ADDRESS, password="another horse", user=NEW_LOGIN)
    asks, by_new_login = session(small_world.engine), session(small_world.engine)

    with pytest.raises(SignInError):
        run_rollback(asks, done.task_id, yes=True, discard_changes=False)
    small_world.give_password(done.task_id, "another horse")
    run_rollback(by_new_login, done.task_id, yes=True, discard_changes=False, new_login=NEW_LOGIN)

    assert f"omm rollback {done.task_id} --new-login LOGIN" in asks.out.said
    assert NEW_LOGIN in by_new_login.out.said
    assert small_world.engine.store.load(done.task_id).state is State.ROLLED_BACK
    assert small_world.messages() == []


def test_a_renamed_mailbox_is_rolled_back_by_its_new_address_through_a_service_account(small_world: World) -> None:
    """Its old address has become an alias. The service account signs in as before, and nobody else does."""
    done, service, alias = small_world.migrate(), "mover@example.org", "claire.before@example.org"
    emulator, store = small_world.emulator, small_world.engine.store
    emulator.add_account(service, password=PASSWORD)
    emulator.add_mailbox(ADDRESS, password="another horse", aliases=[alias])
    emulator.configure(impersonation={service: ["*"]})
    then = replace(done.request.destination, login=service, mailbox=alias, access=Access.IMPERSONATION)
    store.save(replace(store.load(done.task_id), request=replace(done.request, destination=then)))
    small_world.give_password(done.task_id, PASSWORD)
    asks, by_new_address, before = session(small_world.engine), session(small_world.engine), len(emulator.sign_ins)

    with pytest.raises(FatalError, match=f"primary address: {ADDRESS}"):
        run_rollback(asks, done.task_id, yes=True, discard_changes=False)
    run_rollback(by_new_address, done.task_id, yes=True, discard_changes=False, new_login=ADDRESS)

    assert f"omm rollback {done.task_id} --new-login LOGIN" in asks.out.said
    assert store.load(done.task_id).state is State.ROLLED_BACK
    assert small_world.messages() == []
    assert {(one.user, one.accepted) for one in emulator.sign_ins[before:]} == {(service, True)}


def test_a_new_login_to_another_mailbox_does_nothing(small_world: World) -> None:
    """It is forgotten, and the mail of both stays."""
    done = small_world.migrate()
    small_world.emulator.add_mailbox(OTHER, password=PASSWORD)

    with pytest.raises(FatalError, match="opens another mailbox"):
        run_rollback(session(small_world.engine), done.task_id, yes=True, discard_changes=False, new_login=OTHER)

    after = small_world.engine.store.load(done.task_id)
    assert (after.state, after.new_login, after.mailbox) == (State.COMPLETED, "", done.mailbox)
    assert len(small_world.messages()) == 100


def test_a_new_login_that_cannot_be_one_is_refused(small_world: World) -> None:
    """A line break in it is a slip of the hand: nothing is changed, and nobody signs in."""
    done = small_world.migrate()
    before = len(small_world.emulator.sign_ins)

    with pytest.raises(UsageError, match="control character"):
        run_rollback(session(small_world.engine), done.task_id, yes=True, discard_changes=False, new_login="a\nb")

    assert len(small_world.emulator.sign_ins) == before
