from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import Cause, FatalError, InputError, LeaseLostError
from engine.migration.account import Access
from engine.migration.content import Content
from engine.migration.record import Counts, State, Step
from engine.migration.states import ENDED, Ask
from engine.store.patience import Patient
from engine.store.store import Store
from tests.unit.store.accounts import request_of


def test_what_was_saved_is_loaded(store, asked, clock):
    """A record comes back as it was saved, stamped with the time of the save."""
    made = store.create(asked)
    clock.move(minutes=5)
    changed = replace(made, state=State.RUNNING, stage="reading").with_step(Content.MAIL, Step(Counts(found=7)))

    store.save(changed)

    assert store.load(made.task_id) == replace(changed, updated=clock.now)


def test_a_new_record_is_there_at_once(store, asked, clock):
    """What `create` gives is already kept, made and updated now, waiting."""
    made = store.create(asked)

    assert store.load(made.task_id) == made
    assert (made.created, made.updated, made.state) == (clock.now, clock.now, State.WAITING)


def test_an_unknown_task_is_named(store):
    """Loading a task that is not there says so in words."""
    with pytest.raises(InputError, match=r"^There is no migration 7K2F-9QXD\. Check the task ID\.$"):
        store.load("7K2F-9QXD")


def test_all_is_newest_first(store, asked):
    """Records come newest first, however many, also when made in the same instant."""
    made = [store.create(asked).task_id for _ in range(230)]

    assert [migration.task_id for migration in store.all()] == made[::-1]


def test_open_for_is_the_newest_that_can_be_resumed(store, asked):
    """Of several migrations between two accounts, the newest resumable one is found."""
    first, second, third = (store.create(asked) for _ in range(3))
    store.save(replace(third, state=State.COMPLETED))
    store.save(replace(second, state=State.PAUSED))
    store.save(replace(first, state=State.NEEDS_ATTENTION))

    assert store.open_for(asked.source, asked.destination).task_id == second.task_id


@pytest.mark.parametrize("state", [*sorted(ENDED), State.ROLLING_BACK])
def test_open_for_finds_nothing_that_is_over(store, asked, state):
    """A migration that has ended or is being rolled back is not resumed."""
    store.save(replace(store.create(asked), state=state))

    assert store.open_for(asked.source, asked.destination) is None


@pytest.mark.parametrize(
    "other",
    [
        request_of("imaps://berta%40example.org@imap.example.org"),
        request_of("imaps://anna%40example.org@imap2.example.org"),
        request_of("imaps://anna%40example.org@imap.example.org:1993"),
        request_of(destination="ews+https://berta%40example.com@ex.example.com"),
    ],
)
def test_open_for_wants_exactly_these_accounts(store, asked, other):
    """Another login, host or port is another account."""
    store.create(asked)

    assert store.open_for(other.source, other.destination) is None


def test_open_for_knows_a_login_in_other_letters(store, asked):
    """A login typed in capitals is the same account."""
    made = store.create(asked)
    typed = request_of("imaps://ANNA%40example.org@IMAP.example.org")

    assert store.open_for(typed.source, typed.destination).task_id == made.task_id


def test_of_mailbox_is_newest_first(store, asked):
    """The migrations into one mailbox are found once their mailbox is known, newest first."""
    first, second, third = (store.create(asked) for _ in range(3))
    for migration, mailbox in ((first, "AAMk="), (second, "other"), (third, "AAMk=")):
        store.save(replace(migration, mailbox=mailbox))

    assert [m.task_id for m in store.of_mailbox("AAMk=")] == [third.task_id, first.task_id]


def test_an_older_owner_cannot_save(store, asked):
    """Once an owner with a higher fencing number has saved, an earlier one is told that it lost its lease."""
    made = store.create(asked)
    store.save(replace(made, fencing=8, stage="the new owner's"))

    with pytest.raises(LeaseLostError):
        store.save(replace(made, fencing=7))
    assert store.load(made.task_id).stage == "the new owner's"


def test_the_same_owner_saves_again_and_again(store, asked):
    """Equal and higher fencing numbers are let through."""
    made = replace(store.create(asked), fencing=8)

    store.save(made)
    store.save(made)
    store.save(replace(made, fencing=9))

    assert store.load(made.task_id).fencing == 9


def test_an_ask_waits_until_it_is_answered(store, asked):
    """What a person asked stays until that very asking is answered."""
    task_id = store.create(asked).task_id

    assert store.asked(task_id) is None
    assert store.ask(task_id, Ask.PAUSE)
    first = store.asked(task_id)
    assert store.ask(task_id, Ask.PAUSE)
    store.clear_ask(task_id, first)
    again = store.asked(task_id)

    assert first.ask is again.ask is Ask.PAUSE
    store.clear_ask(task_id, again)
    assert store.asked(task_id) is None


@pytest.mark.parametrize(("first", "then", "stays"), [
    (Ask.PAUSE, Ask.CANCEL, Ask.CANCEL), (Ask.CANCEL, Ask.PAUSE, Ask.CANCEL), (Ask.PAUSE, Ask.STOP, Ask.STOP),
    (Ask.STOP, Ask.PAUSE, Ask.STOP), (Ask.CANCEL, Ask.STOP, Ask.STOP), (Ask.STOP, Ask.CANCEL, Ask.STOP),
])
def test_the_strongest_ask_wins(store, asked, first, then, stays):
    """Stop wins over cancel and cancel over pause, whichever comes first; whoever asks learns of it."""
    task_id = store.create(asked).task_id
    store.ask(task_id, first)

    taken = store.ask(task_id, then)

    assert store.asked(task_id).ask is stays
    assert taken is (stays is then)


