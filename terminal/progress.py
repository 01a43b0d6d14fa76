"""Watching the work: a bar on a terminal, plain lines anywhere else."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self, TextIO, cast

from engine.migration.content import NOUNS, Content
from engine.migration.record import Migration, Step
from engine.migration.states import UNDER_WAY
from engine.words import number
from terminal.output import Output, Steady, clean

EVERY = 5.0             # seconds between two plain lines of one stage
TRUSTED_AFTER = 1.0     # seconds from which on a rate means something
STOPPING = "stopping after what is under way (Ctrl-C again leaves at once)"


@dataclass(slots=True)
class Pace:
    """How fast a run goes. What an earlier run had settled does not count."""

    clock: Callable[[], float] = time.monotonic
    _began: tuple[float, Step] | None = field(default=None)
    _content: Content | None = None

    def words(self, step: Step, content: Content | None = None) -> str:
        """The rate and the time left of the step of a content; empty while nobody can know."""
        now = self.clock()
        if content is not self._content:
            self._began, self._content = None, content
        if self._began is None and step.counts.found:
            self._began = (now, step)
        if self._began is None or now - self._began[0] < TRUSTED_AFTER:
            return ""
        seconds, first = now - self._began[0], self._began[1]
        items = (step.counts.settled - first.counts.settled) / seconds
        size = (step.bytes_done - first.bytes_done) / seconds
        left = max(
            _time_left(step.counts.found - step.counts.settled, items),
            _time_left(step.bytes_found - step.bytes_done, size),
        )
        return f"{items:,.0f}/s, {_duration(left)} left" if items else ""


def _time_left(rest: int, rate: float) -> float:
    return rest / rate if rest > 0 and rate > 0 else 0.0


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


class Progress(Protocol):
    """Something that shows how far a task is."""

    def tell(self, migration: Migration) -> None:
        """The record has changed."""
        ...

    def stopping(self) -> None:
        """A stop was asked for. Called from a signal: takes no lock."""
        ...


def progress(out: Output) -> AbstractContextManager[Progress]:
    """The way of showing that fits the stream."""
    return Bar(out.stream) if out.stream.isatty() else Lines(out.stream)


def _running(migration: Migration) -> tuple[Content | None, Step]:
    """The content whose step was begun last, and that step; None and a blank one while nothing is being moved."""
    if migration.state not in UNDER_WAY:
        return None, Step()
    begun = [content for content in migration.request.contents if migration.step(content).started is not None]
    return (begun[-1], migration.step(begun[-1])) if begun else (None, Step())


def _amount(content: Content | None, step: Step) -> str:
    if content is None or not step.counts.found:
        return ""
    return f"{step.counts.settled:,} of {number(step.counts.found, NOUNS[content])}"


class Lines:
    """A line for every stage, and one every few seconds."""

    def __init__(self, stream: Steady, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._pace = Pace(clock)
        self._last = ""
        self._not_before = 0.0

    def tell(self, migration: Migration) -> None:
        """Prints a line if it is time."""
        content, step = _running(migration)
        pace = self._pace.words(step, content)
        if not migration.stage or (migration.stage == self._last and self._clock() < self._not_before):
            return
        self._last, self._not_before = migration.stage, self._clock() + EVERY
        words = ", ".join(part for part in (_amount(content, step), pace) if part)
        self._stream.write(clean(f"{migration.stage}{': ' if words else ''}{words}") + "\n")
        self._stream.flush()

    def stopping(self) -> None:
        """Past every buffer: one may be in use at this moment."""
        with suppress(OSError, ValueError):     # the reader may have left
            os.write(self._stream.fileno(), f"{STOPPING}\n".encode())

    def __enter__(self) -> Self:
        """Nothing to prepare."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to tidy."""


class Bar:
    """One line of a terminal that fills up; gone when the work has ended."""

    def __init__(self, stream: Steady) -> None:
        from rich.console import Console  # noqa: PLC0415 - takes a tenth of a second, and not every run has a bar
        from rich.progress import BarColumn, SpinnerColumn, TextColumn  # noqa: PLC0415
        from rich.progress import Progress as RichProgress  # noqa: PLC0415

        self._pace = Pace()
        self._asked_to_stop = False
        self._bar = RichProgress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[amount]}", markup=False),
            TextColumn("{task.fields[pace]}", markup=False),
            console=Console(file=cast("TextIO", stream)),
            transient=True,
            expand=True,
        )
        self._line = self._bar.add_task("", total=None, amount="", pace="")

    def tell(self, migration: Migration) -> None:
        """Moves the bar."""
        content, step = _running(migration)
        stage = STOPPING if self._asked_to_stop else clean(migration.stage)
        self._bar.update(
            self._line,
            description=stage,
            total=step.counts.found or None,
            completed=step.counts.settled,
            amount=_amount(content, step),
            pace=self._pace.words(step, content),
        )

    def stopping(self) -> None:
        """Is seen when the record changes next."""
        self._asked_to_stop = True

    def __enter__(self) -> Self:
        """Draws it."""
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Takes it away."""
        self._bar.stop()
