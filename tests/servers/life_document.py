"""`docs/life.md`: the life of a migration, drawn from the table of its states. `make docs` writes it anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.migration.record import State
from engine.migration.states import AT_WORK, ENDED, GOING_BACK, MOVES, STOPPED, UNDER_WAY, Act, Ask, Event, Move, When

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "life.md"

HEAD = """# The life of a migration

Written by `make docs` from the table in `engine/migration/states.py`, which the engine, the terminal and a card's
buttons ask. What stands below is what they do: a test tries every act in every state.

A migration is *under way* while it waits in line or runs, and *stands still* while it is paused or needs attention.
Only one process at a time works on it. What people ask of a migration that a process works on is kept until that
process acts on it, at the next batch or after the step; one that nobody works on does it at once. One ask at most
is pending, the strongest: {asks}. An ask that comes after the end is dropped.

Cancel lets the content that is being moved finish and skips the others; *Stop now* (`omm cancel TASK-ID --now`)
lets what is on its way arrive and skips the rest of that content too. Either way the migration is cancelled, its
counts are true, and what it brought can be rolled back until 48 hours after its end.

A migration that a server refuses before anything was written has failed: it keeps no passwords, and there is
nothing to roll back. Whatever goes wrong later needs attention, and is resumed where it stopped. A process that is
told to go, or is killed, leaves the state as it is; the next one continues.

Where a workspace wants a second person's approval, a rollback that somebody asks for in Slack does not change the
state: the request waits beside the record until another admin decides it, for 72 hours at most. It counts as begun
in time if it was asked for in time. Resumed or run again meanwhile, the migration overtakes the request, which is
taken back. The terminal asks nobody.
"""

TABLE_HEAD = """
## What can be done in each state

A cell says what the state becomes, and when unless it is at once. *If it was interrupted*: only while no process
works on the migration, because its process has died; buttons do not offer that.
"""

EVENTS_HEAD = """
## What happens by itself
"""

KINDS_HEAD = """
## Kinds of states
"""


def document() -> str:
    """The whole page."""
    asks = " over ".join(f"*{ask}*" for ask in reversed(Ask))
    parts = [HEAD.format(asks=asks), "\n```mermaid\n", *_lines(_diagram()), "```\n", TABLE_HEAD, "\n", *_lines(_acts())]
    parts += [EVENTS_HEAD, "\n", *_lines(_events()), KINDS_HEAD, "\n", *_lines(_kinds())]
    return "".join(parts)


def _lines(lines: Iterator[str]) -> Iterator[str]:
    return (f"{line}\n" for line in lines)


def _diagram() -> Iterator[str]:
    """Every move but those that stay where they are, and forgetting, which all but the busy states allow."""
    yield "stateDiagram-v2"
    yield from (f'    state "{state}" as {state.name}' for state in State if " " in state)
    yield f"    [*] --> {State.WAITING.name}"
    for state, moves in MOVES.items():
        arrows: dict[State, list[str]] = {}
        for what, move in moves.items():
            if move.to not in (None, state):
                arrows.setdefault(move.to, []).append(_label(what, move))   # type: ignore[arg-type]  # None is left out
        yield from (f"    {state.name} --> {to.name}: {', '.join(labels)}" for to, labels in arrows.items())


def _label(what: Act | Event, move: Move) -> str:
    return f"{what} ({move.when})" if move.when is When.INTERRUPTED else str(what)


def _acts() -> Iterator[str]:
    yield f"| | {' | '.join(Act)} |"
    yield f"|---|{'---|' * len(Act)}"
    for state, moves in MOVES.items():
        yield f"| **{state}** | {' | '.join(_cell(moves.get(act)) for act in Act)} |"


def _cell(move: Move | None) -> str:
    if move is None:
        return ""
    conditions = [] if move.when is When.AT_ONCE else [str(move.when)]
    conditions += ["until 48 hours after the end"] if move.in_time else []
    conditions += ["if it wrote anything"] if move.wrote else []
    return ", ".join([str(move.to or "gone"), *conditions])


def _events() -> Iterator[str]:
    yield "| in state | what happens | becomes |"
    yield "|---|---|---|"
    for state, moves in MOVES.items():
        yield from (f"| {state} | {what} | {move.to} |" for what, move in moves.items() if isinstance(what, Event))


def _kinds() -> Iterator[str]:
    kinds = {
        "under way": UNDER_WAY, "a process is at work, unless it was interrupted": AT_WORK, "stands still": STOPPED,
        "being rolled back: what it brought counts for no other migration": GOING_BACK, "ended": ENDED,
    }
    for kind, states in kinds.items():
        yield f"- {kind}: {', '.join(state for state in State if state in states)}"


if __name__ == "__main__":
    DOCUMENT.write_text(document())
