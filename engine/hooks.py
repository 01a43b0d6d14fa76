"""Hooks: what observes the engine's work, and has no part in it.

The engine is given a tuple of hooks. It emits an event for each decision, each record that it has saved, and each wait
for a server that begins or is over. The log's lines, the cards' looks and the terminal's progress are hooks.

What other processes rely on is no hook: the visit itself writes down how far a step is and what it waits for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.decisions import decided
from engine.errors import Side
from engine.migration.record import Migration

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Decided:
    """The engine has made up its mind: `what` says about what in a few words, `facts` are as in engine/decisions.py."""

    task_id: str
    what: str
    facts: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Saved:
    """The record of a task has been written: as it was `before`, and as it is `now`."""

    before: Migration
    now: Migration


@dataclass(frozen=True, slots=True)
class Waited:
    """A wait for the server of that side. `begins`: True when it begins, False when it is over."""

    task_id: str
    side: Side
    begins: bool


EngineEvent = Decided | Saved | Waited
Hook = Callable[[EngineEvent], None]        # called from any thread; what it raises is logged, and goes no further


def log_line(event: EngineEvent) -> None:
    """Writes one line for a decision, and one for a record that has another state now."""
    match event:
        case Decided():
            decided(event.what, task=event.task_id, **event.facts)
        case Saved() if event.now.state is not event.before.state:
            decided(event.now.state, task=event.now.task_id, before=event.before.state, **_why(event.now))


def _why(migration: Migration) -> dict[str, str]:
    """The cause and the side of an attention, never its words."""
    stopped = migration.attention
    return {} if stopped is None else {"cause": stopped.cause, "side": stopped.side or ""}


def on_saved(show: Callable[[Migration], None]) -> Hook:
    """A hook that shows each record that is saved."""

    def hook(event: EngineEvent) -> None:
        if isinstance(event, Saved):
            show(event.now)

    return hook


LOGGED: tuple[Hook, ...] = (log_line,)


def emit(hooks: tuple[Hook, ...], event: EngineEvent) -> None:
    """Calls each hook with the event, in their order."""
    for hook in hooks:
        try:
            hook(event)
        except Exception:       # whoever observes must not stop what is observed
            log.exception("a hook failed at %s", type(event).__name__)