def test_a_lease_is_not_given_back_over_a_new_ask(store, asked):
    """Whoever leaves a task hears of everything that was asked before the lease is free."""
    task_id = store.create(asked).task_id
    lease = store.acquire(f"migration:{task_id}", holder=task_id)
    store.ask(task_id, Ask.CANCEL)

    unheard = store.leave(task_id, lease, None)
    still_held = store.held(f"migration:{task_id}")
    heard = store.leave(task_id, lease, store.asked(task_id))

    assert (unheard, still_held, heard) == (False, task_id, True)
    assert store.held(f"migration:{task_id}") is None


def test_a_forgotten_task_is_not_written_again(store, asked):
    """A process that was still at work finds that it lost the task, and leaves no record behind."""
    made = store.create(asked)
    store.forget(made.task_id)

    with pytest.raises(LeaseLostError):
        store.save(replace(made, fencing=7))

    assert list(store.all()) == []


def test_nothing_is_asked_of_an_unknown_task(store):
    """Asking something of a task that is not there says so, and leaves nothing behind."""
    with pytest.raises(InputError):
        store.ask("7K2F-9QXD", Ask.CANCEL)
    assert store.asked("7K2F-9QXD") is None


def test_small_facts_are_recalled(store, asked):
    """A fact is what was last remembered under its key, and None before."""
    task_id = store.create(asked).task_id

    assert store.recall(task_id, "größe") is None
    store.remember(task_id, "größe", "1")
    store.remember(task_id, "größe", "zwölf")
    assert store.recall(task_id, "größe") == "zwölf"


def test_forgetting_leaves_no_key(store, redis, asked, failures):
    """After `forget` nothing in the store names the task, and the others are untouched."""
    gone, stays = store.create(asked), store.create(asked)
    for migration in (gone, stays):
        store.save(replace(migration, mailbox="box"))
        store.ask(migration.task_id, Ask.PAUSE)
        store.open_tags(migration.task_id, "f", ["a"])
        store.open_tags(migration.task_id, "f", ["a"])
        store.report(migration.task_id, failures)
        store.remember(migration.task_id, "k", "v")

    store.forget(gone.task_id)

    assert not list(redis.scan_iter(f"*{gone.task_id}*"))
    assert [m.task_id for m in store.all()] == [stays.task_id]
    assert [m.task_id for m in store.of_mailbox("box")] == [stays.task_id]
    assert store.open_for(asked.source, asked.destination).task_id == stays.task_id
    assert len(store.reported(stays.task_id).failures) == len(failures)


def test_every_key_is_ours(store, redis, asked, failures):
    """All keys begin with omm:, so that one Redis can serve several programs."""
    made = store.create(asked)
    store.save(replace(made, mailbox="box"))
    store.report(made.task_id, failures)
    store.acquire("m", holder="h").release()

    assert len(redis.keys("omm:*")) == redis.dbsize() > 0


def test_a_redis_that_is_away_is_a_fatal_error_in_words(store, server, asked):
    """A store that stays away beyond our patience stops with its own cause."""
    server.connected = False

    with pytest.raises(FatalError, match="does not answer") as caught:
        store.create(asked)
    assert caught.value.cause is Cause.STORE


def test_a_command_that_is_refused_is_a_fatal_error(store, redis):
    """A server that says no is not asked again and again."""
    redis.set("omm:tasks", "not a sorted set")

    with pytest.raises(FatalError, match="refused a command") as caught:
        list(store.all())
    assert caught.value.cause is Cause.STORE


def test_a_refusal_is_taken_at_once(redis, keys):
    """A command that the server refuses goes out once."""
    sent = []

    def refused(server):
        sent.append(1)
        server.execute_command("NO-SUCH-COMMAND")

    with pytest.raises(FatalError, match="refused a command"):
        Patient(redis).call(refused)
    assert len(sent) == 1


def test_a_short_absence_is_not_noticed(redis, server, keys, asked):
    """A call that meets an absent server goes through when it is back."""

    class Returning:
        """A client whose server is away for the first two commands."""

        def __init__(self) -> None:
            self.asked = 0

        def __getattr__(self, name):
            self.asked += 1
            server.connected = self.asked > 2
            return getattr(redis, name)

    returning = Returning()
    made = Store(returning, keys=keys).create(asked)

    assert returning.asked == 3
    assert Store(redis, keys=keys).load(made.task_id) == made


def test_a_service_accounts_task_is_not_taken_for_its_mailboxs_own(store, asked):
    """It signs in otherwise; a task of the mailbox's own login is another one, and so is one by another right."""
    own = asked.destination
    service = replace(own, login="mover@example.org", mailbox=own.login, access=Access.IMPERSONATION)
    task = store.create(replace(asked, destination=service))

    assert store.open_for(asked.source, service).task_id == task.task_id
    for other in (own, replace(service, access=Access.FULL_ACCESS), replace(service, login="other@example.org")):
        assert store.open_for(asked.source, other) is None
    assert store.load(task.task_id).request.destination == service
