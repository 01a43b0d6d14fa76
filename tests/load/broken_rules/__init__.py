"""What Exchange computes of an item, how the emulator would compute it wrongly, and the test that notices.

A rule nobody notices the breach of is not tested; and an emulator that computes wrongly calls nonsense a faithful copy.
"""

from __future__ import annotations

from tests.load.broken_rules import (
    calendar_changes,
    calendars,
    meeting_mail,
    messages,
    people,
    rules,
    settings,
    sources,
    tasks,
)
from tests.load.broken_rules.row import Broken

__all__ = ["BROKEN", "Broken"]

BROKEN = (*calendars.ROWS, *calendar_changes.ROWS, *people.ROWS, *tasks.ROWS, *rules.ROWS, *settings.ROWS,
          *messages.ROWS, *meeting_mail.ROWS, *sources.ROWS)
