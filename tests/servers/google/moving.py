"""What a Google account has beside mail moves to Exchange, by the product's own consent, credentials and connectors.

Google, the Exchange emulator and a store are in this process. Without `imap` there is none, and no mail to move.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import fakeredis

from emulators.google import GoogleEmulator
from emulators.google.mailboxes import EmptyMailboxes, Label, system_labels
from engine.connectors.exchange.session import Sessions
from engine.connectors.network.pinning import Network
from engine.contents import CONTENTS, Contents, contents
from engine.migration.account import parse_account
from engine.migration.content import Content
from engine.migration.forwards import start
from engine.migration.record import Counts, Failure, Migration, State
from engine.migration.request import Choice, MigrationRequest
from engine.store.vault import Secret
from tests.contract.exchange.conftest import account
from tests.servers.certificates import certificate
from tests.servers.exchange.pair import Mailbox
from tests.servers.gmail.account import GmailSeed, ImapMailboxes, Person, gmail
from tests.servers.gmail.moving import PUBLIC, DrivenClock, GmailConnectors, Hurried, SmallDays
from tests.servers.google.arrived import Reader
from tests.servers.google.planting_events import OTHER, Planting
from tests.servers.google.planting_items import Items
from tests.servers.google.truth.events import OWNER
from tests.servers.processes.mortal import dies_at
from tests.servers.world import ADDRESS, PASSWORD, World, engine_on, world
from wiring.google import GoogleSettings, consenting, google_settings, kinds

ITEMS = (Content.CALENDARS, Content.CONTACTS, Content.CONTACT_GROUPS, Content.TASKS)


@dataclass
class Labelled(EmptyMailboxes):
    """A mailbox with the owner's labels and no message."""

    names: Sequence[str] = ()

    def labels(self, address: str) -> Sequence[Label]:
        """Those of the system, and the owner's."""
        return [*system_labels(), *(Label(id=number, name=name) for name, number in self.ids().items())]

    def ids(self) -> dict[str, str]:
        """The ids of the owner's labels, by their names."""
        return {name: f"Label_{number}" for number, name in enumerate(self.names, 1)}


@dataclass
class Moving:
    """An account at Google and a mailbox that it moves to. `before` is a dump of that one when nothing had moved."""

    at: World
    google: GoogleEmulator
    chosen: GoogleSettings
    network: Network
    clock: DrivenClock
    here: Reader
    events: Planting
    items: Items
    before: str = ""
    granted: dict[str, str] = field(default_factory=dict)

    def consent(self, wanted: Collection[Content]) -> str:
        """The owner allows these at Google; what the vault keeps of that."""
        asking = consenting(self.chosen, self.network)
        assert asking is not None
        asked = asking.ask(state="state", contents=list(wanted), login=OWNER)
        pressed = self.google.press(urlsplit(asked.url).query, OWNER, "continue")
        code = parse_qs(urlsplit(pressed.location).query)["code"][0]
        return asking.exchange(code=Secret(code), verifier=asked.verifier, contents=list(wanted)).secret

    def begin(self, wanted: Collection[Content], *choices: Choice) -> str:
        """Begins a migration of these, with a new consent; its task."""
        chosen = tuple(one for one in self.at.engine.contents if one in wanted)
        asked = MigrationRequest(parse_account(f"gmail://{OWNER}"), self.at.request().destination, chosen, choices)
        return start(self.at.engine, asked, source_password=self.consent(chosen),
                     destination_password=PASSWORD).task_id

    def migrate(self, wanted: Collection[Content], *choices: Choice) -> Migration:
        """Moves these by a new task, to the end."""
        return self.ended(self.at.run(self.begin(wanted, *choices)))

    def ended(self, done: Migration) -> Migration:
        """The same record, which says that it has ended, and its sums balance."""
        assert done.state is State.COMPLETED, (done.attention, done.stage, self.said(done))
        assert all(step.counts.found == step.counts.settled for step in done.steps.values()), done.steps
        return done

    def counts(self, done: Migration, content: Content) -> Counts:
        """The sums of a content."""
        return done.step(content).counts

    def lines(self, done: Migration) -> list[Failure]:
        """The lines of its report."""
        return list(self.at.engine.store.reported(done.task_id).failures)

    def said(self, done: Migration) -> list[str]:
        """The same, in words."""
        return [f"{one.content.value}: {one.folder}: {one.item}: {one.reason} ({one.outcome.value})"
                for one in self.lines(done)]

    def dump(self) -> str:
        """All that the destination holds."""
        return self.at.emulator.dump(ADDRESS)

    def knowing(self, other: World) -> World:
        """Another process's world, which knows Google and everybody's time."""
        return replace(other, engine=replace(other.engine, credentials=self.at.engine.credentials, clock=self.clock))

    def dies(self, faults: tuple[Any, ...], work: Any) -> bool:
        """Does the work in a process that dies where one of these holds a request. False: it ended before."""
        return dies_at(self.at, faults, lambda doomed: work(self.knowing(doomed)))


