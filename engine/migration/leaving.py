"""Leaving a migration: what was asked meanwhile is acted on before anybody else can take the migration up."""

from __future__ import annotations

from engine.errors import Side
from engine.migration.keeping import settle
from engine.migration.record import ROLLBACK_WINDOW, Attention, State
from engine.migration.states import MOVES, Ask, after, is_due
from engine.migration.visit import Visit
from engine.store.lease import Lease
from engine.store.store import Asked


def leave(at: Visit, lease: Lease) -> None:
    """Acts on what was asked, then gives the migration's lease back.

    Nothing is lost in between: the lease is given back only while no other ask has come. A visit that works on the
    migration and was told to go leaves a cancel pending while a step is under way: the next process finishes it.
    """
    store, left = at.engine.store, None
    while lease.remaining() > 0:
        asked = store.asked(at.task_id)
        if asked is not None and asked != left and _acted(at, asked):
            continue
        left = asked
        if store.leave(at.task_id, lease, left):
            return


def _acted(at: Visit, asked: Asked) -> bool:
    """Acts on an ask. False: it stays pending, for the step under way is to be finished first."""
    move = MOVES[at.migration.state].get(asked.ask.act)
    if move is not None and at.works and not is_due(at.migration, asked.ask):
        at.decided("cancel left pending", state=at.migration.state)
        return False
    if move is None:
        at.decided("ask came too late", ask=asked.ask, state=at.migration.state)
    elif asked.ask is Ask.PAUSE:
        _pause(at)
    else:
        end(at, after(at.migration.state, asked.ask.act))
    at.engine.store.clear_ask(at.task_id, asked)
    return True


def _pause(at: Visit) -> None:
    at.update(state=after(at.migration.state, Ask.PAUSE.act), stage="", waits_for=None)


def ended_as_asked(at: Visit) -> bool:
    """Ends the migration if somebody has asked for that. True: it has ended."""
    asked = at.engine.store.asked(at.task_id)
    if asked is None or asked.ask is Ask.PAUSE:
        return False
    end(at, after(at.migration.state, asked.ask.act))
    at.engine.store.clear_ask(at.task_id, asked)
    return True


def end(at: Visit, state: State, *, attention: Attention | None = None) -> None:
    """Writes down that the migration has ended in that state; the passwords that nobody needs any more go.

    The source's goes at once. The destination's goes with the rollback window, or at once where there is nothing to be
    rolled back. Both end with the window even if this process is killed before it has dropped them.
    """
    now = at.engine.clock()
    for side in Side:
        at.engine.vault.expire(at.task_id, side, now + ROLLBACK_WINDOW)
    at.update(state=state, stage="", ended=now, attention=attention, waits_for=None)
    settle(at.engine.vault, at.migration, now)
    at.engine.store.pack_report(at.task_id)
