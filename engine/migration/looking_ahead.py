"""Check first: what a migration would find, and do, without anything being written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from engine.contents.way import Way
from engine.credentials import PasswordCredential
from engine.errors import FatalError, RefusedError, RetryableError, Side
from engine.items.back.mailbox_clock import MailboxClock
from engine.items.foreseen import Foreseen, foresee
from engine.items.run import Run, Sent
from engine.migration.content import Content
from engine.migration.request import MigrationRequest
from engine.migration.same_choice import check_same_choice, tell_choices
from engine.migration.visit import Engine
from engine.pace.halt import Halt
from engine.pace.repeat import gave_up
from engine.ports.destination import Destination, address_in
from engine.ports.items import Foretold
from engine.ports.source import Readdressing, Source
from engine.store.open_tags import NOTHING_FORETOLD, NOTHING_NOTED
from engine.store.vault import Secret
from engine.systems import System

PATIENCE = 60.0                             # seconds that a server may be unwell; somebody waits for the answer
ITEMS_A_SECOND = (2, 20)                    # what servers let through: a slow one, a quick one
BYTES_A_SECOND = (300_000, 3_000_000)
DAY = 86_400                                # seconds
NOBODY = "a look writes nothing"


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a migration would find, by content; those of which nothing can be seen beforehand are not there.

    `seconds` is what it may take, at the quickest and at the slowest: an estimate by what servers usually let through.
    `source` is where it comes from.
    """

    contents: Mapping[Content, Foreseen]
    source: System | None = None

    @property
    def size(self) -> int:
        """Bytes of all items, as the source counts them."""
        return sum(each.size for each in self.contents.values())

    @property
    def seconds(self) -> tuple[float, float]:
        """At the quickest, and at the slowest."""
        items = sum(each.items for content, each in self.contents.items() if content is not Content.COLOURS)
        slow, quick = (
            max(items / ITEMS_A_SECOND[at], self.size / BYTES_A_SECOND[at]) for at in (0, 1)
        )
        least = self.days * DAY
        return max(quick, least), max(slow, least)

    @property
    def days(self) -> int:
        """On how many days it moves, where the source gives only so many bytes of mail in a day; 0: a day will do."""
        a_day = self.source.row.a_day if self.source is not None else 0
        mail = self.contents.get(Content.MAIL, Foreseen()).size
        return ceil(mail / a_day) if 0 < a_day < mail else 0


def look_ahead(
    engine: Engine, request: MigrationRequest, *, source_password: Secret, destination_password: Secret, halt: Halt
) -> Ahead:
    """Looks at all that was asked for, once both sides have let us in. Raises FatalError, HaltedError."""
    connectors = engine.connectors
    made = engine.credentials[request.source.system.row.credential]
    source = connectors.source(request.source, made(request.source, source_password, lambda _refreshed: None), halt)
    with closing(connectors.destination(request.destination, PasswordCredential(destination_password))) as destination:
        try:
            destination.probe(worked=True)
            if isinstance(source, Readdressing):
                source.moves_to(address_in(destination) or request.destination.owner)
            tell_choices(source, request)
            check_same_choice(request, source, lambda: engine.store.of_mailbox(destination.mailbox()))
            run = _looks(engine, destination, request.contents, halt)
            found = {content: _foreseen(content, engine.contents[content], source, run) for content in request.contents}
        except RetryableError as error:
            raise gave_up(error, Side.SOURCE) from error
    return Ahead({content: each for content, each in found.items() if each is not None}, request.source.system)


def _foreseen(content: Content, way: Way, source: Source, run: Run) -> Foreseen | None:
    """None: it is a setting that acts by itself, of which the first look at both sides tells."""
    if way.kind is not None:
        return foresee(run, source, way.kind)
    return _categories(source, run) if content is Content.COLOURS else None


def _categories(source: Source, run: Run) -> Foreseen:
    """How many there are; those that stay are left out, and so is a list that the source does not give."""
    with closing(source.settings(Content.COLOURS)) as reader:
        try:
            found = run.patiently(reader.read, Side.SOURCE)
        except RefusedError:
            return Foreseen(left_out=1)
    stay = sum(bool(entry.stays) for entry in found)
    return Foreseen(items=len(found) - stay, left_out=stay)


def _looks(engine: Engine, destination: Destination, contents: Sequence[Content], halt: Halt) -> Run:
    """What the work on a content is given when it only looks."""
    nothing = _Nothing()
    return Run(
        task_id="", destination=destination, journal=nothing, mailbox_clock=MailboxClock("", nothing, destination),
        owner=nothing, halt=halt, grace=0, on_step=lambda _step: None, report=lambda _failures: None,
        begin_report=lambda: None, patience=PATIENCE, images=engine.store.images, hooks=(),
        contents=contents,
    )


class _Nothing:
    """A journal, and an owner, for whoever may not write: FatalError where somebody begins to."""

    def open(
        self, folder_id: str, tags: Sequence[str], *, deadline: float, further: bool = False,
        foretold: Mapping[str, Foretold] = NOTHING_FORETOLD,
    ) -> None:
        raise FatalError(NOBODY)

    def cover(self, seconds: float) -> None:
        raise FatalError(NOBODY)

    def close(self, tags: Sequence[str], *, untold: Mapping[str, Sequence[str]] = NOTHING_NOTED) -> None:
        """Nothing is under way."""

    def foretold(self) -> dict[str, Foretold]:
        """Nothing is."""
        return {}

    def noted(self) -> dict[str, tuple[str, ...]]:
        """Nothing was."""
        return {}

    def opened(self) -> dict[str, Sent]:
        """None."""
        return {}

    resent = opened

    def remember(self, key: str, value: str) -> None:
        """Nothing is kept."""

    def recall(self, key: str) -> str | None:
        """Nothing was."""
        return None

    def last_write(self) -> datetime | None:
        """Never."""
        return None
