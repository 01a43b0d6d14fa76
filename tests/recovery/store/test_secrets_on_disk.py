from __future__ import annotations

import base64
import html
import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
import time_machine

from engine.errors import FatalError, Side
from engine.migration.content import Content
from engine.migration.record import Failure
from engine.store import vault as vault_module
from engine.store.keys import SecretKeys
from engine.store.patience import Patient
from engine.store.rotation import Rotation
from engine.store.store import Store
from engine.store.vault import Vault
from tests.recovery.store.doors import until
from tests.servers.on_disk import files

TASK = "7K2F-9QXD"
SENTINEL = "Sent@inel%40\"q'uo/te\\Gr\u00fc\u00dfe\u2192\U0001f511&<end>"


@pytest.fixture
def vault(redis, keys) -> Vault:
    return Vault(redis, keys=keys)


def on_disk(state_dir: Path) -> bytes:
    return b"\n".join(files(state_dir).values())


def spellings(secret: str) -> set[bytes]:
    """The secret as it is and as programs write it into URLs, JSON, pages and headers."""
    texts = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), html.escape(secret), repr(secret)[1:-1]}
    texts |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    spelled = {text.encode(encoding) for text in texts for encoding in ("utf-8", "utf-16-le")}
    for shift in range(3):  # inside a longer text, base64 has three spellings of it
        padded = base64.b64encode(b"x" * shift + secret.encode())
        spelled |= {padded[4:-4], base64.urlsafe_b64encode(b"x" * shift + secret.encode())[4:-4]}
    return spelled


def test_no_spelling_of_a_secret_is_on_disk(state_dir, vault, redis, keys):
    """The directory holds neither a password nor a name out of the report, in any spelling."""
    vault.put(TASK, Side.SOURCE, SENTINEL)
    vault.put(TASK, Side.DESTINATION, SENTINEL, expires=datetime.now(UTC) + timedelta(hours=1))
    Store(redis, keys=keys).report(TASK, [Failure(Content.MAIL, SENTINEL, SENTINEL, "too large")])
    redis.bgrewriteaof()
    until(lambda: not redis.info("persistence")["aof_rewrite_in_progress"])
    redis.set("omm:proof", SENTINEL[:8])

    held = on_disk(state_dir)

    assert SENTINEL[:8].encode() in held
    assert [spelling for spelling in spellings(SENTINEL) if spelling in held] == []


def test_a_dropped_secret_is_gone_from_disk(state_dir, vault, redis):
    """When `drop` returns, no file holds the ciphertext, and the other side's is still there."""
    tokens = {}
    for side in Side:
        vault.put(TASK, side, SENTINEL)
        tokens[side] = redis.get(f"omm:secrets:{TASK}:{side}")
    assert all(token in on_disk(state_dir) for token in tokens.values())

    vault.drop(TASK, Side.SOURCE)

    assert tokens[Side.SOURCE] not in on_disk(state_dir)
    assert middle(tokens[Side.SOURCE]) not in on_disk(state_dir)
    assert tokens[Side.DESTINATION] in on_disk(state_dir)
    assert vault.get(TASK, Side.DESTINATION) == SENTINEL


def middle(token: bytes) -> bytes:
    """A piece that would be found even in a compressed file: random letters do not compress."""
    return token[40:80]


def test_a_secret_that_redis_itself_let_go_is_purged_from_disk(state_dir, vault, redis):
    """The second line only frees memory; the next purge clears the disk of it too."""
    vault.put(TASK, Side.SOURCE, SENTINEL)
    token = redis.get(f"omm:secrets:{TASK}:source")
    vault.expire(TASK, Side.SOURCE, datetime.now(UTC) + timedelta(milliseconds=1))
    until(lambda: not redis.exists(f"omm:secrets:{TASK}:source"))
    assert middle(token) in on_disk(state_dir)

    assert vault.purge(datetime.now(UTC)) == 1

    assert middle(token) not in on_disk(state_dir)


