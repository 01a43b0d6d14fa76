"""How fast a content moves, as its record says it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from engine.migration.content import Content
from engine.migration.record import Step

RATED_AFTER = 2.0                 # seconds from which on a rate means something


@dataclass(slots=True)
class Rates:
    """The rates of one visit: since it began to move a content; what was settled before counts not."""

    clock: Callable[[], datetime]
    _first: dict[Content, tuple[datetime, Step]] = field(default_factory=dict)

    def rated(self, content: Content, step: Step) -> Step:
        """The step with its rates, as it is until they mean something."""
        now = self.clock()
        began, first = self._first.setdefault(content, (now, step))
        seconds = (now - began).total_seconds()
        if seconds < RATED_AFTER:
            return step
        return replace(
            step,
            items_per_second=(step.counts.settled - first.counts.settled) / seconds,
            bytes_per_second=(step.bytes_done - first.bytes_done) / seconds,
        )
