"""Troubles: messages that call for help. Each stands once while its trouble lasts, and is changed when that is over.

What was posted is written down among the keys of what was told, so nothing else has to be stored.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import astuple, dataclass

from bot.notices.milestones import Notice, trouble_of
from bot.views.blocks import bold, rich, struck, words
from bot.views.message import Message
from engine.migration.record import Migration, State
from engine.migration.states import UNDER_WAY
from engine.migration.visit import is_moving
from engine.words import state_word

SURE = frozenset({State.RUNNING, State.COMPLETED, State.ROLLING_BACK, State.ROLLED_BACK})   # that it is solved
THREAD, OWNER = "thread", "owner"       # where a call stands: below a card, or in the owner's conversation with us
CALL, SOLVED = "call ", "solved "
NOW = {
    State.RUNNING: "is running again",
    State.NEEDS_ATTENTION: "needs attention for another reason",
    State.CANCELLED: "was cancelled",
    State.ROLLING_BACK: "is being rolled back",
    State.ROLLBACK_STOPPED: "needs attention for another reason",
    State.ROLLED_BACK: "was rolled back",
}


@dataclass(frozen=True, slots=True)
class Call:
    """A message that calls for help: what is wrong, where it stands, and its title.

    `beyond` is what only a newer release has noted of it.
    """

    trouble: str
    where: str
    channel: str
    ts: str
    title: str
    beyond: tuple[object, ...] = ()

    @property
    def key(self) -> str:
        """Under which it is written down that it was posted."""
        return f"{CALL}{self._noted}"

    @property
    def solved_key(self) -> str:
        """Under which it is written down that it says "solved"."""
        return f"{SOLVED}{self._noted}"

    @property
    def _noted(self) -> str:
        *ours, beyond = astuple(self)
        return json.dumps([*ours, *beyond])


def calls(told: Collection[str]) -> Iterator[Call]:
    """Every call that was ever posted."""
    for key in told:
        if key.startswith(CALL):
            trouble, where, channel, ts, title, *beyond = json.loads(key.removeprefix(CALL))
            yield Call(trouble, where, channel, ts, title, tuple(beyond))


def standing(told: Collection[str]) -> Iterator[Call]:
    """The calls that are not solved."""
    return (call for call in calls(told) if call.solved_key not in told)


def stands(told: Collection[str], notice: Notice, where: str) -> bool:
    """True: a call for the trouble of that notice stands there already, so that it is not posted a second time."""
    return any((call.trouble, call.where) == (notice.trouble, where) for call in standing(told))


def is_first(told: Collection[str], notice: Notice) -> bool:
    """True: nobody was called for that trouble before, so that the whole channel is told."""
    return not any(call.trouble == notice.trouble for call in calls(told))


def is_over(migration: Migration, call: Call) -> bool:
    """True: the trouble is over. After a resume that shows only when items are moved again."""
    if migration.attention is not None:
        return trouble_of(migration) != call.trouble
    return migration.state not in UNDER_WAY or is_moving(migration)


def solved(migration: Migration, call: Call) -> Message:
    """What the call says once its trouble is over: that it is solved, or that it counts no longer."""
    head = "Solved." if migration.state in SURE else "No longer current."
    now = NOW.get(migration.state, f"is {state_word(migration)}")
    said = f" Migration {migration.task_id} {now}."
    return Message(f"{head}{said}", (rich("notice", [bold(head), words(said)], [struck(call.title)]),))
