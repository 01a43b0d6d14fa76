from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from engine.errors import FatalError, LeaseLostError
from engine.migration.account import parse_account
from engine.migration.content import Content
from engine.migration.record import State
from engine.migration.request import MigrationRequest
from engine.migration.states import Ask
from engine.store import lease as lease_module
from engine.store import process
from engine.store.lease import Lease
from engine.store.patience import Patient, connect
from engine.store.store import Store
from tests.recovery.store.doors import answers, pid, until

TAGS = [f"7K2F9QXD:0badcafe:{number:032x}" for number in range(50)]


@pytest.fixture
def store(redis, keys) -> Store:
    return Store(redis, keys=keys)


@pytest.fixture
def asked() -> MigrationRequest:
    source = parse_account("imaps://anna%40example.org@imap.example.org")
    return MigrationRequest(source, parse_account("ews+https://anna%40x.org@ex.example.org"), (Content.MAIL,))


@pytest.fixture
def kill_server(state_dir) -> Callable[[], None]:
    def kill() -> None:
        until(lambda: pid(state_dir))
        os.kill(pid(state_dir), signal.SIGKILL)

    return kill


def test_a_running_migration_does_not_notice_a_killed_server(store, asked, redis, kill_server):
    """Records, tags and asks written while the server is killed twice are all there, and no call fails."""
    made = store.create(asked)
    done: list[int] = []

    def migrate() -> None:
        while len(done) < 400:
            store.open_tags(made.task_id, "folder", [f"t:{len(done)}"])
            store.save(made)
            done.append(1)

    running = threading.Thread(target=migrate)
    running.start()
    for milestone in (100, 250):
        until(lambda least=milestone: len(done) > least)
        kill_server()
    store.ask(made.task_id, Ask.PAUSE)
    running.join()

    opened = store.opened(made.task_id)
    assert sorted(opened) == sorted(f"t:{number}" for number in range(400))
    assert getattr(store.asked(made.task_id), "ask", None) is Ask.PAUSE
    assert store.load(made.task_id).state is State.WAITING


def test_tags_that_were_opened_survive_their_door(state_dir, door, redis, keys):
    """A door that is killed right after opening tags has left them behind, sent once."""
    other = door(
        "from engine.store.store import Store\nfrom engine.store.keys import SecretKeys\n"
        "with open_server(Path(sys.argv[1])) as url:\n"
        "    store = Store(connect(url), keys=SecretKeys([b'k' * 32]))\n"
        "    store.open_tags('7K2F-9QXD', 'folder', ['a', 'b'])\n"
        "    say(opened=True); signal.pause()\n"
    )
    other.hears()
    other.kill()

    opened = Store(redis, keys=keys).opened("7K2F-9QXD")

    assert {tag: each.sends for tag, each in opened.items()} == {"a": 1, "b": 1}


def test_fifty_tags_are_one_round_trip(store, redis):
    """Opening and closing a batch sends one command each, a script."""
    redis.config_resetstat()

    store.open_tags("7K2F-9QXD", "folder", TAGS)
    store.close_tags("7K2F-9QXD", TAGS)

    sent = redis.info("commandstats")
    assert sent["cmdstat_eval"]["calls"] == 2


ACQUIRES = """
with open_server(Path(sys.argv[1])) as url:
    sys.stdin.readline()
    got = acquire(Patient(connect(url)), "mailbox", holder=f"process {os.getpid()}", length=2, every=0.3)
    say(got=isinstance(got, Lease), holder=got if isinstance(got, str) else f"process {os.getpid()}",
        fencing=getattr(got, "fencing", 0))
    sys.stdin.readline()
    if isinstance(got, Lease): got.release()
say(left=True)
"""


def test_of_processes_that_race_one_gets_the_lease(url, door):
    """Six processes ask in the same moment: one has it, and the others are told who."""
    doors = [door(ACQUIRES) for _ in range(6)]
    for each in doors:
        each.tell()
    answers_got = [each.hears() for each in doors]

    assert [answer["got"] for answer in answers_got].count(True) == 1
    assert len({answer["holder"] for answer in answers_got}) == 1
    for each in doors:
        each.leave()


