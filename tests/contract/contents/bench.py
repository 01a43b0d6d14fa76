"""What every content promises, asked of mail and of a content that a test makes up, in memory and at Exchange."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any, ClassVar, Protocol

from emulators.exchange import ExchangeEmulator, Fault
from engine.clock import utc_now
from engine.connectors.exchange.destination import WRITERS, Writers
from engine.contents import CONTENTS, Contents, contents
from engine.items.tags import UNFINISHED, parse_tag
from engine.migration.back import Preview, preview, roll_back
from engine.migration.content import Content
from engine.migration.forwards import migrate
from engine.migration.record import Failure, Migration, State
from engine.migration.states import ENDED, STOPPED
from engine.migration.steering import forget, resume
from engine.pace.halt import Halt
from engine.ports.source import SourceFolder
from tests.examples import toy_content
from tests.examples.toy_content import TOYS, ExchangeToys, MemoryToys, Toy, ToySource
from tests.histories import lives
from tests.histories.lives import Life
from tests.histories.world import World as Together
from tests.histories.world import Writer
from tests.servers.exchange.diary import Diary, item, new_calendar
from tests.servers.exchange.pair import OLD, Mailbox, Pair
from tests.servers.memory.calendars import PARTS, Event, MemoryAppointments, MemoryCalendars
from tests.servers.memory.destination import Fate
from tests.servers.memory.mailbox import Item
from tests.servers.memory.source import MemorySource, mail
from tests.servers.owner import owner
from tests.servers.processes.mortal import Moment, as_of, moments_of
from tests.servers.world import PASSWORD, World

ONE, TWO = SourceFolder(("Box",), "Box"), SourceFolder(("Box", "Lid"), "Box/Lid")
NAMES = {ONE: ("a", "b", "c"), TWO: ("d",)}
PLACES = Counter((folder.path, name) for folder, names in NAMES.items() for name in names)
OWNER = "owner"


OPERATIONS = {"create": "CreateItem", "create attachment": "CreateAttachment", "update": "UpdateItem"}
FAULTS: dict[Fate, Callable[[str], Fault]] = {
    Fate.AFTER: lambda operation: Fault(operation=operation, nth=1, when="after", action="drop"),
    Fate.BUSY: lambda operation: Fault(operation=operation, nth=1, action="fault", code="ErrorServerBusy"),
    Fate.ODD: lambda operation: Fault(operation=operation, nth=1, action="items", positions=(0,), code="ErrorItemSave"),
}


def _lose(source: Any, name: str) -> None:
    """Somebody removes that item at the source."""
    for folder, kept in source.folders.items():
        source.folders[folder] = [item for item in kept if getattr(item, "name", "") != name]


def _change(source: Any, name: str, now: datetime) -> None:
    """Somebody changes that item at the source."""
    for folder, kept in source.folders.items():
        source.folders[folder] = [_changed(item, now) if item.name == name else item for item in kept]


def _changed(item: Any, now: datetime) -> Any:
    told = {"modified": now} if isinstance(item, Event) else {}
    return replace(item, words="something else", **told)


@dataclass(frozen=True)
class Example:
    """A content: how its source is made, and who writes it where the product has no writer for it.

    `places` are the paths and names of its items; the one called `amended` lies in Box, and its owner changes it.
    """

    table: Contents
    source: Callable[[], Any]
    parts: tuple[str, ...] = ()         # what further requests put into an item
    in_memory: Mapping[Content, Writer] = field(default_factory=dict)
    at_exchange: Writers = field(default_factory=lambda: WRITERS)
    places: Counter[tuple[tuple[str, ...], str]] = field(default_factory=lambda: PLACES)
    amended: str = "b"

    @property
    def content(self) -> Content:
        """The one content of the table."""
        return next(iter(self.table))

    @property
    def noun(self) -> str:
        """What their owner calls one of its items."""
        kind = self.table[self.content].kind
        assert kind is not None
        return kind.noun

    @property
    def count(self) -> int:
        """How many items there are."""
        return sum(self.places.values())

    @property
    def is_written_at_once(self) -> bool:
        """True: one request writes an item whole, so that none is ever half-written."""
        return self.content in (Content.MAIL, Content.CONTACTS, Content.TASKS, Content.NOTES)


def toys(content: Content = TOYS) -> ToySource:
    """Cards, as a source of that content."""
    return ToySource({
        folder: [Toy(number, name) for number, name in enumerate(names, 1)] for folder, names in NAMES.items()
    }, frozenset({content}))


def _calendars() -> MemoryCalendars:
    return MemoryCalendars({folder: list(map(Event, names)) for folder, names in NAMES.items()})


def _letters() -> MemorySource:
    return MemorySource({folder: [mail(name) for name in names] for folder, names in NAMES.items()})


EXAMPLES = {
    "mail": Example(contents(CONTENTS[Content.MAIL]), _letters),
    "contacts": Example(contents(CONTENTS[Content.CONTACTS]), dict),     # between two servers alone
    "contact groups": Example(contents(CONTENTS[Content.CONTACT_GROUPS]), dict, amended="c"),       # as contacts
    "calendars": Example(
        contents(CONTENTS[Content.CALENDARS]), _calendars, PARTS, {Content.CALENDARS: MemoryAppointments}
    ),
    "toys": Example(
        contents(toy_content.WAY), toys, ("front", "back"), {TOYS: MemoryToys}, {TOYS: ExchangeToys}
    ),
}


class Bench(Protocol):
    """A source with a few items in two folders, an empty mailbox, and what happens between them."""

    example: Example
    mends: ClassVar[frozenset[str]]     # operations that are sent in another way when they are refused once

    @property
    def left(self) -> Any: ...

    def begin(self) -> str: ...
    def run(self, task: str) -> Migration: ...
    def roll_back(self, task: str) -> Migration: ...
    def preview(self, task: str) -> Preview: ...
    def deaths(self, *, back: bool = False) -> Iterator[str]:
        """For each request of a migration, or of a rollback, a task whose process died at it; all else is as before."""
        ...

    def meets(self, operation: str, fate: Fate) -> None: ...
    def loses_at_the_source(self, name: str) -> None: ...
    def changes_at_the_source(self, name: str) -> None: ...
    def edits(self, name: str) -> None: ...
    def files_a_message(self, *path: str) -> None: ...
    def report(self, task: str) -> list[Failure]: ...
    def forgets(self, task: str) -> None: ...

    def there(self) -> Counter[tuple[tuple[str, ...], str]]:
        """What lies in folders of the owner's, by path and name; an item that is not whole has a name in brackets."""
        ...


