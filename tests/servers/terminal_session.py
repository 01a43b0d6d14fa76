"""A command of the terminal at work on an engine that is there already."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from typing import cast

import fakeredis
from redis import Redis

import wiring
from engine.errors import Side
from engine.migration.visit import Engine
from engine.store.vault import Secret
from terminal.output import Output
from terminal.session import Session


class Heard(Output):
    """Also tells what is said to somebody else."""

    def __init__(self, said: StringIO, on_say: Callable[[tuple[str, ...]], None]) -> None:
        super().__init__(said, StringIO(), as_json=False)
        self._on_say = on_say

    def say(self, *lines: str) -> None:
        super().say(*lines)
        self._on_say(lines)


@dataclass
class OnEngine:
    """A session that needs no settings, and no password that the vault does not hold."""

    made: Engine
    out: Output
    redis: Redis

    def prepared(self, _side: Side) -> None:
        """No password but what the vault holds."""

    def hidden(self, secret: Secret) -> Secret:
        """Nothing is logged here."""
        return secret

    @contextmanager
    def doors(self) -> Iterator[wiring.Doors]:
        yield wiring.Doors(self.made, self.redis, "")

    engine, tasks = Session.engine, Session.tasks


def session(
    engine: Engine, said: StringIO, *, on_say: Callable[[tuple[str, ...]], None] = lambda _: None,
    redis: Redis | None = None,
) -> Session:
    """Speaks into `said`; `on_say` hears the lines as they are said. `redis` is the engine's, where cards matter."""
    return cast(Session, OnEngine(engine, Heard(said, on_say), redis or fakeredis.FakeRedis()))
