"""What the work on one content is given: both sides, the journal, and the ways to stop and to tell."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from engine.errors import Side
from engine.hooks import LOGGED, Decided, Hook, emit
from engine.items.back.mailbox_clock import MailboxClock
from engine.items.kind import ItemKind
from engine.items.known.census import Census
from engine.items.known.links import Links
from engine.items.known.tag_index import TagIndex
from engine.migration.content import Content
from engine.migration.earlier import Earlier
from engine.migration.record import Failure, LeftOff, Migration, Step
from engine.migration.request import Choice
from engine.pace.halt import Halt
from engine.pace.repeat import PATIENCE, OnWait, nobody_asks, patiently
from engine.ports.destination import Destination
from engine.ports.items import Foretold, TaggedItem
from engine.ports.source import Source
from engine.store.images import Images
from engine.store.open_tags import NOTHING_FORETOLD, NOTHING_NOTED

TICK = 0.5      # seconds between two looks at the progress
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sent:
    """A tag that was sent by an earlier process, `sends` times without an answer.

    `age` is in seconds, since its request was given up at the latest.
    """

    folder_id: str
    age: float
    sends: int


class Journal(Protocol):
    """What a task must remember of its writes, whatever happens to the process."""

    def open(
        self, folder_id: str, tags: Sequence[str], *, deadline: float, further: bool = False,
        foretold: Mapping[str, Foretold] = NOTHING_FORETOLD,
    ) -> None:
        """Before a request leaves: these tags are under way, for `deadline` seconds at most.

        `further`: it is about items that an earlier request has created, so that they are not sent once more.
        `foretold` is what is to be reported of items, should they arrive.
        """
        ...

    def close(self, tags: Sequence[str], *, untold: Mapping[str, Sequence[str]] = NOTHING_NOTED) -> None:
        """After a sure answer. `untold` is what is to be reported of those that have arrived."""
        ...

    def foretold(self) -> dict[str, Foretold]:
        """What was foretold of items whose tags are open."""
        ...

    def noted(self) -> dict[str, tuple[str, ...]]:
        """What is to be reported of items of this content that have arrived, at whatever visit, by their tags."""
        ...

    def opened(self) -> dict[str, Sent]:
        """Tags without a sure answer."""
        ...

    def resent(self) -> dict[str, Sent]:
        """Tags that were sent more than once."""
        ...

    def remember(self, key: str, value: str) -> None: ...

    def recall(self, key: str) -> str | None: ...


class Owner(Protocol):
    """A lease: whoever writes makes sure first that it lasts as long as the request may."""

    def cover(self, seconds: float) -> None: ...


class Seen(Protocol):
    """What a visit has seen of our tags at the destination; as engine/items/known/survey.py has it."""

    kinds: Sequence[ItemKind]
    index: TagIndex
    links: Links

    @property
    def tasks(self) -> Collection[str]: ...

    def look(self) -> None: ...

    def serve(self, kind: ItemKind, run: Run, see: Callable[[str, TaggedItem], None]) -> Census: ...

    def remove_remainders(self, run: Run) -> None: ...

    def half_written(self, kind: ItemKind, run: Run) -> list[TaggedItem]: ...

    def stand_in(self, kind: ItemKind, run: Run) -> None: ...

    def lacking(self, kind: ItemKind, run: Run) -> list[tuple[str, str]]: ...

    def arrived(self, tags: Sequence[str]) -> dict[str, str]: ...


def _ignore(_told: object) -> None:
    """For whoever has nobody to tell."""


@dataclass(frozen=True, slots=True)
class Run:
    """One visit to one migration. `grace` and `patience` are in seconds.

    `begin_report` empties the content's report, once what belongs into it is found anew; `report` adds to it.

    `earlier` are the tasks that wrote into this mailbox before, ours among them. `copy_again` lets the work go on
    although nothing of theirs is to be seen. `note_counts_on` is told, by compact task ID, how many of their items were
    found already there. `note_left_off` is told of an out-of-office that was left off. `survey` is what this visit has
    seen at the destination so far; without one each content looks for itself. `images` are the store's before-images of
    settings. `hooks` observe the work. `contents` are all that the migration moves. `choices` are what a person has
    agreed to or asked for beside that. `record` tells the task's record as it is at that moment; None where nothing is
    written.
    """

    task_id: str
    destination: Destination
    journal: Journal
    mailbox_clock: MailboxClock
    owner: Owner
    halt: Halt
    grace: float
    on_step: Callable[[Step], None]
    report: Callable[[Sequence[Failure]], None]
    begin_report: Callable[[], None]
    earlier: Sequence[Earlier] = ()
    copy_again: bool = False
    note_counts_on: Callable[[Mapping[str, int]], None] = _ignore
    note_left_off: Callable[[LeftOff], None] = _ignore
    patience: float = PATIENCE
    on_wait: OnWait = nobody_asks
    source: Source | None = field(default=None)
    survey: Seen | None = None
    images: Images = field(kw_only=True)
    hooks: tuple[Hook, ...] = LOGGED
    contents: Sequence[Content] = ()
    choices: Sequence[Choice] = ()
    record: Callable[[], Migration | None] = lambda: None

    def decided(self, what: str, **facts: str | int) -> None:
        """Emits a decision about this task, with its facts by name."""
        emit(self.hooks, Decided(self.task_id, what, facts))

    def patiently(self, ask: Callable[[], T], side: Side = Side.DESTINATION) -> T:
        """The answer to `ask`, which may be asked twice without harm; a server that is unwell is waited for.

        Raises HaltedError, and FatalError about that `side` when it stays so.
        """
        return patiently(ask, self.halt, patience=self.patience, side=side, on_wait=self.on_wait)