@dataclass
class InMemory:
    """The mailbox in memory."""

    mends: ClassVar[frozenset[str]] = frozenset()
    example: Example
    at: Together
    requests_left: int = 0                  # until the process that works dies
    fates: dict[str, Fate] = field(default_factory=dict)     # of the next request of each operation

    def __post_init__(self) -> None:
        self.at.on_send = self._sent

    def _sent(self, life: Life, operation: str) -> Fate | None:
        self.requests_left -= 1
        if self.requests_left == 0:
            lives.killed(life)
        return self.fates.pop(operation, None)

    @property
    def left(self) -> Any:
        return self.at.sources[0]

    def begin(self) -> str:
        return self.at.begin(0)

    def _done(self, task: str, do: Callable[..., Any], **how: Any) -> Any:
        if self.at.engine().store.held(f"migration:{task}"):
            self.at.at.pass_time(31)
        if self.at.record(task).state in STOPPED:
            self.at.now_done("resume", task, lambda engine, _halt: resume(engine, task))
        return self.at.now_done("works", task, do, **how)

    def run(self, task: str) -> Migration:
        if self.at.record(task).state in ENDED:
            return self.at.record(task)
        work = self._done(task, lambda engine, halt: migrate(engine, task, halt=halt))
        assert work.error is None, work.error
        return self.at.record(task)

    def roll_back(self, task: str) -> Migration:
        work = self._done(task, lambda engine, halt: roll_back(engine, task, halt=halt))
        assert work.error is None, work.error
        return self.at.record(task)

    def preview(self, task: str) -> Preview:
        found: Preview = self._done(task, lambda engine, halt: preview(engine, task, halt=halt)).value
        return found

    def deaths(self, *, back: bool = False) -> Iterator[str]:
        do = roll_back if back else migrate
        for at in count(1):
            task = self.begin()
            if back:
                self.run(task)
            self.requests_left = at
            killed = self._done(task, lambda engine, halt, task=task: do(engine, task, halt=halt)).killed
            self.requests_left = 0
            if not killed:
                return
            yield task
            if self.at.record(task).state is not State.ROLLED_BACK:
                self.run(task)
                self.roll_back(task)
            self.forgets(task)

    def meets(self, operation: str, fate: Fate) -> None:
        self.fates[operation] = fate

    def loses_at_the_source(self, name: str) -> None:
        _lose(self.left, name)

    def changes_at_the_source(self, name: str) -> None:
        _change(self.left, name, self.at.now())

    def edits(self, name: str) -> None:
        item = next(item for item in self.at.box.items.values() if item.subject == name)
        if self.example.content is Content.MAIL:
            self.at.at.pass_time(60)
            self.at.box.amend(item.id, by=OWNER, draft=True)
        self.at.box.edit(item.id, f"{name}, edited", by=OWNER)

    def files_a_message(self, *path: str) -> None:
        self.at.box.make(self.at.box.named(*path), "mine", by=OWNER)

    def report(self, task: str) -> list[Failure]:
        return list(self.at.engine().store.reported(task).failures)

    def forgets(self, task: str) -> None:
        assert self.at.now_done("forget", task, lambda engine, _halt: forget(engine, task)).error is None

    def there(self) -> Counter[tuple[tuple[str, ...], str]]:
        return Counter((self.at.box.path(item.folder), self._name(item)) for item in self.at.box.items.values())

    def _name(self, item: Item) -> str:
        whole = not item.tag.endswith(UNFINISHED) and item.parts == self.example.parts
        return item.subject if whole else f"({item.subject})"


