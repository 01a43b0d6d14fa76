"""What every content promises, asked of mail and of a content that a test makes up, in memory and at Exchange."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Protocol

from emulators.exchange import Fault
from engine.contents import CONTENTS, Contents, contents
from engine.items.tags import UNFINISHED, parse_tag
from engine.migration.back import Preview, preview, roll_back
from engine.migration.forwards import migrate
from engine.migration.record import Failure, Migration
from engine.migration.request import Content
from engine.migration.states import STOPPED
from engine.migration.steering import resume
from engine.pace.halt import Halt
from engine.ports.source import SourceFolder
from tests.examples import toy_content
from tests.examples.toy_content import TOYS, Toy, ToySource
from tests.histories import lives
from tests.histories.lives import Event
from tests.histories.world import World as Together
from tests.servers.memory_destination import Fate
from tests.servers.memory_mailbox import Item
from tests.servers.memory_source import MemorySource, mail
from tests.servers.mortal import HELD, dies_at
from tests.servers.world import PASSWORD, World

ONE, TWO = SourceFolder(("Box",), "Box"), SourceFolder(("Box", "Lid"), "Box/Lid")
NAMES = {ONE: ("a", "b", "c"), TWO: ("d",)}
PLACES = Counter((folder.path, name) for folder, names in NAMES.items() for name in names)
OWNER = "owner"
NUMBERS = count(1)


@dataclass(frozen=True)
class Example:
    """A content: how its source is made, and the engine's table with it."""

    content: Content
    table: Contents
    source: Callable[[], Any]


def _toys() -> ToySource:
    return ToySource({
        folder: [Toy(number, name) for number, name in enumerate(names, 1)] for folder, names in NAMES.items()
    })


def _letters() -> MemorySource:
    return MemorySource({folder: [mail(name) for name in names] for folder, names in NAMES.items()})


EXAMPLES = {
    "mail": Example(Content.MAIL, contents(CONTENTS[Content.MAIL]), _letters),
    "toys": Example(TOYS, contents(toy_content.WAY), _toys),
}


class Bench(Protocol):
    """A source with four items in two folders, an empty mailbox, and what happens between them."""

    example: Example

    def begin(self) -> str: ...
    def run(self, task: str) -> Migration: ...
    def roll_back(self, task: str) -> Migration: ...
    def preview(self, task: str) -> Preview: ...
    def dies(self, task: str, at: int, *, back: bool = False) -> bool: ...
    def loses_answer_to(self, operation: str) -> None: ...
    def edits(self, name: str) -> None: ...
    def report(self, task: str) -> list[Failure]: ...

    def there(self) -> Counter[tuple[tuple[str, ...], str]]:
        """What lies in folders of the owner's, by path and name; an item that is not whole has a name in brackets."""
        ...


@dataclass
class InMemory:
    """The mailbox in memory."""

    example: Example
    at: Together

    def begin(self) -> str:
        return self.at.begin(0)

    def _done(self, task: str, do: Callable[..., Any], **how: Any) -> Any:
        if not self.at.engine().store.held(f"migration:{task}"):
            pass
        else:
            self.at.at.pass_time(31)
        if self.at.record(task).state in STOPPED:
            self.at.now_done("resume", task, lambda engine, _halt: resume(engine, task))
        return self.at.now_done("works", task, do, **how)

    def run(self, task: str) -> Migration:
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

    def dies(self, task: str, at: int, *, back: bool = False) -> bool:
        do = roll_back if back else migrate
        killed: bool = self._done(
            task, lambda engine, halt: do(engine, task, halt=halt), events=[Event(at, lives.killed)]
        ).killed
        return killed

    def loses_answer_to(self, operation: str) -> None:
        self.lost = operation
        wire = lives.Life.send

        def send(life: lives.Life, asked: str) -> Fate:
            fate = wire(life, asked)
            if asked == self.lost:
                self.lost = ""
                return Fate.AFTER
            return fate

        self.restore.append(lambda: setattr(lives.Life, "send", wire))
        lives.Life.send = send  # type: ignore[method-assign]  # put back when the test ends

    lost: str = ""
    restore: list[Callable[[], None]] = field(default_factory=list)

    def edits(self, name: str) -> None:
        item = next(item for item in self.at.box.items.values() if item.subject == name)
        if self.example.content is Content.MAIL:
            self.at.at.pass_time(60)
            self.at.box.amend(item.id, by=OWNER, draft=True)
        self.at.box.edit(item.id, f"{name}, edited", by=OWNER)

    def report(self, task: str) -> list[Failure]:
        return list(self.at.engine().store.reported(task).failures)

    def there(self) -> Counter[tuple[tuple[str, ...], str]]:
        return Counter((self.at.box.path(item.folder), self._name(item)) for item in self.at.box.items.values())

    def _name(self, item: Item) -> str:
        whole = not item.tag.endswith(UNFINISHED) and (item.element == "Message" or item.parts == ("front", "back"))
        return item.subject if whole else f"({item.subject})"


@dataclass
class AtExchange:
    """The Exchange connector, with the emulator behind it."""

    example: Example
    at: World

    def begin(self) -> str:
        return self.at.begin().task_id

    def run(self, task: str) -> Migration:
        return self.at.run(task)

    def roll_back(self, task: str) -> Migration:
        return self.at.roll_back(task)

    def preview(self, task: str) -> Preview:
        return preview(self.at.engine, task, halt=Halt())

    def dies(self, task: str, at: int, *, back: bool = False) -> bool:
        fault = Fault(operation="*", nth=at, when="after", action="hold", name=HELD)
        return dies_at(self.at, (fault,), lambda doomed: doomed.roll_back(task) if back else doomed.run(task))

    def loses_answer_to(self, operation: str) -> None:
        name = {"create": "CreateItem", "create attachment": "CreateAttachment", "update": "UpdateItem"}[operation]
        self.at.emulator.add_fault(Fault(operation=name, nth=1, when="after", action="drop"))

    def edits(self, name: str) -> None:
        item = next(item for item in self.at.messages() if item.subject == name)
        self.at.emulator.edit(self.at.address, item.item_id, subject=f"{name}, edited")

    def report(self, task: str) -> list[Failure]:
        return list(self.at.engine.store.reported(task).failures)

    def there(self) -> Counter[tuple[tuple[str, ...], str]]:
        return Counter((item.folder, self._name(item)) for item in self.at.messages())

    def _name(self, item: Any) -> str:
        tag = next((value for value in item.extended.values() if parse_tag(str(value))), "")
        return f"({item.subject})" if str(tag).endswith(UNFINISHED) else item.subject

    def fresh(self) -> None:
        """Goes on with a mailbox that is empty."""
        self.at.address = f"claire{next(NUMBERS)}@example.org"
        self.at.emulator.add_mailbox(self.at.address, password=PASSWORD)
