"""A command of the terminal at work on an engine that is there already."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from typing import cast

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

    def prepared(self, _side: Side) -> None:
        """No password but what the vault holds."""

    def hidden(self, secret: Secret) -> Secret:
        """Nothing is logged here."""
        return secret

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        yield self.made


def session(engine: Engine, said: StringIO, *, on_say: Callable[[tuple[str, ...]], None] = lambda _: None) -> Session:
    """Speaks into `said`; `on_say` hears the lines as they are said."""
    return cast(Session, OnEngine(engine, Heard(said, on_say)))
