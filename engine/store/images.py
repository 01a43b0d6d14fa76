"""Before-images of settings, in Redis: encrypted, one hash for each task and content.

Each entry of a setting has two fields in it: what it was before this task changed it, which is written once and never
again, and the change as it is known now. Fields are named by a digest under a key of ours.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import Any

from cryptography.fernet import InvalidToken
from redis import Redis

from engine.errors import Cause, FatalError
from engine.migration.content import Content
from engine.settings.image import Change, Image
from engine.settings.stash import Stash
from engine.store import stored
from engine.store.key_file import ADD_TO
from engine.store.keys import SecretKeys
from engine.store.lasting import Lasting
from engine.store.patience import Patient, text

IMAGES = "omm:images"       # the IDs of tasks that have one
BEFORE, NOW = "before", "now"
ANOTHER_KEY = (
    f"What the mailbox's settings were before this migration is encrypted with another key. Add that key to {ADD_TO}."
)

ANOTHER_TASK = (
    "What the mailbox keeps under this task ID was kept by another migration, so OMM does not know what the settings "
    "were before this one."
)


class Images:
    """Every before-image in the store, and the seal of those that are kept elsewhere."""

    def __init__(self, redis: Patient, *, keys: SecretKeys) -> None:
        self._redis = redis
        self._keys = keys.derived("before-images")
        self._lasting = Lasting(redis, keys=keys)

    def save(self, image: Image) -> None:
        """Keeps an image. What an entry was before is kept as it was saved first."""
        name = _key(image.task_id, image.content)
        tokens = {self._field(change.key): self._keys.encrypt(stored.write(change).encode())
                  for change in image.changes}

        def write(redis: Redis) -> None:
            pipeline = redis.pipeline(transaction=True)
            pipeline.sadd(IMAGES, image.task_id)
            for field, token in tokens.items():
                pipeline.hsetnx(name, f"{BEFORE}:{field}", token)
                pipeline.hset(name, f"{NOW}:{field}", token)
            pipeline.execute()

        self._redis.call(write)

    def load(self, task_id: str, content: Content) -> Image:
        """The image, without any change where there is none.

        Raises UnreadableError for one of a newer release, FatalError(cause STORE) when its key is missing.
        """
        fields: dict[Any, Any] = self._redis.call(lambda redis: redis.hgetall(_key(task_id, content)))
        found: dict[str, dict[str, Change]] = {}
        for field, token in fields.items():
            which, _, entry = text(field).partition(":")
            found.setdefault(entry, {})[which] = self._change(token, task_id)
        return Image(task_id, content, tuple(
            replace(each[NOW], before=each[BEFORE].before) for each in found.values()
        ))

    def _change(self, token: bytes, task_id: str) -> Change:
        return stored.read(Change, self._decrypted(token), name=f"What migration {task_id} changed")

    def _decrypted(self, token: bytes) -> bytes:
        try:
            return self._keys.decrypt(token)
        except InvalidToken as error:
            raise FatalError(ANOTHER_KEY, cause=Cause.STORE) from error

    def seal(self, stash: Stash) -> bytes:
        """The image and what goes with it, encrypted, to be kept in the mailbox."""
        return self._keys.encrypt(stored.write(stash).encode())

    def unseal(self, token: bytes, task_id: str, content: Content) -> Stash:
        """What was sealed for that place.

        Raises FatalError(cause STORE) where it was sealed under another key or for another place, UnreadableError for
        one of a newer release.
        """
        found = stored.read(Stash, self._decrypted(token), name=f"What migration {task_id} changed")
        if (found.task_id, found.content) != (task_id, content):
            raise FatalError(ANOTHER_TASK, cause=Cause.STORE)
        return found

    def drop(self, task_id: str) -> None:
        """Removes every image of a task."""

        def remove(redis: Redis) -> None:
            pipeline = redis.pipeline(transaction=True)
            pipeline.delete(*image_keys(task_id))
            pipeline.srem(IMAGES, task_id)
            pipeline.execute()

        self._redis.call(remove)

    def tasks(self) -> list[str]:
        """The IDs of all tasks that have an image."""
        return sorted(map(text, self._redis.call(lambda redis: redis.smembers(IMAGES))))

    def _field(self, key: str) -> str:
        secret = self._lasting.secret("before-image entries")
        return hmac.digest(secret, key.encode(errors="surrogatepass"), "sha256").hex()[:32]


def image_keys(task_id: str) -> list[str]:
    """Everything in Redis that is a task's before-images."""
    return [_key(task_id, content) for content in Content]


def _key(task_id: str, content: Content) -> str:
    return f"omm:task:{task_id}:image:{content}"
