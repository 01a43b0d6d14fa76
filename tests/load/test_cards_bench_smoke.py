"""The benches of cards and of what ended tasks take of the store measure something."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HOUSE = Path(__file__).parents[2]


def printed(module: str, *words: str) -> str:
    """What the bench prints; it ends well."""
    command = [sys.executable, "-m", module, *words]
    done = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_cards_are_measured_with_and_without_bad_things() -> None:
    """A few tasks for a few seconds: cards are drawn, presses shown, final messages delivered, in both halves."""
    small = ("--tasks", "40", "--changing", "3", "--warm", "5", "--seconds", "9", "--every", "3")

    output = printed("bench.cards", *small)
    rows = {row[1]: row[2:4] for row in map(cells, output.splitlines()) if len(row) > 3}

    assert rows["final messages that arrived"] == ["2 of 2", "2 of 2"]
    assert "the record that cannot be read was met and left alone" in " ".join(output.split())
    for name in ("the same, oldest, s", "a press is shown after, slowest, s", "cards drawn a minute"):
        assert all(0 < float(value) < float("inf") for value in rows[name])


def cells(line: str) -> list[str]:
    """A row of a table."""
    return [cell.strip() for cell in line.split("|")]


def test_what_ended_tasks_take_is_told_by_kinds_of_keys() -> None:
    """The whole and its largest parts, for a few tasks."""
    output = printed("bench.stored", "--tasks", "50")

    assert "50 tasks that have ended" in output
    assert "| omm:task:… | 50 |" in output