@pytest.fixture
def owner(door):
    """A process that has the lease."""
    process = door(ACQUIRES)
    process.tell()
    process.said = process.hears()
    return process


@pytest.mark.skipif(not process.own_name(), reason="without /proc a dead process is not told from a silent one")
def test_the_lease_of_a_killed_process_is_free_at_once(redis, owner):
    """On its own machine a killed owner is known to be dead; the next has the lease now, under a higher number."""
    assert lease_module.held(Patient(redis), "mailbox") == owner.said["holder"]
    owner.kill()

    assert lease_module.held(Patient(redis), "mailbox") is None
    with lease_module.acquire(Patient(redis), "mailbox", holder="next") as second:
        assert second.fencing > owner.said["fencing"] > 0


def test_the_lease_of_a_machine_that_died_runs_out(redis, owner):
    """Whose process cannot be seen from here keeps the lease until its time is over."""
    owner.kill()
    redis.hset("omm:lease:mailbox", "process", "another machine|1 1")
    assert lease_module.acquire(Patient(redis), "mailbox", holder="next") == owner.said["holder"]
    assert lease_module.held(Patient(redis), "mailbox") == owner.said["holder"]

    until(lambda: not redis.exists("omm:lease:mailbox"))
    with lease_module.acquire(Patient(redis), "mailbox", holder="next") as second:
        assert second.fencing > owner.said["fencing"]


def test_a_silent_owner_is_not_taken_for_dead(redis, owner):
    """A process that is stopped, not ended, keeps its lease until its time is over."""
    owner.stop()

    assert lease_module.acquire(Patient(redis), "mailbox", holder="next") == owner.said["holder"]


def test_a_lease_survives_a_killed_server(redis, kill_server, state_dir):
    """A lease outlives the death of the server that keeps it, without a moment in which others could take it."""
    with lease_module.acquire(Patient(redis), "m", holder="us", length=6, every=0.1) as lease:
        killed = pid(state_dir)
        kill_server()
        until(lambda: pid(state_dir) not in (None, killed))
        until(lambda: answers(redis))

        lease.cover(6)
        assert lease_module.acquire(Patient(redis), "m", holder="other") == "us"


def test_an_owner_that_was_suspended_too_long_writes_nothing(redis, keys, asked):
    """A lease that ran out meanwhile is known as lost, and the record refuses its old owner even without asking."""
    store = Store(redis, keys=keys)
    made = store.create(asked)
    old = lease_module.acquire(Patient(redis), "m", holder="old", length=0.2, every=60)
    until(lambda: not redis.exists("omm:lease:m"))
    new = store.acquire("m", holder="new")
    assert isinstance(new, Lease)
    store.save(replace(made, fencing=new.fencing))

    with pytest.raises(LeaseLostError):
        old.check()
    with pytest.raises(LeaseLostError):
        store.save(replace(made, fencing=old.fencing))
    new.release()


def test_a_server_that_stays_away_is_an_error_in_words(redis, keys, asked, tmp_path):
    """Beyond our patience, and where there is no server at all, a person is told."""
    with connect(f"unix://{tmp_path}/none.sock") as nobody, pytest.raises(FatalError, match="does not answer"):
        Store(nobody, keys=keys, patience=0.2).create(asked)


def test_fencing_numbers_outlive_the_server(state_dir, redis, kill_server, keys):
    """After the server was killed and started again, the next number is higher still."""
    store = Store(redis, keys=keys)
    with store.acquire("m", holder="a") as first:
        pass
    kill_server()
    with store.acquire("m", holder="b") as second:
        assert second.fencing > first.fencing


def test_a_full_server_is_an_error_in_words(redis, keys, asked):
    """A Redis without memory left refuses at once, and a person is told what to do."""
    redis.config_set("maxmemory", 1)

    with pytest.raises(FatalError, match="Make room"):
        Store(redis, keys=keys).create(asked)
    redis.config_set("maxmemory", 0)
