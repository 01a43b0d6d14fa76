"""The table of states is whole, and its document is current."""

from __future__ import annotations

import pytest

from engine.migration.record import State
from engine.migration.states import ENDED, GOING_BACK, MOVES, RESUMABLE, STOPPED, UNDER_WAY, Act, Ask, Event, can_become
from engine.migration.visiting import visit
from tests.servers.life_document import DOCUMENT, document
from tests.unit.life.world import Life


def test_every_state_has_its_row() -> None:
    """No state is forgotten, and each belongs to one kind."""
    assert set(MOVES) == set(State)
    assert set(State) == UNDER_WAY | STOPPED | GOING_BACK | ENDED
    assert len(UNDER_WAY) + len(STOPPED) + len(GOING_BACK) + len(ENDED) == len(State)


def test_every_state_can_be_reached_and_left() -> None:
    """From the line a migration can come into every state, and out of each one it can at least be forgotten."""
    reached, more = {State.WAITING}, {State.WAITING}
    while more:
        more = {move.to for state in more for move in MOVES[state].values() if move.to is not None} - reached
        reached |= more

    assert reached == set(State)
    assert all(Act.FORGET in moves or any(move.to is not state for move in moves.values())
               for state, moves in MOVES.items())


def test_what_can_be_asked_can_be_asked_together() -> None:
    """A state that takes one ask takes those that win over it as well, so that a stronger one is never refused."""
    for moves in MOVES.values():
        taken = [ask for ask in Ask if ask.act in moves]
        assert taken == [] or taken[-1] is Ask.STOP
        assert all(stronger in taken for ask in taken for stronger in ask.stronger)


def test_only_what_is_under_way_fails() -> None:
    """A fatal error needs a process that meets it."""
    assert {state for state, moves in MOVES.items() if Event.FATAL in moves} == UNDER_WAY | {State.ROLLING_BACK}


@pytest.mark.parametrize("state", State)
def test_a_record_never_makes_a_move_that_the_table_does_not_have(at: Life, state: State) -> None:
    """Whoever writes a record cannot bring it from an end into the middle, by mistake or by age."""
    task_id = at.put(state)

    with visit(at.engine, task_id) as held:
        for other in State:
            if not can_become(state, other):
                with pytest.raises(ValueError, match=f"is {state} cannot become {other}"):
                    held.update(state=other)

    assert at.record(task_id).state is state


def test_the_document_is_current() -> None:
    """docs/life.md says what the table says; if it does not: make docs."""
    assert DOCUMENT.read_text() == document()


def test_a_second_run_takes_up_what_can_be_resumed() -> None:
    """Exactly what can be cancelled is still open, so that the same accounts continue it."""
    assert {state for state, moves in MOVES.items() if Act.CANCEL in moves} == RESUMABLE
