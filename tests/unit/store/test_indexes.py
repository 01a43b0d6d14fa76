"""Indexes: a hint that says what the records say, whatever happened to both."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import fakeredis
import pytest
from cryptography.fernet import Fernet

from bot.stored.lists import Lists, Wanted
from bot.stored.threads import Thread, Threads
from engine.errors import OmmError, UnreadableError
from engine.migration.record import Migration, State
from engine.store import stored
from engine.store.indexes import host_key, record_key, state_key
from engine.store.keys import SecretKeys, secret_keys
from engine.store.store import Store
from tests.unit.store.accounts import request_of

TEAMS, OWNERS = ("T0FIRST001", "T0SECOND01"), ("U0OWNER001", "U0OWNER002")
HOSTS = ("imap.one.example", "imap.two.example")
OLDER = """
redis.call('HSET', KEYS[1], 'record', ARGV[1])
return 1
"""


class DeathError(BaseException):
    """The process is killed."""


class Mortal(fakeredis.FakeRedis):
    """A client whose process dies before, or just after, a call that it is told; the server lives on."""

    left: int | None = None

    def execute_command(self, *args: Any, **options: Any) -> Any:
        if Mortal.left is not None:
            Mortal.left -= 1
            if Mortal.left == 0:
                Mortal.left = None
                if random.Random(repr(args[:2])).random() < 0.5:
                    super().execute_command(*args, **options)
                raise DeathError
        return super().execute_command(*args, **options)


@dataclass
class History:
    """A store with what happens to it at random."""

    chance: random.Random
    store: Store
    threads: Threads
    redis: fakeredis.FakeRedis
    now: datetime = datetime(2026, 11, 22, 13, 48, tzinfo=UTC)
    tasks: list[str] = field(default_factory=list)

    def step(self) -> None:
        """One thing happens; sometimes the process dies over it."""
        self.now += timedelta(minutes=1)
        doing = self.chance.choice([self.begin, self.begin, self.move, self.move, self.move, self.forget, self.older])
        Mortal.left = self.chance.choice([None, None, 1, 2, 3])
        try:
            doing()
        except (DeathError, OmmError):
            pass
        finally:
            Mortal.left = None

    def begin(self) -> None:
        request = request_of(f"imaps://anna%40example.org@{self.chance.choice(HOSTS)}")
        made = Migration(f"AAAA-{len(self.tasks):04}", request, created=self.now, updated=self.now)
        self.tasks.append(made.task_id)
        if self.chance.random() < 0.8:
            team, owner = self.chance.choice(TEAMS), self.chance.choice(OWNERS)
            self.threads.open(Thread(made.task_id, team, owner, ""))
        self.store.begin(made)

    def _one(self) -> Migration:
        return self.store.load(self.chance.choice(self.tasks))

    def move(self) -> None:
        if self.tasks:
            self.store.save(replace(self._one(), state=self.chance.choice(list(State))))

    def older(self) -> None:
        """A release that knows of no index writes a record."""
        if self.tasks:
            task = replace(self._one(), state=self.chance.choice(list(State)))
            self.redis.eval(OLDER, 1, record_key(task.task_id), stored.write(task))

    def forget(self) -> None:
        if self.tasks:
            task_id = self.chance.choice(self.tasks)
            self.threads.forget(task_id)
            self.store.forget(task_id)


def listed(redis: fakeredis.FakeRedis, key: str) -> set[str]:
    """The task IDs in an index."""
    return {each.decode() for each in redis.zrange(key, 0, -1)}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> SecretKeys:
    return secret_keys({"OMM_SECRET_KEYS": Fernet.generate_key().decode()}, tmp_path_factory.mktemp("keys"))


@pytest.fixture
def make(keys: SecretKeys) -> Iterator[Callable[[int], History]]:
    def made(seed: int) -> History:
        redis = Mortal(server=fakeredis.FakeServer())
        history = History(random.Random(seed), None, None, redis)  # type: ignore[arg-type]  # made on the next lines
        history.store = Store(redis, keys=keys, clock=lambda: history.now, patience=0.1)
        history.threads = Threads(redis, clock=lambda: history.now, patience=0.1)
        return history

    yield made
    Mortal.left = None


@pytest.mark.parametrize("seed", range(12))
def test_after_a_history_with_deaths_the_index_says_what_the_records_say(make: Any, seed: int) -> None:
    """Records begun, moved and forgotten, by this release and an older one, and processes that die over it."""
    history = make(seed)
    for _ in range(120):
        history.step()

    lists = Lists(history.redis)
    history.store.mend_indexes()
    lists.mend(history.threads)

    records = {task.task_id: task for task in history.store.all()}
    assert len(records) > 5
    for state in State:
        assert listed(history.redis, state_key(state)) == {i for i, t in records.items() if t.state is state}
    for host in HOSTS:
        assert listed(history.redis, host_key(host)) == {
            i for i, task in records.items() if task.request.source.host == host
        }
    of = {seen.task_id: seen.thread for seen in history.threads.some(list(records))}
    for team in TEAMS:
        ours = {i for i in records if of[i] is None or of[i].team == team}
        assert set(lists.page(team, Wanted(), first=0, most=10_000)[1]) == ours
        for owner in OWNERS:
            wanted = Wanted(State.WAITING, owner, HOSTS[0])
            count, found = lists.page(team, wanted, first=0, most=10_000)
            assert (count, set(found)) == (len(found), {
                i for i, task in records.items() if task.state is State.WAITING and of[i] is not None
                and (of[i].team, of[i].owner) == (team, owner) and task.request.source.host == HOSTS[0]
            })
    assert (history.store.mend_indexes(), lists.mend(history.threads)) == (0, 0)


def test_without_an_older_release_nothing_has_to_be_mended(make: Any) -> None:
    """The script that writes a record writes its indexes, so a death leaves both or neither."""
    history = make(7)
    history.older = history.move
    for _ in range(200):
        history.step()

    records = {task.task_id: task.state for task in history.store.all()}
    assert {task_id: state for state in State for task_id in listed(history.redis, state_key(state))} == records
    assert history.store.mend_indexes() == 0


def test_what_was_forgotten_is_in_no_index(make: Any) -> None:
    """A server's name is data of the task: not even its digest stays."""
    history = make(1)
    history.begin()
    history.move()
    (task_id,) = history.tasks

    history.threads.forget(task_id)
    history.store.forget(task_id)

    left = {key.decode() for key in history.redis.keys("*")}
    assert {key for key in left if key.startswith(("omm:state:", "omm:host:", "omm:threads:T"))} == set()


def test_a_state_says_since_when(make: Any) -> None:
    """Writing the record again, in the same state, is no news."""
    history = make(1)
    history.begin()
    task = history.store.load(history.tasks[0])
    history.store.save(replace(task, state=State.RUNNING))
    since = history.now.timestamp()

    history.now += timedelta(hours=1)
    history.store.save(replace(task, state=State.RUNNING, stage="reading"))

    assert history.redis.zscore(state_key(State.RUNNING), task.task_id) == since


def test_a_record_of_a_newer_release_is_left_where_it_is(make: Any) -> None:
    """Mending looks at what it can read."""
    history = make(1)
    history.begin()
    (task_id,) = history.tasks
    history.redis.hset(record_key(task_id), "record", '{"v": 99}')

    with pytest.raises(UnreadableError):
        history.store.load(task_id)
    assert history.store.mend_indexes() == 0
    assert listed(history.redis, state_key(State.WAITING)) == {task_id}


