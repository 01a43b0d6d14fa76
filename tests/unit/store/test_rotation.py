"""Whatever is encrypted under the secret keys is encrypted anew, whoever writes or dies meanwhile."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import fakeredis
import pytest
from cryptography.fernet import Fernet

from engine.errors import Side
from engine.migration.content import Content
from engine.migration.record import Failure
from engine.ports.items import Foretold
from engine.ports.settings import Entry
from engine.settings.image import Change, Image
from engine.store.keys import SecretKeys
from engine.store.patience import Patient
from engine.store.rotation import PROOF, Rotation
from engine.store.store import Store
from engine.store.task_keys import unsealed
from engine.store.vault import REWRITE_DUE, Vault
from tests.unit.life.world import Interrupted, Killed
from tests.unit.store.accounts import request_of

ROOT = Path(__file__).parents[3]
OLD, NEW = (Fernet.generate_key() for _ in range(2))
SEALING = {     # every module that encrypts
    "engine/store/lasting.py", "engine/store/images.py", "engine/store/keys.py", "engine/store/open_tags.py",
    "engine/store/reports.py", "engine/store/task_keys.py", "engine/store/vault.py", "wiring/own_store.py",
    "bot/audit/auditing.py",      # under keys of tasks, and a lasting one
}


BEFORE, OURS = (Entry("reply", "Reply", value) for value in ("before", "ours"))


def of(*keys: bytes) -> SecretKeys:
    """Keys as a setting gives them."""
    return SecretKeys([urlsafe_b64decode(key) for key in keys])


@dataclass
class World:
    """A store with everything in it that can be encrypted, of two tasks: one under way, one that has ended."""

    redis: Any
    clock: Callable[[], Any]
    running: str = ""
    ended: str = ""
    token: str = ""     # what the audit keeps under the task's own key
    other: str = ""     # what it keeps of no task

    def store(self, keys: SecretKeys) -> Store:
        return Store(self.redis, keys=keys, clock=self.clock, patience=0.2)

    def vault(self, keys: SecretKeys) -> Vault:
        return Vault(self.redis, keys=keys, clock=self.clock, patience=0.2)

    def fill(self, keys: SecretKeys, failures: list[Failure]) -> None:
        store, vault = self.store(keys), self.vault(keys)
        self.running, self.ended = (
            store.create(request_of(f"imaps://{login}@imap.example.org")).task_id for login in ("one", "two")
        )
        vault.put(self.running, Side.SOURCE, "one", expires=self.clock() + timedelta(hours=1))
        vault.put(self.running, Side.DESTINATION, "two")
        for task_id in (self.running, self.ended):
            store.report(task_id, failures)
        store.pack_report(self.ended)
        store.images.save(Image(self.running, Content.OUT_OF_OFFICE, (Change(OURS, BEFORE),)))
        store.open_tags(self.running, "folder", ["a", "b"], foretold={"a": Foretold(("its photo",), ())})
        store.close_tags(self.running, ["b"], content=Content.CONTACTS, untold={"b": ["its colour"]})
        self.token = store.task_keys.seal(self.running, "an account")
        self.other = store.task_keys.of_no_task.encrypt(b"another account").decode()
        self.redis.set(PROOF, keys.encrypt(b"omm"))

    def read(self, keys: SecretKeys) -> tuple[Any, ...]:
        """All of it."""
        store, vault = self.store(keys), self.vault(keys)
        return (
            *(str(vault.get(self.running, side)) for side in Side),
            *(store.reported(task_id) for task_id in (self.running, self.ended)),
            store.images.load(self.running, Content.OUT_OF_OFFICE),
            store.tags.foretold(self.running), store.tags.noted(self.running, Content.CONTACTS),
            unsealed(store.task_keys.of([self.running]).get(self.running), self.token),
            unsealed(store.task_keys.of_no_task, self.other),
            keys.decrypt(self.redis.get(PROOF)),
        )


@pytest.fixture
def world(redis, clock, failures) -> World:
    made = World(redis, clock)
    made.fill(of(OLD), failures)
    return made


def rotation(redis: Any, *keys: bytes) -> Rotation:
    return Rotation(Patient(redis, patience=0.2), keys=of(*keys))


def test_everything_opens_without_the_old_key(world):
    """All of it reads as before with the new key alone, and nothing is left that the old one opens."""
    before = world.read(of(OLD))

    done = rotation(world.redis, NEW, OLD).rewrite()

    assert world.read(of(NEW)) == before
    assert all(tally.rewritten == tally.newest > 0 for tally in done.values())
    assert all(tally.older == tally.none == 0 for tally in done.values())
    assert not any(tally.newest for tally in rotation(world.redis, OLD).count().values())
    assert 0 < world.redis.pttl(f"omm:secrets:{world.running}:source") <= 3_600_000
    assert world.redis.exists(REWRITE_DUE)


class Twice(fakeredis.FakeRedis):
    """Names each key twice, as a server may whose table grows meanwhile."""

    def scan(self, *args: Any, **options: Any) -> Any:
        cursor, keys = super().scan(*args, **options)
        return cursor, [*keys, *keys]


def test_a_key_that_is_named_twice_is_counted_once(world, server):
    """A scan may do that."""
    assert rotation(Twice(server=server), NEW, OLD).count() == rotation(world.redis, NEW, OLD).count()


def test_a_count_changes_nothing(world):
    """What is under which key is told, and every value stays as it is."""
    kept = {key: world.redis.dump(key) for key in world.redis.keys("*")}

    found = rotation(world.redis, NEW, OLD).count()

    assert {key: world.redis.dump(key) for key in world.redis.keys("*")} == kept
    assert all(tally.older > 0 and tally.newest == tally.none == tally.rewritten == 0 for tally in found.values())
    assert all(tally.none > 0 and tally.older == 0 for tally in rotation(world.redis, NEW).count().values())


def test_a_second_rotation_has_nothing_to_do(world):
    """It says how many are there, writes none, and leaves no mark that the file is to be rewritten."""
    rotation(world.redis, NEW, OLD).rewrite()
    world.redis.delete(REWRITE_DUE)

    done = rotation(world.redis, NEW, OLD).rewrite()

    assert all(tally.rewritten == 0 and tally.newest > 0 for tally in done.values())
    assert not world.redis.exists(REWRITE_DUE)


def test_whoever_is_killed_is_followed_by_another(server, clock, failures):
    """Killed before any of its commands, it leaves what both keys read; the next one does the rest."""
    point, ended = 0, False
    while not ended:
        point += 1
        server = fakeredis.FakeServer()
        world = World(fakeredis.FakeRedis(server=server), clock)
        world.fill(of(OLD), failures)
        before = world.read(of(OLD))
        dying = Interrupted(server=server)
        dying.at, dying.do = point, lambda dying=dying: setattr(dying, "dead", True)
        try:
            rotation(dying, NEW, OLD).rewrite()
            ended = True
        except Killed:
            assert world.read(of(NEW, OLD)) == before
            rotation(world.redis, NEW, OLD).rewrite()

        assert world.read(of(NEW)) == before
        assert world.redis.exists(REWRITE_DUE)

    assert point > 10


def test_what_a_worker_writes_meanwhile_stays(server, clock, failures):
    """A worker writes before each command of the rotation in turn: what it wrote is there, and under the new key."""
    point, ended = 0, False
    while not ended:
        point += 1
        server = fakeredis.FakeServer()
        world = World(fakeredis.FakeRedis(server=server), clock)
        world.fill(of(OLD), failures)
        store, vault = world.store(of(NEW, OLD)), world.vault(of(NEW, OLD))
        later = Failure(Content.MAIL, "Personal", f"{point}", "later")

        def work(store: Store = store, vault: Vault = vault, world: World = world, later: Failure = later) -> None:
            vault.put(world.running, Side.SOURCE, "newer")
            assert vault.renew(world.running, Side.DESTINATION, "two", "renewed")
            for task_id in (world.running, world.ended):
                store.report(task_id, [later])
            store.images.save(Image(world.running, Content.OUT_OF_OFFICE, (Change(OURS, BEFORE, sure=True),)))
            store.close_tags(world.running, ["a"])

        between = Interrupted(server=server)
        between.at, between.do = point, work
        rotation(between, NEW, OLD).rewrite()
        if ended := between.commands < point:
            break
        one, two, running, done, image, foretold, *_ = world.read(of(NEW))

        assert (one, two) == ("newer", "renewed")
        assert later in running.failures
        assert later in done.failures
        assert image.changes == (Change(OURS, BEFORE, sure=True),)
        assert foretold == {}

    assert point > 10


def test_a_secret_is_renewed_while_it_is_encrypted_anew(world, server):
    """A grant that was refreshed is put back though its old token came under the new key in between."""
    between = Interrupted(server=server)
    between.at, between.do = 2, lambda: rotation(world.redis, NEW, OLD).rewrite()
    worker = Vault(between, keys=of(NEW, OLD), clock=world.clock, patience=0.2)

    assert worker.renew(world.running, Side.DESTINATION, "two", "renewed")
    assert world.vault(of(NEW)).get(world.running, Side.DESTINATION) == "renewed"


def test_what_was_named_before_is_known_again(world, failures):
    """Without the old key, a failure that is met once more is not listed twice, and what was before stays."""
    rotation(world.redis, NEW, OLD).rewrite()
    store = world.store(of(NEW))

    store.report(world.running, failures)
    store.images.save(Image(world.running, Content.OUT_OF_OFFICE, (Change(OURS, OURS, sure=True),)))

    assert len(store.reported(world.running).failures) == len(failures)
    assert store.images.load(world.running, Content.OUT_OF_OFFICE).changes == (Change(OURS, BEFORE, sure=True),)


def test_a_lasting_secret_under_a_lost_key_loses_no_report(world, failures):
    """Programs whose key is another one go on with what they derive from theirs."""
    store = world.store(of(NEW))

    new = store.create(request_of("imaps://three@imap.example.org")).task_id
    store.report(new, failures)
    store.report(new, failures)

    assert len(store.reported(new).failures) == len(failures)


def test_every_module_that_encrypts_is_known():
    """Whoever encrypts something more under our keys adds it to SEALED, and then here."""
    encrypt = re.compile(r"\.encrypt\(|Fernet\(")
    found = {
        str(path.relative_to(ROOT)) for folder in ("bot", "engine", "terminal", "web", "wiring")
        for path in (ROOT / folder).rglob("*.py") if encrypt.search(path.read_text())
    }

    assert found == SEALING
