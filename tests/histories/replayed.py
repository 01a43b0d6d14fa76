"""Plays one eventful history and prints what happened in it, for a test that compares two processes."""

from __future__ import annotations

import sys

from tests.histories.test_histories import Histories


def played(draw: int) -> str:
    """Every deed in the mailbox, with its time and whoever did it."""
    history = Histories()
    history.starts(
        draw=draw, accounts=2, grace=30.0, mailbox=0, front=0, page=7, refuses=True, back=False,
    )
    history.begins(1)
    history.works_and_dies(0, draw, 45, [(30, "LATE", 0), (40, "moves", 3)])
    history.work_side_by_side(0, draw, [(50, "LOST IN A ROW", 0), (60, "arrives", 1)], [(20, "STORE AWAY", 0)])
    history.teardown()
    world = history.world
    lines = [f"{deed.at.isoformat()} {deed.by} {deed.verb} {deed.item or deed.room}" for deed in world.box.deeds]
    return "\n".join([*lines, f"{world.at.now:.6f} s"])


if __name__ == "__main__":
    print(played(int(sys.argv[1])))
