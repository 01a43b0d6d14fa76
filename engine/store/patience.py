"""Redis, called with patience: a server that is restarted in mid-run is waited for.

Every command that goes through here may be sent twice, because an answer can be lost on its way: callers use
commands and scripts that leave the same behind when they are repeated.

It is not `patiently` (engine/pace/repeat.py): a halt does not end this wait, because whoever halts has still to write
down where it stopped; Redis on the same machine is back within a second, so the pauses are short; and its absence is
no side's fault, but the store's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    ConnectionError,  # noqa: A004 - the library's own name
    OutOfMemoryError,
    RedisError,
    TimeoutError,  # noqa: A004 - the library's own name
)
from redis.retry import Retry

from engine import threads
from engine.errors import Cause, FatalError
from engine.foreign import Row, Table, Told, text_has, told

PATIENCE = 30.0  # seconds
ANSWER = 5.0  # seconds that one command may take
LONGEST_PAUSE = 1.0  # seconds between two attempts

T = TypeVar("T")
Argument = str | bytes | int | float


def connect(url: str, *, answer: float = ANSWER) -> Redis:
    """A client for that Redis that never repeats a command by itself: `Patient` does.

    `answer` is how long one command may take, in seconds. Nothing is sent yet. It answers in bytes, so RQ can share it.
    """
    client: Redis = Redis.from_url(
        url, socket_timeout=answer, socket_connect_timeout=answer, retry=Retry(NoBackoff(), 0), health_check_interval=30
    )
    return client


class Patient:
    """A Redis whose short absences nobody notices, and whose long ones are a FatalError in an owner's words."""

    def __init__(self, redis: Redis, *, patience: float = PATIENCE) -> None:
        """`patience` is how long an absence is waited out, in seconds."""
        self.redis = redis
        self._patience = patience

    def call(self, do: Callable[[Redis], T]) -> T:
        """What `do` returns; it is called again while the server is away.

        Raises FatalError(cause STORE) when patience is over or the server refuses.
        """
        over = threads.monotonic() + self._patience
        pauses = _pauses()
        while True:
            try:
                return do(self.redis)
            except RedisError as error:
                pause = next(pauses)
                if not is_absence(error) or threads.monotonic() + pause > over:
                    raise store_error(error) from error
            threads.sleep(pause)

    def script(self, text: str, keys: Sequence[str], arguments: Sequence[Argument] = ()) -> Any:
        """What the Lua script answers, run as one step of the server."""
        return self.call(lambda redis: redis.eval(text, len(keys), *keys, *arguments))


def _pauses() -> Iterator[float]:
    pause = 0.05
    while True:
        yield pause
        pause = min(pause * 2, LONGEST_PAUSE)


_AWAY = Told("The store (Redis) does not answer. Start it again, then resume.", Cause.STORE)
_FULL = Told(
    "The store (Redis) takes no more data: its memory or disk is full. Make room, then resume.", Cause.STORE
)
REFUSALS: Table = (
    Row(
        (AuthenticationError, AuthorizationError),
        Told("The store (Redis) refuses our password or user. Check OMM_REDIS_URL.", Cause.STORE),
    ),
    Row((ConnectionError, TimeoutError), _AWAY),        # still loading, too
    Row(OutOfMemoryError, _FULL),
    Row(RedisError, _FULL, text_has(r"\AMISCONF")),
)
_REFUSED = Told("The store (Redis) refused a command: {error}", Cause.STORE)


def is_absence(error: RedisError) -> bool:
    """True: the server is away or still loading; it did not refuse."""
    return told(REFUSALS, error) is _AWAY


def store_error(error: RedisError) -> FatalError:
    """What a person is told instead of the library's words."""
    means = told(REFUSALS, error) or _REFUSED
    return FatalError(means.words.format(error=error), cause=means.cause)


def text(value: object) -> str:
    """An answer as text, whether or not the client decodes."""
    return value.decode() if isinstance(value, bytes) else str(value)
