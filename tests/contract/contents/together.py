"""Mail, cards and a setting in one migration, in memory: processes that can be killed, on one clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from engine.contents import contents
from engine.contents.mail import MAIL
from engine.errors import Cause
from engine.items.tags import UNFINISHED
from engine.migration.back import Preview, preview, roll_back
from engine.migration.content import Content
from engine.migration.forwards import migrate
from engine.migration.record import Failure, Migration
from engine.migration.states import ENDED, STOPPED
from engine.migration.steering import copy_again, resume, retry
from engine.pace.halt import Halt
from engine.ports.source import SourceFolder
from tests.examples import toy_content
from tests.examples.toy_content import TOYS, MemoryToys, Toy, ToySource
from tests.examples.toy_setting import TOY
from tests.histories import lives
from tests.histories.lives import Life
from tests.histories.world import Work, World, world
from tests.servers.memory.destination import Fate
from tests.servers.memory.mailbox import Item
from tests.servers.memory.source import MemorySource, mail

BOX = SourceFolder(("Box",), "Box")
LETTERS, CARDS = ("l1", "l2", "l3"), ("c1", "c2", "c3", "c4")
ALL = Counter([*LETTERS, *CARDS])
WANTED, OWNERS = {"greeting": "hello", "colours": "red,green"}, {"colours": "blue,red", "theirs": "stays"}
MERGED = {"colours": "blue,red,green", "greeting": "hello", "theirs": "stays"}
ALL_WAYS = contents(MAIL, toy_content.WAY, TOY)
LEASE = 31.0        # seconds after which a killed process is known to be dead
GRACE = 5.0
HEARD = 10.0        # seconds in which a process hears what it is asked


@dataclass
class Both:
    """A source of mail and cards, with folders of the same path, and of the setting."""

    letters: MemorySource
    cards: ToySource
    contents: frozenset[Content] = frozenset(ALL_WAYS)
    max_connections: int = 2

    def reader(self, content: Content) -> Any:
        return self.letters.reader(content) if content is Content.MAIL else self.cards.reader(content)

    def settings(self, content: Content) -> Any:
        return self.letters.settings(content)


@dataclass
class Together:
    """What a test does and sees. `meets` are the fates of the next requests of each operation."""

    at: World
    source: Both
    task: str = ""
    meets: dict[str, list[Fate]] = field(default_factory=dict)
    happens: dict[str, Callable[[Life], None]] = field(default_factory=dict)     # at the next request of that name
    dies_at: int = 0        # requests left until the process dies
    requests: int = 0       # of the work done last
    sent_at: list[tuple[str, float]] = field(default_factory=list)      # every request, and when

    def sent(self, life: Life, operation: str) -> Fate | None:
        """Decides what becomes of a request."""
        self.requests += 1
        self.sent_at.append((operation, self.at.at.now))
        if self.requests == self.dies_at:
            lives.killed(life)
        if operation in self.happens:
            self.happens.pop(operation)(life)
        fates = self.meets.get(operation)
        return fates.pop(0) if fates else None

    def begin(self) -> str:
        """Another task of the same accounts."""
        self.task = self.at.begin(0)
        return self.task

    def work(self, do: Callable[..., Any], *, dies_at: int = 0, **how: Any) -> Work:
        """Does something in a process of its own, which dies at that request if it comes to it."""
        if self.at.engine().store.held(f"migration:{self.task}"):
            self.at.at.pass_time(LEASE)
        self.dies_at, self.requests = dies_at, 0
        done = self.at.now_done(do.__name__, self.task, lambda engine, halt: do(engine, self.task, halt=halt), **how)
        self.dies_at = 0
        return done

    def migrate(self, *, dies_at: int = 0) -> Work:
        return self.work(migrate, dies_at=dies_at)

    def ends(self) -> Migration:
        """Works on the task until it has ended, as a person would have it."""
        for _ in range(4):
            if self.record.state in ENDED:
                break
            if self.record.state in STOPPED:
                self.asks(resume)
            self.migrate()
        return self.record

    def roll_back(self, *, dies_at: int = 0, discard: bool = False) -> Work:
        def back(engine: Any, task: str, *, halt: Halt) -> Migration:
            return roll_back(engine, task, discard_changes=discard, halt=halt)

        return self.work(back, dies_at=dies_at)

    def preview(self) -> Preview:
        seen = self.work(preview)
        assert isinstance(seen.value, Preview), seen.error
        return seen.value

    def asks(self, how: Callable[..., Any]) -> None:
        """Somebody asks for something."""
        if self.at.engine().store.held(f"migration:{self.task}"):
            self.at.at.pass_time(LEASE)
        work = self.at.now_done(how.__name__, self.task, lambda engine, _halt: how(engine, self.task))
        assert work.error is None, work.error

    def pressed(self, how: Callable[..., Any]) -> None:
        """Somebody asks for something while a process works; it is heard before anything else is sent."""
        self.at.aside.append(self.at.work(how.__name__, self.task, lambda engine, _halt: how(engine, self.task)))
        self.at.at.block("a press", HEARD)

    def retries(self) -> None:
        self.asks(retry)
        self.at.give_passwords(self.task)

    def needs(self) -> None:
        """Gives a task that stopped what it says it needs."""
        attention = self.record.attention
        if attention is not None and attention.cause == Cause.NOTHING_FOUND:
            self.asks(copy_again)

    @property
    def record(self) -> Migration:
        return self.at.record(self.task)

    @property
    def report(self) -> list[Failure]:
        return list(self.at.engine().store.reported(self.task).failures)

    @property
    def settings(self) -> dict[str, str]:
        return self.at.box.settings[TOY.content.value]

    def there(self) -> Counter[str]:
        """What lies in the mailbox; an item that is not whole has its name in brackets."""
        return Counter(map(_name, self.at.box.items.values()))

    def item(self, name: str) -> Item:
        return next(item for item in self.at.box.items.values() if item.subject == name)


def _name(item: Item) -> str:
    whole = not item.tag.endswith(UNFINISHED) and (item.element == "Message" or item.parts == ("front", "back"))
    return item.subject if whole else f"({item.subject})"


@contextmanager
def together(letters: tuple[str, ...] = LETTERS, cards: tuple[str, ...] = CARDS) -> Iterator[Together]:
    """A task that moves mail, then cards, then the setting, in line."""
    mailed = MemorySource({BOX: list(map(mail, letters))})
    mailed.settings_of[TOY.content] = dict(WANTED)
    source = Both(mailed, ToySource({BOX: [Toy(number, name) for number, name in enumerate(cards, 1)]}))
    with world([source], seed=1, grace=GRACE) as at:
        at.contents, at.writers = ALL_WAYS, {TOYS: MemoryToys}
        at.box.settings[TOY.content.value] = dict(OWNERS)
        made = Together(at, source)
        at.on_send = made.sent
        made.begin()
        yield made