@dataclass
class AtExchange:
    """The Exchange connector, with the emulator behind it."""

    mends: ClassVar[frozenset[str]] = frozenset()
    example: Example
    at: World

    @property
    def left(self) -> Any:
        return self.at.connectors.sources["old"]

    def begin(self) -> str:
        return self.at.begin().task_id

    def run(self, task: str) -> Migration:
        return self.at.run(task)

    def roll_back(self, task: str) -> Migration:
        return self.at.roll_back(task)

    def preview(self, task: str) -> Preview:
        return preview(self.at.engine, task, halt=Halt())

    def deaths(self, *, back: bool = False) -> Iterator[str]:
        task = self.begin()
        if back:
            self.run(task)
        for moment in self.moments(lambda process: process.roll_back(task) if back else process.run(task)):
            self.at = as_of(self.at, moment)
            yield task

    def moments(self, work: Callable[[World], Any]) -> list[Moment]:
        """One for each request of that work."""
        return moments_of(self.at, work, lambda number: Fault(
            operation="*", nth=number, when="after", action="hold", name=f"request {number}"), self.at.emulator)

    def meets(self, operation: str, fate: Fate) -> None:
        self.at.emulator.add_fault(FAULTS[fate](OPERATIONS[operation]))

    def loses_at_the_source(self, name: str) -> None:
        _lose(self.left, name)

    def changes_at_the_source(self, name: str) -> None:
        _change(self.left, name, utc_now())

    def edits(self, name: str) -> None:
        with owner(self.at.emulator.url, self.at.address, PASSWORD) as them:
            there = next(item.folder for item in self.at.messages() if item.subject == name)
            post = them.one(them.folder(*there), name)
            post.subject = f"{name}, edited"
            post.save(update_fields=["subject"])

    def files_a_message(self, *path: str) -> None:
        with owner(self.at.emulator.url, self.at.address, PASSWORD) as them:
            them.write(them.folder(*path), "mine")

    def report(self, task: str) -> list[Failure]:
        return list(self.at.engine.store.reported(task).failures)

    def forgets(self, task: str) -> None:
        forget(self.at.engine, task)

    def there(self) -> Counter[tuple[tuple[str, ...], str]]:
        return Counter((item.folder, self._name(item)) for item in self.at.messages())

    def _name(self, item: Any) -> str:
        tag = next((value for value in item.extended.values() if parse_tag(str(value))), "")
        return f"({item.subject})" if str(tag).endswith(UNFINISHED) else item.subject


@dataclass
class BetweenExchanges(AtExchange):
    """Two Exchanges: the first item is a series with an exception, a deleted occurrence and a file."""

    mends: ClassVar[frozenset[str]] = frozenset({"update"})
    pair: Pair

    @classmethod
    def seeded(cls, example: Example, pair: Pair) -> BetweenExchanges:
        """With the four items at the source."""
        folder = ""
        for place, names in NAMES.items():
            folder = new_calendar(pair.old, place.path[-1], folder)
            diary = Diary(pair.old, f'<t:FolderId Id="{folder}"/>')
            for name in names:
                diary.series(name) if name == "a" else diary.single(name)
        return cls(example, pair.at, pair)

    def _of(self, mailbox: Mailbox, address: str, emulator: ExchangeEmulator, name: str) -> tuple[Diary, str]:
        found = next(one for one in emulator.messages(address) if one.subject == name)
        return Diary(mailbox), item(found.item_id)

    def loses_at_the_source(self, name: str) -> None:
        diary, there = self._of(self.pair.old, OLD, self.pair.left, name)
        diary.delete(there)

    def changes_at_the_source(self, name: str) -> None:
        diary, there = self._of(self.pair.old, OLD, self.pair.left, name)
        diary.place(there, "elsewhere")

    def edits(self, name: str) -> None:
        diary, there = self._of(self.pair.new, self.at.address, self.at.emulator, name)
        diary.set(there, (("item:Subject", f"<t:Subject>{name}, edited</t:Subject>"),))

    def files_a_message(self, *path: str) -> None:
        found = next(one for one in self.at.messages() if one.folder == path)
        diary = Diary(self.pair.new)
        parent = diary.parent_of(item(found.item_id))
        Diary(self.pair.new, f'<t:FolderId Id="{parent}"/>').single("mine")
