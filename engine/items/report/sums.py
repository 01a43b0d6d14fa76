"""The sums of one step: what was found, and what has become of it so far. People are told them from time to time."""

from __future__ import annotations

from engine import threads
from engine.items.batches import Tally
from engine.items.compared.outdated import Outdated
from engine.items.compared.pairing import Pairing
from engine.items.report.losses import Losses
from engine.items.run import TICK, Run
from engine.migration.record import Counts, Step


class Sums:
    """Counts in one step. `there` is what of the source is at the destination already.

    `copied_before` is how many items earlier visits of the task have copied.
    """

    def __init__(self, run: Run, tally: Tally, losses: Losses, outdated: Outdated) -> None:
        self.there = Pairing()
        self.copied_before = 0
        self._run = run
        self._tally = tally
        self._losses = losses
        self._outdated = outdated
        self._found = self._bytes_found = 0
        self._next_tick = 0.0

    def begin(self, found: int, size: int = 0) -> None:
        """Notes how many items the source has, and their bytes."""
        self._found, self._bytes_found = found, size

    def add(self, found: int, size: int = 0) -> None:
        """Notes that it has so many more."""
        self._found += found
        self._bytes_found += size

    def tick(self, *, force: bool = False) -> None:
        """Tells people, unless they were told just now."""
        now = threads.monotonic()
        if now < self._next_tick and not force:
            return
        self._next_tick = now + TICK
        self._run.on_step(self.current())

    def current(self) -> Step:
        """The sums as they are now."""
        found, others = self._found, self.there.others
        failed, left_out = self._losses.failed, self._losses.left_out
        at_least = min(self.copied_before, found - others - failed - left_out)
        copied = max(self.there.own + self._tally.copied, at_least)
        told = {"changed": self._outdated.count, "removed_at_source": self._outdated.removed}
        counts = Counts(found, copied, others, failed, left_out, **told)
        done = self.there.bytes_there + self._tally.bytes_done
        return Step(counts=counts, bytes_found=self._bytes_found, bytes_done=done)