def test_two_days_later_the_destination_s_secret_is_gone(state_dir, vault, redis):
    """48 hours after the end, by our clock, a purge leaves nothing of the secret in memory or on disk."""
    now = datetime.now(UTC)
    vault.put(TASK, Side.DESTINATION, SENTINEL, expires=now + timedelta(hours=48))
    token = redis.get(f"omm:secrets:{TASK}:destination")

    with time_machine.travel(now + timedelta(hours=47, minutes=59), tick=False):
        assert vault.purge(datetime.now(UTC)) == 0
        assert vault.get(TASK, Side.DESTINATION) == SENTINEL
    with time_machine.travel(now + timedelta(hours=48), tick=False):
        with pytest.raises(FatalError):
            vault.get(TASK, Side.DESTINATION)
        assert vault.purge(datetime.now(UTC)) == 1

    assert redis.keys("omm:secrets*") == []
    assert middle(token) not in on_disk(state_dir)


def test_a_rewrite_under_way_is_not_taken_for_ours(state_dir, vault, redis):
    """A drop that meets another rewrite waits for it and has its own, for the other may still hold the secret."""
    vault.put(TASK, Side.SOURCE, SENTINEL)
    token = redis.get(f"omm:secrets:{TASK}:source")
    redis.mset({f"omm:filling:{number}": "x" * 1000 for number in range(2000)})
    redis.config_set("rdb-key-save-delay", 200)
    redis.bgrewriteaof()
    redis.config_set("rdb-key-save-delay", 0)
    assert redis.info("persistence")["aof_rewrite_in_progress"] == 1

    vault.drop(TASK)

    assert middle(token) not in on_disk(state_dir)
    assert redis.keys("omm:secrets*") == []


def test_a_rewrite_that_took_too_long_is_made_up_for(state_dir, vault, redis, monkeypatch):
    """A drop that could not have the file rewritten in time leaves word, and the next purge does it."""
    vault.put(TASK, Side.SOURCE, SENTINEL)
    token = redis.get(f"omm:secrets:{TASK}:source")
    with monkeypatch.context() as hurried:
        hurried.setattr(vault_module, "REWRITE", 0)
        vault.drop(TASK)
    assert middle(token) in on_disk(state_dir)
    assert not vault.has(TASK, Side.SOURCE)

    assert vault.purge(datetime.now(UTC)) == 0

    assert middle(token) not in on_disk(state_dir)


def test_drops_at_once_all_clear_the_disk(state_dir, redis, keys):
    """Six migrations that end in the same moment do not get in each other's way."""
    tasks = [f"7K2F-9QX{number}" for number in range(6)]
    vault = Vault(redis, keys=keys)
    for task_id in tasks:
        vault.put(task_id, Side.SOURCE, SENTINEL)
    tokens = [redis.get(f"omm:secrets:{task_id}:source") for task_id in tasks]

    dropping = [threading.Thread(target=vault.drop, args=(task_id,)) for task_id in tasks]
    for each in dropping:
        each.start()
    for each in dropping:
        each.join()

    assert [token for token in tokens if middle(token) in on_disk(state_dir)] == []


def test_what_was_under_the_old_key_is_gone_from_disk(state_dir, vault, redis, keys):
    """Once the secret key is replaced, no file holds anything that the old one opens."""
    store, old = Store(redis, keys=keys), keys
    vault.put(TASK, Side.SOURCE, SENTINEL)
    store.report(TASK, [Failure(Content.MAIL, SENTINEL, SENTINEL, "too large")])
    (report,) = redis.hvals(f"omm:task:{TASK}:report:mail")
    before = [redis.get(f"omm:secrets:{TASK}:source"), report.partition(b":")[2]]
    assert all(middle(token) in on_disk(state_dir) for token in before)
    both = SecretKeys([b"n" * 32, *old._keys])

    Rotation(Patient(redis), keys=both).rewrite()

    assert Vault(redis, keys=both).rewrite_if_due()
    assert not any(middle(token) in on_disk(state_dir) for token in before)
    assert Vault(redis, keys=SecretKeys([b"n" * 32])).get(TASK, Side.SOURCE) == SENTINEL
