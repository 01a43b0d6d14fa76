"""A mailbox with rules, categories and out-of-office settings that no client has written, and where it moves to.

The server that it leaves calls its Inbox otherwise, and its directory knows its owner by two addresses, and by an EX
address.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import fakeredis

from emulators.exchange import ExchangeEmulator, Settings
from emulators.exchange.people.directory import ex_of
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.network.pinning import Network
from engine.contents import CONTENTS, contents
from engine.errors import Side
from engine.migration.content import Content
from engine.migration.record import Counts, Failure, Migration, State
from engine.migration.request import Choice, MigrationRequest
from tests.contract.contents.from_exchange import OfAnyServer, Servers
from tests.contract.exchange.conftest import account
from tests.servers.exchange.pair import OLD, Mailbox
from tests.servers.processes.mortal import HELD, dies_at
from tests.servers.settings.colour_seeds import Category, listed
from tests.servers.settings.judge import Looking
from tests.servers.settings.out_of_office_seeds import NOTHING, Away
from tests.servers.settings.rule_mail import PLAIN, Letter
from tests.servers.settings.rule_planting import Called, Planting, planted
from tests.servers.settings.rule_seeds import BOB, EMPTY, GONE, Rule, moved
from tests.servers.unheard import unheard
from tests.servers.world import ADDRESS, PASSWORD, World, engine_on, world

ALIAS = "former@example.org"
RULES, COLOURS, AWAY = Content.INBOX_RULES, Content.COLOURS, Content.OUT_OF_OFFICE
NAMES = {"inbox": "Posteingang", "junkemail": "Junk-E-Mail"}
PATHS = {"Inbox": "Posteingang", "Junk Email": "Junk-E-Mail"}
THERE = Called(OLD, ALIAS, keeps_ex=True, paths=PATHS)
HERE = Called(ADDRESS, ADDRESS)
_FOLDER = re.compile(r"\[\[folder:([^\]]*)\]\]")
_numbers = count(1)


@dataclass
class Moving:
    """Both mailboxes, looked at by raw requests. `before` is a dump of the new one before anything was moved."""

    at: World
    left: ExchangeEmulator
    directory: Path
    old: Looking
    new: Looking
    seeds: list[Rule] = field(default_factory=list)
    before: str = ""

    def plant_old(self, rules: Sequence[Rule] = (), colours: Sequence[Category] = (), away: Away | None = None) -> None:
        """Puts these into the old mailbox, with a message in each folder that rules name but one."""
        self.seeds = [*self.seeds, *rules]
        paths = sorted({path for one in rules for path in _FOLDER.findall(one.actions)} - {GONE})
        for path in paths:
            self.left.deliver(OLD, Letter(f"lies in {path}", PLAIN).to({"me": OLD, "alias": ALIAS}))
        planted(self.directory / "old.sqlite", THERE, lambda into: _lay(into, paths))
        planted(self.directory / "old.sqlite", THERE, lambda into: _put(into, rules, colours, away))

    def plant_new(self, rules: Sequence[Rule] = (), colours: Sequence[Category] = (), away: Away = NOTHING) -> None:
        """Puts these into the new mailbox, whose dump is taken then."""
        planted(self.directory / "exchange.sqlite", HERE, lambda into: _put(into, rules, colours, away))
        self.before = self.at.emulator.dump(ADDRESS)

    def owner(self, do: Callable[[Planting], object], *, old: bool = False) -> None:
        """What the owner does to the new mailbox, or to the `old` one."""
        where, called = ("old", THERE) if old else ("exchange", HERE)
        planted(self.directory / f"{where}.sqlite", called, do)

    def request(self, wanted: Collection[Content], choices: Collection[Choice]) -> MigrationRequest:
        """The old mailbox into the new one, as a person asks for it."""
        there, here = account(self.left.url, OLD), account(self.at.emulator.url, ADDRESS)
        chosen = tuple(one for one in self.at.engine.contents if one in wanted)
        return MigrationRequest(there, here, chosen, tuple(choices))

    def begin(self, *choices: Choice, wanted: Collection[Content] = tuple(Content)) -> str:
        """Begins a migration; its task."""
        return self.at.begin_with(self.request(wanted, choices)).task_id

    def migrate(self, *choices: Choice, wanted: Collection[Content] = tuple(Content)) -> Migration:
        """Moves it, by a new task, to the end. Nobody hears of that."""
        done = self.at.run(self.begin(*choices, wanted=wanted))
        assert done.state is State.COMPLETED, (done.state, done.attention, self.said(done))
        assert [*self.at.emulator.outgoing(), *self.left.outgoing()] == []
        return done

    def another_process(self) -> None:
        """From now on it is another process, which has read nothing of the source yet."""
        self.at.connectors.sources[OLD] = source(self.left.url)  # type: ignore[assignment]  # a source

    def dies(self, nth: int, when: str, work: Callable[[World], Any]) -> bool:
        """Does the work in a process that dies at its n-th request to either server. False: it ended before."""
        self.another_process()
        fault = OfAnyServer(at=nth, when=when, action="hold", name=HELD)  # type: ignore[arg-type]  # "before" or "after"
        both: Any = Servers((self.left, self.at.emulator))
        return dies_at(replace(self.at, emulator=both), (fault,), work)

    def counts(self, done: Migration, content: Content) -> Counts:
        """The sums of a content, which balance."""
        found = done.step(content).counts
        assert found.found == found.settled, found
        return found

    def lines(self, done: Migration, content: Content) -> list[Failure]:
        """What the report says of a content."""
        return [one for one in self.at.engine.store.reported(done.task_id).failures if one.content is content]

    def said(self, done: Migration) -> list[str]:
        """The lines of the report."""
        return [f"{one.content.value}: {one.folder}: {one.item}: {one.reason} ({one.outcome.value})"
                for one in self.at.engine.store.reported(done.task_id).failures]

    def without_its_store(self) -> None:
        """The store is lost, and the keys are not."""
        server = fakeredis.FakeServer()
        engine = engine_on(fakeredis.FakeRedis(server=server), self.at.keys, self.at.connectors,
                           grace=self.at.engine.grace, contents=self.at.engine.contents)
        self.at = replace(self.at, server=server, engine=engine)

    @contextmanager
    def expected(self, rules: Sequence[Rule]) -> Iterator[tuple[Looking, Called]]:
        """Another mailbox of the new server, which has these rules and the folders of the new one; it is gone after."""
        address = f"expected{next(_numbers)}@example.org"
        kept, called = self.at.emulator.copied(), Called(address, address)
        self.at.emulator.add_mailbox(address, password=PASSWORD)
        paths = set(self.new.folders().values())
        planted(self.directory / "exchange.sqlite", called, lambda into: _expect(into, rules, paths))
        with closing(Sessions(account(self.at.emulator.url, address), PASSWORD, Network(trusts_person=True))) as one:
            yield Looking(Mailbox(one), address), called
        self.at.emulator.put_back(kept)

    def wanted(self, own: Sequence[Rule] = (), *, forwarding: bool) -> list[Rule]:
        """The rules that the new mailbox has to have, with those of its owner in front."""
        there = set(self.new.folders().values())
        seeds = [one for one in self.seeds if EMPTY not in one.actions or EMPTY in there]
        return [*own, *moved(seeds, forwarding=forwarding)]


def _lay(into: Planting, paths: Sequence[str]) -> None:
    """Puts the message of each folder into it; of the one that is called so, into another."""
    for path in paths:
        place = into.folder(into.called.path(path))
        if path != EMPTY:
            into.db.execute("UPDATE item SET folder=? WHERE mailbox=? AND subject=?",
                            (place.id, into.owner.id, f"lies in {path}"))


def _put(into: Planting, rules: Sequence[Rule], colours: Sequence[Category], away: Away | None) -> None:
    into.put(rules)
    if colours:
        into.categories(listed(colours))
    if away is not None:
        into.away(away.xml())


def _expect(into: Planting, rules: Sequence[Rule], paths: Collection[str]) -> None:
    for path in sorted(paths):
        into.folder(path.split("/"))
    into.put(rules)


def source(url: str) -> ExchangeSource:
    """The old mailbox, as the engine opens it; it waits for nothing."""
    return ExchangeSource(account(url, OLD), PASSWORD, Network(trusts_person=True), waits=(0.0,))


@contextmanager
def moving(directory: Path, *wanted: Content, mail: bool = True) -> Iterator[Moving]:
    """Two servers, and the mailboxes; contents are those asked for, all if none is. In the end nobody was told."""
    network = Network(trusts_person=True)
    chosen = [one for one in CONTENTS if not wanted or one in wanted or (mail and one is Content.MAIL)]
    ways = contents(*(CONTENTS[one] for one in chosen))
    with (
        world(directory, {}, grace=0.02, contents=ways) as at,
        ExchangeEmulator(directory / "old.sqlite", settings=Settings(auth=("basic",))) as left,
    ):
        left.add_mailbox(OLD, password=PASSWORD, aliases=[ALIAS])
        left.add_mailbox(BOB, password="-")
        left.name_folders(OLD, NAMES)
        there, here = account(left.url, OLD), account(at.emulator.url, ADDRESS)
        at.connectors.sources[OLD] = source(left.url)  # type: ignore[assignment]  # a source
        with (
            closing(Sessions(there, PASSWORD, network, side=Side.SOURCE)) as old,
            closing(Sessions(here, PASSWORD, network)) as new,
        ):
            known = (ALIAS, ex_of(OLD).lower())
            yield Moving(at, left, directory, Looking(Mailbox(old), OLD, {v: k for k, v in PATHS.items()}, known),
                         Looking(Mailbox(new), ADDRESS))
        unheard(left)
