"""The audit at the terminal: what was done in every workspace, and by the operator.

Programs read {"entries": [{"workspace", "at", "who", "where", "what", "task", "result", "why", "source",
"destination"}], "missing": {workspace: words}}, newest first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from heapq import merge
from itertools import islice, repeat
from typing import Any

from bot.audit.lines import Line, lines, missing, table
from bot.stored.audit import SLICE, Audit, Placed
from bot.stored.audit_entries import What
from terminal.acting import acting
from terminal.session import Session, Tasks
from terminal.steering import write_file

NOTHING = "Nothing is written down."


def run_audit(session: Session, task_id: str | None, *, last: int, csv: str | None = None) -> int:
    """The `last` entries, of one task where its ID is given; with `csv` all of them as a table, into that file.

    `-` is standard output. Whoever takes it so is in the audit. Raises UsageError when the file cannot be written.
    """
    session.out.task_id = task_id
    with session.tasks() as tasks:
        audit = tasks.trail.audit
        found = _lines(tasks, audit, task_id or "")
        gone = {team: words for team in audit.teams() if (words := missing(audit.cut(team)))}
        note = " ".join(f"{team}: {words}" for team, words in gone.items())
        if csv is not None:
            with acting(tasks, What.AUDIT_FILE, task_id or ""):
                write_file(session, csv, table(found, note), "The audit")
            return 0
        shown = list(islice(found, last))
    session.out.say(*(map(_said, shown) if shown else [NOTHING]), *([note] if note else []))
    session.out.result({"entries": list(map(_record, shown)), "missing": gone})
    return 0


def _lines(tasks: Tasks, audit: Audit, task_id: str) -> Iterator[Line]:
    """Every line of every workspace, newest first."""
    streams = [zip(repeat(team), audit.entries(team, task_id), strict=False) for team in audit.teams()]
    entries = merge(*streams, key=lambda each: _place(each[1]), reverse=True)
    while some := list(islice(entries, SLICE)):
        for (team, _), line in zip(some, lines(tasks, [placed for _, placed in some]), strict=True):
            yield replace(line, workspace=team)


def _place(placed: Placed) -> tuple[int, int]:
    milliseconds, _, counted = placed.id.partition("-")
    return int(milliseconds), int(counted)


def _said(line: Line) -> str:
    accounts = f"{line.source} to {line.destination}" if line.source else ""
    when, who = f"{line.at:%Y-%m-%d %H:%M:%S} UTC", f"{line.who} ({line.where})"
    return "  ".join(filter(None, (when, line.workspace, line.task, who, line.what, accounts, line.whole)))


def _record(line: Line) -> dict[str, Any]:
    return {
        "workspace": line.workspace, "at": line.at.isoformat(), "who": line.who, "where": line.where, "what": line.what,
        "task": line.task, "result": line.result, "why": line.whole, "source": line.source,
        "destination": line.destination,
    }
