"""What the operator does, written into the audit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from bot.audit.auditing import Attempt, attempt
from bot.permissions import Operator
from bot.stored.audit_entries import What
from terminal.session import Tasks


@contextmanager
def acting(tasks: Tasks, what: What, task_id: str = "") -> Iterator[Attempt]:
    """As `bot.audit.auditing.attempt`, by the operator. Whoever leaves a question unanswered has done nothing."""
    with attempt(tasks, Operator(), what, task_id) as this:
        try:
            yield this
        except click.Abort:
            this.given_up = True
            raise