@contextmanager
def _serving(
    directory: Path, google: GoogleEmulator, labels: Sequence[str], clock: DrivenClock, *, imap: bool
) -> Iterator[dict[str, str]]:
    """Mail, if there is any; yields settings that name it."""
    if not imap:
        google.serve(Labelled(names=labels))
        yield {}
        return
    seeds = {OWNER: GmailSeed(list(labels), [])}
    with gmail(directory, [Person(OWNER)], google.introspect, seeds=seeds, clock=lambda: clock().timestamp()) as mail:
        google.serve(ImapMailboxes(mail.control))
        yield {"GOOGLE_IMAP_HOST": f"{mail.host}:{mail.port}", "ca": str(mail.ca_file)}


@contextmanager
def google_moving(
    directory: Path, *, wanted: Collection[Content] = ITEMS, labels: Sequence[str] = (), imap: bool = False,
    **behaviour: object,
) -> Iterator[Moving]:
    """Runs all of it until the context ends; then nothing has been sent, and nothing was asked that Google refuses.

    `behaviour` are settings of the Exchange emulator.
    """
    clock, issued = DrivenClock(), certificate(directory / "google-tls")
    google = GoogleEmulator(clock=lambda: clock().timestamp(), tls=(issued.chain, issued.key))
    for address in (OWNER, OTHER):
        google.add_person(address, domain="example.org")
    google.add_client("web", redirect_uris=[f"{PUBLIC}/oauth/google/callback"])
    with (
        google, _serving(directory, google, labels, clock, imap=imap) as mail,
        world(directory, {}, grace=0.02, contents=_ways(wanted)) as at,
    ):
        at.emulator.configure(**behaviour)
        both = directory / "google-ca.pem"
        both.write_bytes(issued.ca.read_bytes() + (Path(mail.pop("ca")).read_bytes() if imap else b""))
        chosen = google_settings({**_environment(directory, google), **mail})
        network = Network(trusts_person=True, ca_file=both)
        _connected(at, chosen, network, clock)
        with closing(Sessions(account(at.emulator.url, ADDRESS), PASSWORD, network)) as sessions:
            yield Moving(at, google, chosen, network, clock, Reader(Mailbox(sessions)), Planting(google),
                         Items(google, OWNER), at.emulator.dump(ADDRESS))
        assert google.broken == []


def _ways(wanted: Collection[Content]) -> Contents:
    return contents(*(way for content, way in CONTENTS.items() if content in wanted))


def _connected(at: World, chosen: GoogleSettings, network: Network, clock: DrivenClock) -> None:
    redis = fakeredis.FakeRedis(server=at.server)
    credentials = kinds(chosen, network, clock=clock)
    at.connectors = GmailConnectors(Hurried(network, chosen, credentials, SmallDays(redis, clock=clock)), network)  # type: ignore[assignment]  # connectors
    at.engine = engine_on(redis, at.keys, at.connectors, clock=clock, grace=at.engine.grace,
                          contents=at.engine.contents, credentials=credentials)


def _environment(directory: Path, google: GoogleEmulator) -> Mapping[str, str]:
    file = directory / "client.json"
    file.write_text(json.dumps(google.client_secrets("web")))
    file.chmod(0o600)
    return {"OMM_PUBLIC_URL": PUBLIC, "GOOGLE_CLIENT_SECRETS_FILE": str(file), "GOOGLE_API_URL": google.url}


