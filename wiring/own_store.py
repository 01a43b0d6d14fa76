"""A Redis of your own: what about it would lose migrations one day, and whether our keys fit what is kept there."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import InvalidToken
from redis import Redis
from redis.exceptions import RedisError

from engine.errors import Cause, FatalError
from engine.store.key_file import SETTING
from engine.store.keys import SecretKeys
from engine.store.patience import is_absence
from engine.store.rotation import PROOF

WORD = b"omm"
CHECK = "Check OMM_REDIS_URL."
log = logging.getLogger(__name__)


@contextmanager
def named(url: str | None) -> Iterator[None]:
    """Has the FatalError of a Redis that cannot be used say which one it is; None: it is the one in the box.

    User and password are not repeated.
    """
    try:
        yield
    except FatalError as error:
        raise (error if url is None else _naming(url, error)) from error.__cause__


def _naming(url: str, error: FatalError) -> FatalError:
    if not isinstance(error.__cause__, RedisError) or not is_absence(error.__cause__):
        words = str(error).removesuffix(f" {CHECK}").removesuffix(".")
        return FatalError(f"{words}. {CHECK}", cause=Cause.STORE)
    parts = urlsplit(url)
    where = parts.path if parts.scheme == "unix" else f"{parts.hostname or 'localhost'}:{parts.port or 6379}"
    return FatalError(
        f"The store (Redis) at {where} does not answer. Start it, or correct OMM_REDIS_URL.", cause=Cause.STORE
    )


def warn_of_its_settings(redis: Redis) -> None:
    """Writes down what is wrong with its settings. What it does not let us ask for is passed over."""
    for warning in _warnings(redis):
        log.warning("OMM_REDIS_URL: %s", warning)


def warn_of_lost_keys(redis: Redis, keys: SecretKeys) -> None:
    """Writes down when the keys cannot read what was encrypted before; else leaves a word under the newest of them."""
    with suppress(RedisError):
        proof = redis.get(PROOF)
        try:
            if isinstance(proof, bytes):
                keys.decrypt(proof)
        except InvalidToken:
            log.error(  # noqa: TRY400 - there is nothing to trace
                "%s lacks the key that this store was used with. Passwords and reports that it keeps cannot be read. "
                "Put that key back, behind the new one if there is one; then start again.", SETTING,
            )
        else:
            redis.set(PROOF, keys.encrypt(WORD))


def _warnings(redis: Redis) -> Iterator[str]:
    """By INFO, which hosted servers allow, and CONFIG, which many refuse.

    Sources: redis.io/docs/latest/commands/info (maxmemory_policy, aof_enabled),
    redis.io/docs/latest/operate/oss_and_stack/management/persistence and …/management/config.
    """
    policy = _info(redis, "memory").get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        yield (f"its maxmemory-policy is {policy}, so it removes migrations when its memory is full. "
               "Set maxmemory-policy noeviction.")
    if _info(redis, "persistence").get("aof_enabled", 1):
        return
    snapshots = _config(redis, "save")
    if snapshots == "":
        yield "it keeps nothing on disk, so a restart loses every migration. Set appendonly yes."
    elif snapshots is not None:
        yield "it writes to disk only now and then, so a crash loses the latest minutes. Set appendonly yes."


def _info(redis: Redis, section: str) -> dict[str, Any]:
    with suppress(RedisError):
        return dict(redis.info(section))
    return {}


def _config(redis: Redis, name: str) -> str | None:
    """None where it may not be asked for."""
    with suppress(RedisError):
        found = redis.config_get(name)
        return str(found[name]) if name in found else None
    return None
